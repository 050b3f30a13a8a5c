//! What users of the builder rely on: whatever the story, the frames decode and the truth is true.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::collections::{HashMap, HashSet};
use std::process::Command;

use rcshark_scenario::conversation::{Conversation, Fault, Payload, Transport};
use rcshark_scenario::output::{Capture, write_pcap};
use rcshark_scenario::packets::{Frame, Impairments, Link, Packeting, Segments};
use rcshark_scenario::script::{Ending, Info, Refer, SipTransport, Story, Style, Text, Topology};
use rcshark_scenario::truth::Chat;
use rcshark_scenario::{faults, stories};

const TOPOLOGIES: [Topology; 2] = [Topology::Direct, Topology::ParticipatingFunctions];
const INFOS: [Info; 3] = [Info::Msrp, Info::Notify, Info::Mixed];

fn told(name: &str, base: Story) -> Conversation {
    Conversation::of(&(stories::find(name).expect("a story").tell)(base))
}

fn captured(conversation: Conversation) -> Capture {
    Capture::of(vec![conversation], &Packeting::default())
}

#[test]
fn every_story_can_be_told_in_every_setting() {
    for story in stories::ALL {
        for topology in TOPOLOGIES {
            for info in INFOS {
                for (sip, refer) in [(SipTransport::Udp, Refer::InDialog), (SipTransport::Tcp, Refer::OwnDialog)] {
                    let base = Story::new(3).topology(topology).info(info).sip(sip).refer(refer);
                    let conversation = Conversation::of(&(story.tell)(base));
                    assert!(conversation.messages.is_sorted_by_key(|message| message.time_us), "{}", story.name);
                    let capture = captured(conversation);
                    assert!(capture.frames.len() > 20 && !capture.truth.groups.is_empty(), "{}", story.name);
                }
            }
        }
    }
}

/// RFC 3261 §12.2.1.1, §17: CSeq numbers rise, branches are new, and every request has its final response.
#[test]
fn dialogs_and_transactions_are_whole() {
    for story in stories::ALL {
        for (topology, refer) in [(TOPOLOGIES[0], Refer::OwnDialog), (TOPOLOGIES[1], Refer::InDialog)] {
            let base = Story::new(31).topology(topology).refer(refer).info(Info::Mixed);
            let mut last_cseq = HashMap::new();
            let mut open = HashSet::new();
            // An INVITE that forks has several answers.
            let mut answered = HashSet::new();
            for message in Conversation::of(&(story.tell)(base)).messages {
                let Payload::Sip(sip) = &message.payload else { continue };
                let header =
                    |name| sip.headers.get(name).unwrap_or_else(|| panic!("{}: no {name}", message.label)).to_owned();
                let (call_id, from, cseq) = (header("Call-ID"), header("From"), header("CSeq"));
                let (number, method) = cseq.split_once(' ').expect("number and method");
                let (number, method) = (number.parse::<u32>().expect("a number"), method.to_owned());
                let transaction = (call_id.clone(), header("Via"), method.clone());
                if let Some(status) = sip.start.strip_prefix("SIP/2.0 ") {
                    if !status.starts_with('1') {
                        let is_first = open.remove(&transaction) && answered.insert(transaction.clone());
                        let is_fork = method == "INVITE" && answered.contains(&transaction);
                        assert!(is_first || is_fork, "{}", message.label);
                    }
                    continue;
                }
                if method != "ACK" && method != "CANCEL" {
                    // Forks begin with the number of their INVITE, which has no To tag.
                    let to = header("To");
                    let of = |to: &str| (call_id.clone(), from.clone(), to.to_owned());
                    let invite = to.split(";tag=").next().expect("an address");
                    let before = last_cseq.get(&of(&to)).or_else(|| last_cseq.get(&of(invite))).copied();
                    assert!(before.is_none_or(|before| before < number), "{}", message.label);
                    last_cseq.insert(of(&to), number);
                }
                if method != "ACK" {
                    assert!(open.insert(transaction), "{}: branch used twice", message.label);
                }
            }
            assert!(open.is_empty(), "{}: no answer to {open:?}", story.name);
        }
    }
}

#[test]
fn the_seed_decides_everything() {
    let bytes = |seed| {
        let impairments = Impairments { seed, reorder: 0.1, loss: 0.01, noise: 0.1, ..Impairments::default() };
        let packeting = Packeting { segments: Segments::Random, impairments, ..Packeting::default() };
        let capture = Capture::of(vec![told("adhoc", Story::new(seed))], &packeting);
        let mut out = serde_json::to_vec(&capture.truth).expect("JSON");
        write_pcap(&mut out, capture.link_type, &capture.frames).expect("memory");
        out
    };
    assert!(bytes(5) == bytes(5));
    assert!(bytes(5) != bytes(6));
}

/// Runs tshark on the capture and returns the fields asked for, one line per packet; None if it is not installed.
fn tshark(capture: &Capture, filter: &str, field: &str) -> Option<Vec<String>> {
    let mut file = Vec::new();
    write_pcap(&mut file, capture.link_type, &capture.frames).expect("memory");
    let path =
        std::env::temp_dir().join(format!("scenario-{}-{:?}.pcap", std::process::id(), std::thread::current().id()));
    std::fs::write(&path, file).expect("a temporary file");
    let mut command = Command::new("tshark");
    for protocol in ["ip", "tcp", "udp"] {
        command.args(["-o", &format!("{protocol}.check_checksum:TRUE")]);
    }
    let output = command.args(["-r"]).arg(&path).args(["-Y", filter, "-T", "fields", "-e", field]).output();
    std::fs::remove_file(&path).expect("the temporary file");
    match output {
        Ok(output) if output.status.success() => {
            Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
        }
        _ => {
            println!("skipped: tshark is not installed");
            None
        }
    }
}

/// tshark reads the first MSRP message of a segment and no further segment: cuts in the end-line look malformed to it.
const DEFECTS: &str =
    "(_ws.malformed && !msrp) || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0";

fn assert_decodes(capture: &Capture, what: &str) {
    let Some(defects) = tshark(capture, DEFECTS, "frame.number") else { return };
    assert!(defects.is_empty(), "{what}: defects in frames {defects:?}");
    let Some(lines) = tshark(capture, "sip.CSeq", "sip.CSeq.method") else { return };
    let messages = lines.iter().flat_map(|line| line.split(',')).count();
    assert_eq!(messages, capture.truth.sip_messages, "{what}: SIP messages");
}

#[test]
fn tshark_finds_every_sip_message_and_no_defect() {
    for (index, story) in stories::ALL.iter().enumerate() {
        let base = Story::new(11).topology(TOPOLOGIES[index % 2]).info(INFOS[index % 3]);
        assert_decodes(&captured(Conversation::of(&(story.tell)(base))), story.name);
    }
}

#[test]
fn tshark_reads_every_link_type_and_style() {
    let styles = [Style::Standard, Style::Compact, Style::Folded, Style::LowerCase];
    for (index, &link) in Link::ALL.iter().enumerate() {
        let mut base = Story::new(12).style(styles[index % 4]);
        if index % 2 == 1 {
            base = base.ipv6().sip(SipTransport::Tcp);
        }
        let capture = Capture::of(vec![told("closed", base)], &Packeting { link, ..Packeting::default() });
        assert_decodes(&capture, link.name());
    }
}

/// The bytes of the frames from `first` to `last`, as numbered in the truth.
fn frames(capture: &Capture, first: Option<u32>, last: Option<u32>) -> Vec<u8> {
    let (first, last) = (first.expect("a frame"), last.expect("a frame"));
    capture.frames[first as usize - 1..last as usize].iter().flat_map(|frame| frame.bytes.clone()).collect()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn the_frames_of_the_truth_hold_what_it_says() {
    for story in stories::ALL {
        for topology in TOPOLOGIES {
            let base = Story::new(13).topology(topology).info(Info::Mixed);
            let capture = captured(Conversation::of(&(story.tell)(base)));
            let groups = &capture.truth.groups;
            let legs = groups.iter().flat_map(|group| &group.legs);
            for leg in legs.chain(capture.truth.one2one.iter().flat_map(|session| &session.legs)) {
                let bytes = frames(&capture, leg.at.frame, leg.at.frame_last);
                assert!(contains(&bytes, &leg.call_id) && contains(&bytes, "INVITE "), "{}: {leg:?}", story.name);
            }
            // A chunk may end within the identifier.
            let whole = |chat: &&Chat| chat.chunks == 1;
            for chat in groups.iter().flat_map(|group| &group.messages).filter(whole) {
                for at in chat.recipients.iter().map(|copy| &copy.at).chain([&chat.at]) {
                    assert!(contains(&frames(&capture, at.frame, at.frame_last), &chat.message_id), "{}", story.name);
                }
            }
            for notification in groups.iter().flat_map(|group| &group.notifications) {
                let bytes = frames(&capture, notification.at.frame, notification.at.frame_last);
                let method = if notification.via == "msrp" { " SEND\r\n" } else { "NOTIFY " };
                let count = format!("<user-count>{}</user-count>", notification.user_count);
                assert!(contains(&bytes, method) && contains(&bytes, &count), "{}", story.name);
            }
            for state in groups.iter().flat_map(|group| &group.participants).flat_map(|who| &who.timeline) {
                let wanted = match state.state {
                    "connected" => "ACK ",
                    "disconnected" => "BYE ",
                    "pending" => "INVITE ",
                    _ => continue,
                };
                assert!(
                    contains(&frames(&capture, state.at.frame, state.at.frame_last), wanted),
                    "{}: {state:?}",
                    story.name
                );
            }
        }
    }
}

/// The bytes of each direction of each TCP connection, put together by sequence number, and whether they came in order
/// and once. Ethernet and IPv4 only.
fn streams(frames: &[Frame]) -> (HashMap<Vec<u8>, Vec<u8>>, bool) {
    let mut in_order = true;
    let mut first_seq: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut streams: HashMap<Vec<u8>, Vec<u8>> = HashMap::new();
    for frame in frames {
        let ip = &frame.bytes[14..];
        if ip[9] != 6 || ip[12] == 203 {
            continue;
        }
        let length = usize::from(u16::from_be_bytes([ip[2], ip[3]]));
        let tcp = &ip[20..length];
        let key = [&ip[12..20], &tcp[..4]].concat();
        let seq = u32::from_be_bytes([tcp[4], tcp[5], tcp[6], tcp[7]]);
        let payload = &tcp[usize::from(tcp[12] >> 4) * 4..];
        if tcp[13] & 2 != 0 {
            first_seq.insert(key, seq.wrapping_add(1));
        } else if !payload.is_empty() {
            let start = seq.wrapping_sub(first_seq[&key]) as usize;
            let stream = streams.entry(key).or_default();
            let end = start + payload.len();
            in_order &= start == stream.len();
            stream.resize(stream.len().max(end), 0);
            stream[start..end].copy_from_slice(payload);
        }
    }
    (streams, in_order)
}

#[test]
fn impairments_change_the_packets_and_not_the_bytes() {
    let tell = || vec![told("chunks", Story::new(14).sip(SipTransport::Tcp))];
    let (plain, in_order) = streams(&Capture::of(tell(), &Packeting::default()).frames);
    assert!(in_order, "nothing disturbs a plain capture");
    assert_eq!(plain.len(), 16, "two directions of SIP and MSRP for each of four people");
    let rough = Impairments {
        seed: 9,
        retransmit: 0.2,
        overlap: 0.3,
        reorder: 0.3,
        duplicate: 0.2,
        noise: 0.1,
        wrap: true,
        ..Impairments::default()
    };
    for segments in [Segments::Mss, Segments::Random, Segments::Tiny, Segments::Together] {
        let packeting = Packeting { segments, impairments: rough.clone(), ..Packeting::default() };
        let frames = Capture::of(tell(), &packeting).frames;
        // A SYN may arrive after the data it precedes; what counts is that it is there.
        let (syn, rest): (Vec<_>, Vec<_>) =
            frames.into_iter().partition(|frame| frame.bytes[47] & 2 != 0 && frame.bytes[23] == 6);
        assert!(streams(&[syn, rest].concat()).0 == plain, "{segments:?}");
    }
}

#[test]
fn what_the_capture_lacks_is_in_the_truth() {
    let impairments = Impairments { seed: 4, loss: 0.05, ..Impairments::default() };
    let whole = captured(told("adhoc", Story::new(15))).frames.len();
    let capture = Capture::of(vec![told("adhoc", Story::new(15))], &Packeting { impairments, ..Packeting::default() });
    assert!(capture.frames.len() < whole && !capture.truth.losses.is_empty());

    let impairments = Impairments { begins_late_us: 3_000_000, ..Impairments::default() };
    let capture = Capture::of(vec![told("adhoc", Story::new(15))], &Packeting { impairments, ..Packeting::default() });
    assert!(capture.truth.losses.iter().any(|loss| loss.message == "create A>focus INVITE"));
    assert_eq!(capture.truth.groups[0].legs[0].at.frame, None);

    let impairments = Impairments { snaplen: Some(96), ..Impairments::default() };
    let capture = Capture::of(vec![told("adhoc", Story::new(15))], &Packeting { impairments, ..Packeting::default() });
    assert!(capture.frames.iter().all(|frame| frame.bytes.len() <= 96));
    assert!(capture.frames.iter().any(|frame| frame.original_len > 1000));
}

#[test]
fn groups_of_one_capture_share_no_address_and_no_identifier() {
    let tell = |group| told("short", Story::new(16).group(group));
    let clients = |conversation: &Conversation| {
        let udp = conversation.messages.iter().filter(|message| message.transport == Transport::Udp);
        udp.map(|message| message.from.ip()).filter(|ip| ip.to_string().starts_with("192.0.2.")).collect::<Vec<_>>()
    };
    let (one, two) = (tell(0), tell(1));
    assert!(clients(&one).iter().all(|ip| !clients(&two).contains(ip)));
    let capture = Capture::of(vec![one, two], &Packeting::default());
    let [a, b] = &capture.truth.groups[..] else { panic!("two groups") };
    assert!(a.contribution_id != b.contribution_id && a.focus_uri != b.focus_uri);
    assert!(a.participants[0].uri != b.participants[0].uri);
    assert_decodes(&capture, "two groups");
}

const FAULT: Fault<'static> = Fault { id: "test", clause: "0", actor: "focus", severity: "error", summary: "" };

#[test]
fn a_fault_changes_one_message_and_is_on_record() {
    let story = || told("adhoc", Story::new(17));
    let faulty = story().fault(FAULT, "create focus>A 200 INVITE", |message| message.replace(";isfocus", ""));
    let sound = story();
    let differ = |(a, b): (&rcshark_scenario::conversation::Message, &rcshark_scenario::conversation::Message)| {
        (a.payload.to_bytes() != b.payload.to_bytes()).then(|| a.label.clone())
    };
    let changed = sound.messages.iter().zip(&faulty.messages).filter_map(differ).collect::<Vec<_>>();
    assert_eq!(changed, ["create focus>A 200 INVITE"]);
    let capture = captured(faulty);
    let at = &capture.truth.violations[0].at;
    let bytes = frames(&capture, at.frame, at.frame_last);
    assert!(contains(&bytes, "200 OK") && !contains(&bytes, "isfocus"));
    assert_decodes(&capture, "a fault");
}

#[test]
fn every_named_fault_is_one_violation_at_a_frame() {
    for (index, named) in faults::ALL.iter().chain(faults::ALL.iter().rev()).enumerate() {
        let topology = TOPOLOGIES[index % 2];
        let capture = captured(named.tell(Story::new(21).topology(topology)));
        let [violation] = &capture.truth.violations[..] else { panic!("{}: not one violation", named.fault.id) };
        assert_eq!((violation.fault.as_str(), violation.at.frame.is_some()), (named.fault.id, true));
    }
}

#[test]
fn what_is_taken_out_is_neither_sent_nor_in_the_truth() {
    let conversation = told("short", Story::new(18));
    let gone = ["message1 focus>C SEND", "message1 C>focus 200 SEND", "delivered1 C *"];
    let conversation = conversation.fault_missing(FAULT, "message1 A>focus SEND", &gone);
    assert!(!conversation.messages.iter().any(|message| message.label.starts_with("delivered1 C")));
    let capture = captured(conversation);
    let copies = capture.truth.groups[0].messages[0].recipients.iter().map(|copy| copy.participant.as_str());
    assert_eq!(copies.collect::<Vec<_>>(), ["B"]);
    assert_eq!(capture.truth.groups[0].messages[0].delivered, ["B"]);
}

#[test]
fn messages_can_be_repeated_and_replaced_by_raw_bytes() {
    let conversation = told("short", Story::new(19)).repeated("create A>focus ACK", 100_000);
    let conversation =
        conversation.mutate("end focus>A BYE", |message| message.payload = Payload::Raw(b"\0\xff".to_vec()));
    let capture = captured(conversation);
    let acks = capture.frames.iter().filter(|frame| contains(&frame.bytes, "ACK sip:gc-")).count();
    assert_eq!(acks, 2);
}

#[test]
fn chunks_of_one_message_can_surround_another_message() {
    let story = Story::new(22).create("A", &["B", "C"]).chat("A", None, Text::Words(900), 500).burst("A", 1, 20);
    let conversation = Conversation::of(&story.end(Ending::Gone)).split("message1 A>focus SEND", 1, 3_000_000);
    let sent = conversation.messages.iter().filter(|message| message.label.ends_with("A>focus SEND"));
    let sent =
        sent.map(|message| message.label.as_str()).filter(|label| label.starts_with("message")).collect::<Vec<_>>();
    assert_eq!(sent, ["message1 A>focus SEND", "message2 A>focus SEND", "message1 A>focus SEND"]);
    let ranges = conversation.messages.iter().filter(|message| message.is("message1 A>focus SEND"));
    let ranges = ranges.map(|message| String::from_utf8_lossy(&message.payload.to_bytes()).contains("Byte-Range: 1-"));
    assert_eq!(ranges.collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_message_is_hashed_as_it_was_written() {
    let story = Story::new(20).participants(2).create("A", &["B"]).message("A", "abc").message("B", Text::Image(10));
    let truth = captured(Conversation::of(&story.end(Ending::Gone))).truth;
    let [text, image] = &truth.groups[0].messages[..] else { panic!("two messages") };
    // The example of FIPS 180-2.
    assert_eq!(text.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!((image.content_type.as_str(), image.size), ("image/jpeg", 10));
}
