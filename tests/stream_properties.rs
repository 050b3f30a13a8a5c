//! What holds for every SIP or MSRP stream, however it is captured: the messages are the same for any split into TCP
//! segments and any order of capture, each byte points at the frame that carried it, and no bytes at all can hurt.

mod support;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use rcshark::capture::{LinkType, ProblemKind};
use rcshark::wire::{msrp, sip};
use support::{Connection, Trace};

const CLIENT: &str = "192.0.2.1:40000";
const SERVER: &str = "192.0.2.2:2855";

/// Text that does not begin a message of its own, with the bytes that framing looks at.
fn body() -> impl Strategy<Value = String> {
    let piece =
        select(vec!["hello", " ", "\r\n", "\n", "\r", "-------", "-------t1$", "SIP/2.0", "MSRP ", "ü", "<a>", ":"]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn sip_message() -> impl Strategy<Value = Vec<u8>> {
    let start = select(vec!["INVITE sip:b@example.com SIP/2.0", "NOTIFY sip:a@example.com SIP/2.0", "SIP/2.0 200 OK"]);
    let length = select(vec!["Content-Length: ", "l:", "CONTENT-LENGTH :  "]);
    (start, length, body(), 0..2000_usize).prop_map(|(start, length, body, more)| {
        let body = body + &"x".repeat(more);
        let headers = "Via: SIP/2.0/TCP a;branch=z9hG4bK1\r\nCall-ID: 1@a\r\nCSeq: 1 INVITE\r\nSubject: a\r\n b";
        format!("{start}\r\n{headers}\r\n{length}{}\r\n\r\n{body}", body.len()).into_bytes()
    })
}

fn msrp_message() -> impl Strategy<Value = Vec<u8>> {
    let paths = "To-Path: msrp://192.0.2.2:2855/s2;tcp\r\nFrom-Path: msrp://192.0.2.1:2855/s1;tcp\r\n";
    let send =
        (any::<u16>(), body(), 0..2000_usize, select(vec!['$', '+', '#'])).prop_map(move |(id, body, more, flag)| {
            // The id of the body's false end-lines is too short to be this one's.
            let (id, body) = (format!("id{id:05}"), body + &"x".repeat(more));
            let about = format!("Message-ID: m{id}\r\nByte-Range: 1-*/*\r\nContent-Type: text/plain\r\n");
            format!("MSRP {id} SEND\r\n{paths}{about}\r\n{body}\r\n-------{id}{flag}\r\n").into_bytes()
        });
    let response = (any::<u16>(), select(vec![" OK", ""])).prop_map(move |(id, comment)| {
        format!("MSRP id{id:05} 200{comment}\r\n{paths}-------id{id:05}$\r\n").into_bytes()
    });
    prop_oneof![send, response]
}

/// A stream of one protocol, as its messages.
fn messages() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop_oneof![prop::collection::vec(sip_message(), 1..6), prop::collection::vec(msrp_message(), 1..6)]
}

/// How a stream becomes segments: where it is cut, and which segment is captured in whose place.
fn segmentation() -> impl Strategy<Value = (Vec<Index>, Vec<(Index, Index)>)> {
    (prop::collection::vec(any::<Index>(), 0..40), prop::collection::vec(any::<(Index, Index)>(), 0..6))
}

fn cut(stream: &[u8], cuts: &[Index]) -> Vec<(usize, Vec<u8>)> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len())).chain([0, stream.len()]).collect();
    places.sort_unstable();
    places.dedup();
    places.windows(2).map(|pair| (pair[0], stream[pair[0]..pair[1]].to_vec())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_segments_in_any_order_give_the_same_messages(
        messages in messages(),
        (cuts, swaps) in segmentation(),
        first_seq in any::<u32>(),
    ) {
        let stream = messages.concat();
        let mut segments = cut(&stream, &cuts);
        for (a, b) in swaps {
            let (a, b) = (a.index(segments.len()), b.index(segments.len()));
            segments.swap(a, b);
        }
        let mut trace = Trace::default();
        trace.tcp(CLIENT, SERVER, first_seq.wrapping_sub(1), 0, 2, b"");
        for (offset, segment) in &segments {
            trace.tcp(CLIENT, SERVER, first_seq.wrapping_add(*offset as u32), 1, 16, segment);
        }
        let read = trace.read();
        prop_assert_eq!(read.problems, vec![]);
        // In the order of their first packets; compared as the stream has them.
        let mut found: Vec<_> = read.messages.list.iter().collect();
        let stream_offset = |message: &rcshark::wire::Message| {
            let piece = read.messages.pieces(message)[0];
            segments[piece.frame.0 as usize - 1].0 + piece.frame_offset as usize - 54
        };
        found.sort_by_key(|message| stream_offset(message));
        let raw: Vec<Vec<u8>> = found.iter().map(|message| read.messages.raw(message).into_owned()).collect();
        prop_assert_eq!(raw, messages.clone());
        let mut frames_of_messages = 0;
        for message in found {
            let (raw, pieces) = (read.messages.raw(message), read.messages.pieces(message));
            let ends = pieces.iter().skip(1).map(|piece| piece.at as usize).chain([raw.len()]);
            for (piece, end) in pieces.iter().zip(ends) {
                let run = &raw[piece.at as usize..end];
                let frame = &trace.frames[piece.frame.0 as usize].1;
                prop_assert_eq!(&frame[piece.frame_offset as usize..][..run.len()], run);
            }
            let first = pieces.iter().map(|piece| piece.frame).min();
            prop_assert_eq!(Some(message.frame), first);
            frames_of_messages += pieces.len();
        }
        // A segment is named by each message that has bytes in it, and by no other.
        let boundaries: Vec<usize> = messages.iter().scan(0, |at, message| { *at += message.len(); Some(*at) }).collect();
        let expected: usize = segments.iter().map(|(start, data)| {
            1 + boundaries.iter().filter(|end| (start + 1..start + data.len()).contains(end)).count()
        }).sum();
        prop_assert_eq!(frames_of_messages, expected);
    }

    #[test]
    fn a_lost_segment_costs_only_the_messages_it_carried(messages in messages(), lost in any::<Index>()) {
        let lost = lost.index(messages.len());
        let mut trace = Trace::default();
        let mut connection = Connection::open(&mut trace, CLIENT, SERVER);
        for (index, message) in messages.iter().enumerate() {
            if index == lost {
                connection.next[0] += message.len() as u32;
            } else {
                connection.send(&mut trace, true, message);
            }
        }
        // What the server acknowledges was sent: the loss is the capture's.
        connection.send(&mut trace, false, b"");
        let mut expected = messages.clone();
        expected.remove(lost);
        let read = trace.read();
        prop_assert_eq!(read.raw(), expected);
        let is_known = messages.len() > 1;
        prop_assert!(!is_known || read.problems.iter().any(|problem| problem.kind == ProblemKind::TcpGap));
    }

    #[test]
    fn messages_are_what_they_were_written_as(message in sip_message()) {
        let opened = sip::Message::parse(&message).expect("a SIP message");
        prop_assert_eq!(opened.raw(), message.as_slice());
        let mut written = message[..message.iter().position(|byte| *byte == b'\n').unwrap_or(0) + 1].to_vec();
        for header in opened.headers() {
            written.extend_from_slice(header.span.line.of(opened.raw()));
            written.extend_from_slice(b"\r\n");
        }
        written.extend_from_slice(b"\r\n");
        written.extend_from_slice(opened.body());
        prop_assert_eq!(written, message);
    }

    #[test]
    fn chunks_are_what_they_were_written_as(message in msrp_message()) {
        let opened = msrp::Message::parse(&message).expect("an MSRP message");
        prop_assert_eq!(opened.raw(), message.as_slice());
        let mut written = message[..message.iter().position(|byte| *byte == b'\n').unwrap_or(0) + 1].to_vec();
        for span in opened.header_spans() {
            written.extend_from_slice(span.line.of(opened.raw()));
            written.extend_from_slice(b"\r\n");
        }
        if opened.method().is_some() {
            written.extend_from_slice(b"\r\n");
            written.extend_from_slice(opened.body());
            written.extend_from_slice(b"\r\n");
        }
        written.extend(format!("-------{}{}\r\n", opened.transaction_id(), opened.end_flag().as_char()).into_bytes());
        prop_assert_eq!(written, message);
    }
}

/// SIP over UDP and TCP, MSRP with chunks, both directions, a close.
fn small_capture() -> Trace {
    let mut trace = Trace::default();
    let head =
        "Via: SIP/2.0/UDP a;branch=z1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n";
    let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nm=message 2855 TCP/MSRP *\r\na=path:msrp://192.0.2.1:2855/s1;tcp\r\n";
    let body = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}", sdp.len());
    let invite = format!("INVITE sip:b@x SIP/2.0\r\n{head}{body}");
    let ok = format!("SIP/2.0 200 OK\r\n{head}{}", body.replace("s1", "s2"));
    trace.udp("192.0.2.1:5060", "192.0.2.2:5060", invite.as_bytes());
    trace.udp("192.0.2.2:5060", "192.0.2.1:5060", ok.as_bytes());
    let mut sip = Connection::open(&mut trace, "192.0.2.1:40001", "192.0.2.2:5060");
    sip.send(&mut trace, true, &invite.as_bytes()[..200]);
    sip.send(&mut trace, true, &invite.as_bytes()[200..]);
    sip.send(&mut trace, false, ok.as_bytes());
    let mut msrp = Connection::open(&mut trace, CLIENT, SERVER);
    for (range, flag) in [("1-5/10", '+'), ("6-10/10", '$')] {
        let paths = "To-Path: msrp://192.0.2.2:2855/s2;tcp\r\nFrom-Path: msrp://192.0.2.1:2855/s1;tcp\r\n";
        let send = format!(
            "MSRP t{range:.1}234 SEND\r\n{paths}Message-ID: m\r\nByte-Range: {range}\r\nContent-Type: text/plain\r\n\r\nhello\r\n-------t{range:.1}234{flag}\r\n"
        );
        msrp.send(&mut trace, true, send.as_bytes());
        msrp.send(&mut trace, false, format!("MSRP t{range:.1}234 200 OK\r\nTo-Path: msrp://192.0.2.1:2855/s1;tcp\r\nFrom-Path: msrp://192.0.2.2:2855/s2;tcp\r\n-------t{range:.1}234$\r\n").as_bytes());
    }
    trace.tcp(CLIENT, SERVER, msrp.next[0], msrp.next[1], 1 | 16, b"");
    trace
}

#[test]
fn the_small_capture_is_read_whole() {
    let read = small_capture().read();
    assert_eq!(read.problems, []);
    assert_eq!(read.messages.list.len(), 8);
}

const LINKS: [u16; 10] = [0, 1, 9, 50, 101, 108, 113, 228, 229, 276];

/// A change to the bytes of one frame.
#[derive(Clone, Debug)]
enum Damage {
    Byte(Index, u8),
    Cut(Index),
    Grow(Vec<u8>),
    Repeat(Index),
    Drop,
    Link(u16),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        6 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        2 => any::<Index>().prop_map(Damage::Cut),
        1 => prop::collection::vec(any::<u8>(), 1..50).prop_map(Damage::Grow),
        1 => any::<Index>().prop_map(Damage::Repeat),
        1 => Just(Damage::Drop),
        1 => select(&LINKS[..]).prop_map(Damage::Link),
    ]
}

fn apply(frames: &mut Vec<(LinkType, Vec<u8>)>, frame: Index, damage: Damage) {
    if frames.is_empty() {
        return;
    }
    let number = frame.index(frames.len());
    let (link, bytes) = &mut frames[number];
    match damage {
        Damage::Byte(at, byte) if !bytes.is_empty() => {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        Damage::Byte(..) => {}
        Damage::Cut(at) => bytes.truncate(at.index(bytes.len() + 1)),
        Damage::Grow(more) => bytes.extend(more),
        Damage::Repeat(to) => {
            let copy = frames[number].clone();
            let to = to.index(frames.len());
            frames.insert(to, copy);
        }
        Damage::Drop => drop(frames.remove(number)),
        Damage::Link(other) => *link = LinkType(other),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_frames_are_survived(frames in prop::collection::vec(
        (select(&LINKS[..]), prop::collection::vec(any::<u8>(), 0..200)), 0..20,
    )) {
        let mut trace = Trace::default();
        for (link, bytes) in frames {
            trace.frame(LinkType(link), &bytes);
        }
        trace.read();
    }

    #[test]
    fn damaged_frames_are_survived_and_read_the_same_in_any_batches(
        damages in prop::collection::vec((any::<Index>(), damage()), 1..30),
        batch_frames in 1..8_usize,
    ) {
        let mut trace = small_capture();
        for (frame, damage) in damages {
            apply(&mut trace.frames, frame, damage);
        }
        let (whole, in_batches) = (trace.read(), trace.read_in_batches(batch_frames));
        prop_assert_eq!(whole.raw(), in_batches.raw());
        prop_assert_eq!(whole.problems, in_batches.problems);
    }
}
