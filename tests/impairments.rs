//! The clean captures of the corpus once more, after what networks and sniffers do to packets: the same sessions must be found.
//! Where packets are lost, what is found must be part of what there was, and the gaps be told.

#[path = "support/document.rs"]
mod document;
#[path = "support/facts.rs"]
mod facts;
#[path = "support/files.rs"]
mod files;
#[path = "support/impair.rs"]
mod impair;
#[path = "support/repack.rs"]
mod repack;
#[path = "support/corpus.rs"]
mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::LazyLock;

use document::{document, list, text, with_truth};
use facts::{difference, facts};
use files::{ALL_FORMATS, Format, write};
use repack::{Body, Frame, Link, Packet, fragmented, frames, in_order, read, shuffled_fragments};
use scenario::random::Random;
use serde_json::Value;
use shared::corpus;

/// A capture of the corpus, and its document as it lies there.
struct Original {
    name: String,
    packets: Vec<Packet>,
    document: Value,
}

/// The captures of the corpus; none without it.
static ORIGINALS: LazyLock<Vec<Original>> = LazyLock::new(|| {
    let Some(folder) = corpus("group") else { return vec![] };
    let captures = with_truth(&folder).into_iter().map(|(path, _)| path);
    captures
        .map(|path| Original {
            name: path.file_name().unwrap().display().to_string(),
            packets: read(&path),
            document: document(&[path]),
        })
        .collect()
});

/// Those whose names begin so; all when there are no names.
fn originals(names: &'static [&str]) -> impl Iterator<Item = &'static Original> {
    let is_wanted = |original: &&Original| names.is_empty() || names.iter().any(|name| original.name.starts_with(name));
    ORIGINALS.iter().filter(is_wanted)
}

/// Writes frames to files of their own, and reads these as one capture.
fn analyzed(files: &[&[Frame]], format: Format) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..files.len()).map(|number| folder.path().join(number.to_string())).collect();
    for (path, frames) in paths.iter().zip(files) {
        write(path, frames, format);
    }
    document(&paths)
}

/// Every capture gives the same sessions when its packets become the frames that `change` makes of them.
fn assert_same(names: &'static [&str], what: &str, change: impl Fn(Vec<Packet>, &mut Random) -> Vec<Frame>) {
    assert_same_files(names, what, Format::Pcapng, |packets, random| vec![change(packets, random)]);
}

fn assert_same_files(
    names: &'static [&str],
    what: &str,
    format: Format,
    change: impl Fn(Vec<Packet>, &mut Random) -> Vec<Vec<Frame>>,
) {
    let mut wrong = String::new();
    for (original, seed) in originals(names).zip(1..) {
        let files = change(original.packets.clone(), &mut Random::new(seed));
        let files: Vec<&[Frame]> = files.iter().map(Vec::as_slice).collect();
        let found = analyzed(&files, format);
        let difference = difference(&facts(&original.document), &facts(&found));
        if !difference.is_empty() {
            wrong.push_str(&format!("{} {what}:\n{difference}", original.name));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

const ALL: &[&str] = &[];

#[test]
fn taken_apart_and_put_together() {
    assert_same(ALL, "as it was", |packets, _| frames(&packets, Link::Ethernet));
}

#[test]
fn tcp_cut_anywhere() {
    for longest in [40, 700, 60_000] {
        assert_same(ALL, &format!("in segments of up to {longest} bytes"), |packets, random| {
            frames(&impair::recut(packets, longest, random), Link::Ethernet)
        });
    }
}

#[test]
fn tcp_in_segments_of_a_few_bytes() {
    for longest in [1, 3] {
        assert_same(&["race", "closed"], &format!("in segments of up to {longest} bytes"), |packets, random| {
            frames(&impair::recut(packets, longest, random), Link::Ethernet)
        });
    }
}

#[test]
fn tcp_reordered() {
    for probability in [0.05, 0.5, 1.0] {
        assert_same(ALL, &format!("with {probability} of the packets late"), |packets, random| {
            frames(&impair::reorder(packets, probability, random), Link::Ethernet)
        });
    }
}

#[test]
fn tcp_retransmitted() {
    for probability in [0.1, 1.0] {
        assert_same(ALL, &format!("with {probability} of the segments sent again"), |packets, random| {
            frames(&impair::retransmit(packets, probability, random), Link::Ethernet)
        });
    }
}

#[test]
fn tcp_overlapping() {
    assert_same(ALL, "with overlaps", |packets, random| {
        let packets = impair::recut(packets, 700, random);
        frames(&impair::overlap(packets, 0.5, random), Link::Ethernet)
    });
}

#[test]
fn tcp_with_everything_at_once() {
    for longest in [60, 1_400] {
        assert_same(ALL, &format!("with everything at {longest} bytes"), |packets, random| {
            let packets = impair::recut(packets, longest, random);
            let packets = impair::overlap(packets, 0.2, random);
            let packets = impair::retransmit(packets, 0.2, random);
            let packets = impair::reorder(packets, 0.2, random);
            let packets = impair::wrap(packets, || random.range(0, 3_000) as u32);
            frames(&packets, Link::Ethernet)
        });
    }
}

#[test]
fn sequence_numbers_that_wrap() {
    for distance in [0, 1, 100, 2_000] {
        assert_same(ALL, &format!("wrapping after {distance} bytes"), |packets, _| {
            frames(&impair::wrap(packets, || distance), Link::Ethernet)
        });
    }
}

#[test]
fn connections_without_syn() {
    assert_same(ALL, "without SYN", |packets, _| frames(&impair::without_syn(packets), Link::Ethernet));
    assert_same(ALL, "without SYN and shuffled", |packets, random| {
        let packets = impair::recut(impair::without_syn(packets), 300, random);
        frames(&impair::reorder(packets, 0.2, random), Link::Ethernet)
    });
}

#[test]
fn ip_fragments() {
    for mtu in [68, 296, 576, 1_280] {
        assert_same(ALL, &format!("with an MTU of {mtu}"), |packets, _| fragmented(&packets, Link::Ethernet, mtu));
        assert_same(ALL, &format!("with an MTU of {mtu}, shuffled"), |packets, random| {
            shuffled_fragments(&packets, Link::Ethernet, mtu, random)
        });
    }
}

#[test]
fn link_layers() {
    for link in [Link::Vlan, Link::QinQ, Link::PppoeInVlan, Link::Sll, Link::Sll2, Link::Raw, Link::Null] {
        assert_same(ALL, &format!("in {link:?}"), |packets, _| frames(&packets, link));
    }
}

#[test]
fn several_link_layers_in_one_file() {
    let links = [Link::Ethernet, Link::Vlan, Link::Sll, Link::Sll2, Link::Raw, Link::Null];
    assert_same(ALL, "in one link layer after the other", |packets, random| {
        packets.iter().flat_map(|packet| frames(std::slice::from_ref(packet), *random.pick(&links))).collect()
    });
}

#[test]
fn file_formats() {
    for format in ALL_FORMATS {
        let what = format!("as {format:?}");
        assert_same_files(ALL, &what, format, |packets, _| vec![frames(&packets, Link::Ethernet)]);
    }
}

#[test]
fn mirrored_frames() {
    assert_same(ALL, "with every frame twice", |packets, random| {
        frames(&impair::mirrored(packets, |_| {}, random), Link::Ethernet)
    });
    assert_same(ALL, "with every frame twice, one hop apart", |packets, random| {
        frames(&impair::mirrored(packets, |copy| copy.ttl -= 1, random), Link::Ethernet)
    });
    assert_same(ALL, "with every frame twice and IP identification 0", |mut packets, random| {
        packets.iter_mut().for_each(|packet| packet.id = 0);
        frames(&impair::mirrored(packets, |_| {}, random), Link::Ethernet)
    });
    assert_same(ALL, "with every fragment twice, in two link layers", |packets, random| {
        let copies =
            impair::mirrored(packets.clone(), |_| {}, random).into_iter().skip(1).step_by(2).collect::<Vec<_>>();
        in_order([fragmented(&packets, Link::Ethernet, 600), fragmented(&copies, Link::QinQ, 600)].concat())
    });
}

#[test]
fn two_files_merged() {
    let by = |what: &str, is_second: fn(usize, &Packet, &mut Random) -> bool| {
        assert_same_files(ALL, what, Format::PcapNanos, |packets, random| {
            let mut files = [vec![], vec![]];
            for (index, packet) in packets.into_iter().enumerate() {
                files[usize::from(is_second(index, &packet, random))].push(packet);
            }
            files.map(|packets| frames(&packets, Link::Ethernet)).into()
        });
    };
    by("split at random", |_, _, random| random.chance(0.5));
    by("split by direction", |_, packet, _| packet.source < packet.destination);
    by("rotated", |index, _, _| index < 100);
}

/// What is found after losses must be part of what there was. `is_torn`: streams have holes, which must be told.
fn assert_part(what: &str, is_torn: bool, change: impl Fn(Vec<Packet>, &mut Random) -> Vec<Frame>) {
    let mut wrong = String::new();
    for (original, seed) in originals(ALL).zip(1..) {
        let found = analyzed(&[&change(original.packets.clone(), &mut Random::new(seed))], Format::Pcapng);
        for invented in invented(original, &found) {
            wrong.push_str(&format!("{} {what}: {invented}\n", original.name));
        }
        let is_short = found["capture"]["msrp_messages"] != original.document["capture"]["msrp_messages"];
        if is_torn && is_short && list(&found["capture"]["problems"]).is_empty() {
            wrong.push_str(&format!("{} {what}: MSRP messages are missing and no problem is told\n", original.name));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// What the sessions of `found` have and no single session of `original` has.
fn invented(original: &Original, found: &Value) -> Vec<String> {
    let originals: Vec<BTreeSet<String>> = list(&original.document["sessions"]).iter().map(names).collect();
    let bytes = bytes_of(&original.packets);
    let was_sent = |text: &str| memchr::memmem::find(&bytes, text.as_bytes()).is_some();
    let mut invented = vec![];
    for session in list(&found["sessions"]) {
        let mut names = names(session);
        // A message whose CPIM headers were lost bears its MSRP Message-ID, which the original does not list.
        for message in list(&session["messages"]).iter().filter(|message| message["complete"] == false) {
            let id = text(&message["message_id"]);
            if was_sent(id) {
                names.remove(&format!("message {id}"));
            }
        }
        // An INVITE that was cut before its Contact does not say that it is for a factory or a focus.
        for uri in list(&session["participants"]).iter().map(|participant| text(&participant["uri"])) {
            if was_sent(&format!("To: <{uri}>")) {
                names.remove(&format!("participant {uri}"));
            }
        }
        if !originals.iter().any(|original| names.is_subset(original)) {
            let nearest = originals.iter().map(|original| names.difference(original).collect::<Vec<_>>());
            let nearest = nearest.min_by_key(Vec::len).unwrap_or_default();
            invented.push(format!("session {} has also {nearest:?}", session["id"]));
        }
    }
    invented
}

/// All bytes that were sent, those of a stream in its order.
fn bytes_of(packets: &[Packet]) -> Vec<u8> {
    let mut segments = vec![];
    let mut bytes = vec![];
    for packet in packets {
        match (&packet.body, packet.direction()) {
            (Body::Tcp(header, payload), Some(direction)) => {
                segments.push((direction, header.sequence_number, payload))
            }
            (Body::Other(_, payload), _) => bytes.extend(payload),
            _ => {}
        }
    }
    segments.sort_unstable();
    segments.dedup();
    bytes.extend(segments.into_iter().flat_map(|(_, _, payload)| payload));
    bytes
}

/// What a session can be told by: its Contribution-IDs, dialogs, participants, and messages with their bodies.
fn names(session: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    names.extend(list(&session["contribution_ids"]).iter().map(|id| format!("Contribution-ID {id}")));
    for leg in list(&session["legs"]) {
        names.insert(format!("Call-ID {}", leg["call_id"]));
        // Where no signalling was captured, these stand for the participants.
        let paths = ["local_path", "remote_path"].into_iter().filter_map(|path| leg["msrp"][path].as_str());
        names.extend(paths.map(|path| format!("participant {path}")));
    }
    names.extend(list(&session["subscriptions"]).iter().map(|one| format!("Call-ID {}", one["call_id"])));
    names.extend(list(&session["participants"]).iter().map(|one| format!("participant {}", text(&one["uri"]))));
    for message in list(&session["messages"]) {
        names.insert(format!("message {}", text(&message["message_id"])));
        if message["complete"] == true {
            names.insert(format!("message {} is {}", text(&message["message_id"]), message["sha256"]));
        }
    }
    names
}

#[test]
fn lost_packets() {
    for probability in [0.02, 0.1, 0.5] {
        assert_part(&format!("without {probability} of the packets"), true, |packets, random| {
            fragmented(&impair::lose(packets, probability, random), Link::Ethernet, 1_500)
        });
    }
}

#[test]
fn cut_frames() {
    for snaplen in [60, 200, 350, 550, 606, 830, 1_215] {
        assert_part(&format!("cut to {snaplen} bytes"), true, |packets, _| {
            let mut frames = frames(&packets, Link::Ethernet);
            frames.iter_mut().for_each(|frame| frame.bytes.truncate(snaplen));
            frames
        });
    }
}

#[test]
fn begun_in_the_middle() {
    for part in [3, 2] {
        assert_part(&format!("from 1/{part} on"), false, |packets, _| {
            frames(&packets[packets.len() / part..], Link::Ethernet)
        });
    }
}

#[test]
fn one_end_not_captured() {
    assert_part("without the packets to and from one address", false, |packets, _| {
        let mut busy: BTreeMap<IpAddr, usize> = BTreeMap::new();
        packets.iter().for_each(|packet| *busy.entry(packet.source).or_default() += 1);
        // Not the focus, who sends most.
        let mut addresses: Vec<_> = busy.into_iter().collect();
        addresses.sort_by_key(|&(_, packets)| std::cmp::Reverse(packets));
        let missing = addresses[1].0;
        let packets: Vec<_> =
            packets.into_iter().filter(|packet| packet.source != missing && packet.destination != missing).collect();
        frames(&packets, Link::Ethernet)
    });
}

#[test]
fn one_direction_only() {
    assert_part("without what the lower address sends", false, |packets, _| {
        let packets: Vec<_> = packets.into_iter().filter(|packet| packet.source > packet.destination).collect();
        frames(&packets, Link::Ethernet)
    });
}
