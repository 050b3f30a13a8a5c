//! The whole pipeline over captures that the world wrote: as many messages as tshark counts, or a reason.
//!
//! The corpus is no part of this project: without it these tests say so and pass.

#[path = "support/corpus.rs"]
mod shared;

use std::fs;
use std::path::Path;

use rcshark::Analysis;
use rcshark::capture::{Input, OpenError, OpenOptions, ProblemKind, open};
use rcshark::wire::{Message, msrp};
use shared::corpus;

/// Captures (by the beginning of their names) in which rcshark counts other messages than tshark counts frames: SIP,
/// MSRP, why.
const EXPLAINED: &[(&str, usize, usize, &str)] = &[
    ("msrpjava_small_nickname_cpim.pcap", 0, 16, "three segments carry two messages, of which tshark shows the first"),
    ("Wireshark__T38.pcap", 11, 0, "7 frames are copies that the \"any\" device made within 10 µs"),
    ("arkime__gtp-iphone.pcap", 0, 0, "all SIP is inside GTP-U, which is not followed"),
    (
        "open5gs__ipsec_reg.pcapng",
        22,
        0,
        "24 inside GTP-U and ESP; 1 in IP fragments of which tshark gets the last first",
    ),
    ("open5gs__ipsec_to_nonipsec_call.pcapng", 37, 0, "25 are inside GTP-U and ESP, which are not followed"),
    ("open5gs__nonipsec_reg.pcapng", 26, 0, "24 are inside GTP-U, which is not followed"),
    ("open5gs__volte.pcapng", 24, 0, "17 are inside GTP-U, which is not followed"),
    (
        "sip_captures__private-test-sip.pcapng",
        276,
        0,
        "3 are quoted in ICMP errors: they were counted when they were sent",
    ),
    (
        "nDPI__fuzz-2006-06-26-2594.pcap",
        57,
        0,
        "damaged at random: 108, 274, 346, 348, 441 and 560 have a first line that \
        tshark takes for no SIP (a NUL in it, status \"40\" or \"4v1\"); 247 has no line end after the first",
    ),
    ("ng911-dev__CHFE_010__CHFE_010_fail_no_stimulus.pcap", 3, 0, "as tshark says: without the INVITEs of the others"),
    ("ng911-dev__CHFE_010__", 5, 0, "frame 65 is an INVITE from port 8080 to 80, where tshark looks for HTTP only"),
    (
        "ng911-dev__ESRP_020__TC_ESRP_020_variation_1_fail_missing_ADR_GET_",
        2,
        0,
        "frame 37 is an HTTP response to port 5060, which tshark shows as \"Continuation\"",
    ),
    ("ng911-dev__BCF_010__BCF_010_tls_no_256_13.pcap", 0, 0, ENCRYPTED),
    ("ng911-dev__BCF_010__BCF_010_tls_sip.pcap", 0, 0, ENCRYPTED),
    ("voipshark__SIP-over-TLS-RTP-Normal_Call_two_parties.pcap", 0, 0, ENCRYPTED),
];

const ENCRYPTED: &str = "TLS, and no key was given";

fn analyse(path: &Path) -> Result<Analysis, OpenError> {
    Ok(rcshark::analyze(open(&[Input::Path(path.to_path_buf())], &OpenOptions::default())?))
}

/// How many messages are SIP, and how many MSRP.
fn count(analysis: &Analysis) -> (usize, usize) {
    let sip = analysis.messages.list.iter().filter(|message| message.sip().is_some()).count();
    (sip, analysis.messages.list.len() - sip)
}

/// Rows of the tables in PROVENANCE.md: file, and its columns "sip" and "msrp".
fn recorded_counts(provenance: &str) -> Vec<(String, usize, usize)> {
    let mut rows = vec![];
    let mut columns = None;
    for line in provenance.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let column = |name| cells.iter().position(|cell| *cell == name);
        let number = |column: usize| cells.get(column)?.parse().ok();
        if cells.first() == Some(&"file") {
            columns = column("sip").zip(column("msrp"));
        } else if let Some((sip, msrp)) = columns.and_then(|(sip, msrp)| number(sip).zip(number(msrp))) {
            rows.push((cells[0].to_string(), sip, msrp));
        }
    }
    rows
}

#[test]
fn messages_are_as_many_as_tshark_counts_or_there_is_a_reason() {
    let Some(world) = corpus("world") else { return };
    let rows = recorded_counts(&fs::read_to_string(world.join("PROVENANCE.md")).unwrap());
    assert!(rows.len() > 300, "only {} rows in the table", rows.len());
    let mut wrong = vec![];
    let mut explained = vec![];
    for (file, sip, msrp) in rows {
        let analysis = match analyse(&world.join(&file)) {
            Ok(analysis) => analysis,
            Err(OpenError::ForeignFormat { format, .. }) if format.contains("Network Monitor") => continue,
            Err(error) => panic!("{file}: {error}"),
        };
        let name = file.rsplit('/').next().unwrap_or(&file);
        let explanation = EXPLAINED.iter().find(|(prefix, ..)| name.starts_with(prefix));
        let expected = explanation.map_or((sip, msrp), |&(_, sip, msrp, _)| (sip, msrp));
        explained.extend(explanation.map(|(prefix, ..)| *prefix));
        if count(&analysis) != expected {
            wrong.push(format!("{file}: (SIP, MSRP) {:?}, expected {expected:?}", count(&analysis)));
        }
        let encrypted = analysis.problems.iter().any(|problem| problem.kind == ProblemKind::Encrypted);
        if explanation.is_some_and(|(.., reason)| *reason == ENCRYPTED) && !encrypted {
            wrong.push(format!("{file}: nothing says that it is encrypted"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unused: Vec<_> = EXPLAINED.iter().filter(|(prefix, ..)| !explained.contains(prefix)).collect();
    assert!(unused.is_empty(), "explained for nothing: {unused:?}");
}

/// The statement behind the count: every byte of the messages is where they say it is.
#[test]
fn the_runs_of_every_message_lie_in_the_frames_it_names() {
    for folder in ["world/captures", "world/captures-layers", "world/captures-msrp-recorded", "real", "group", "faults"]
    {
        let Some(folder) = corpus(folder) else { continue };
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|path| path.extension().is_some_and(|extension| extension != "json")) {
            let Ok(analysis) = analyse(&file) else { continue };
            let frames = frames_of(&file);
            for message in analysis.messages.list.iter() {
                check_runs(&analysis, message, &frames, &file);
            }
        }
    }
}

fn frames_of(path: &Path) -> Vec<Vec<u8>> {
    let mut reader = open(&[Input::Path(path.to_path_buf())], &OpenOptions::default()).unwrap();
    let mut frames = vec![];
    while let Some(batch) = reader.next_batch() {
        frames.extend(batch.frames.iter().map(|frame| batch.store.bytes(frame.data).to_vec()));
    }
    frames
}

fn check_runs(analysis: &Analysis, message: &Message, frames: &[Vec<u8>], file: &Path) {
    let raw = analysis.messages.raw(message);
    let pieces = analysis.messages.pieces(message);
    let ends = pieces.iter().skip(1).map(|piece| piece.at as usize).chain([raw.len()]);
    for (piece, end) in pieces.iter().zip(ends) {
        let run = &raw[piece.at as usize..end];
        let frame = &frames[piece.frame.0 as usize];
        let place = piece.frame_offset as usize..piece.frame_offset as usize + run.len();
        assert_eq!(frame.get(place), Some(run), "{} frame {}", file.display(), piece.frame.0 + 1);
    }
}

/// What was counted in the reassembled streams (`tshark -z follow,tcp,raw`): start lines whose end-line follows.
const MSRP_RECORDINGS: &[(&str, &[(&str, usize)])] = &[
    ("world/captures-msrp-recorded/msrpjava_chunked_ascii.pcap", &[("200", 3), ("REPORT", 1), ("SEND", 3)]),
    ("world/captures-msrp-recorded/msrpjava_profile.pcap", &[("200", 1), ("SEND", 1)]),
    ("world/captures-msrp-recorded/msrpjava_small_nickname_cpim.pcap", &[("200", 8), ("NICKNAME", 1), ("SEND", 7)]),
    ("world/captures-msrp-recorded/msrpjava_status_iscomposing.pcap", &[("200", 2), ("SEND", 2)]),
    ("world/captures-msrp-recorded/msrpjava_to_kamailio_cpim_send_unanswered_fin.pcap", &[("SEND", 1)]),
    ("world/captures-msrp-recorded/msrpjava_to_kamailio_rst_midframe.pcap", &[("SEND", 1)]),
    ("real/kamailio-sipp-msrp-lo.pcap", &[("200", 20), ("AUTH", 2), ("SEND", 18)]),
];

#[test]
fn every_msrp_message_of_the_recordings_is_found() {
    let Some(root) = corpus("") else { return };
    for (file, expected) in MSRP_RECORDINGS {
        let analysis = analyse(&root.join(file)).unwrap();
        assert_eq!(analysis.problems, [], "{file}");
        let opened = analysis.messages.list.iter().filter_map(|message| analysis.messages.msrp(message));
        let mut kinds: Vec<String> = opened
            .inspect(|message| assert_ne!(message.end_flag(), msrp::EndFlag::Missing, "{file}"))
            .map(|message| {
                message.status().map_or(message.method().unwrap_or_default().to_owned(), |status| status.to_string())
            })
            .collect();
        kinds.sort_unstable();
        let found: Vec<(&str, usize)> =
            kinds.chunk_by(|a, b| a == b).map(|same| (same[0].as_str(), same.len())).collect();
        assert_eq!(found, *expected, "{file}");
    }
}
