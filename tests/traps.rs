//! The traps other analyzers fall into, where they concern the pipeline as a whole. Each test bears the number of its
//! trap; those of a single layer stand beside that layer.

mod support;

use std::collections::HashSet;

use rcshark::session::{NO_SESSION, Sessions, Transfer};
use rcshark::wire::msrp::EndFlag;
use rcshark::wire::sdp::Setup;
use support::{Connection, Read, Trace};

const ALICE: &str = "192.0.2.1:40000";
const FOCUS: &str = "192.0.2.2:2855";

/// A chunk from Alice's session `a1` to the focus's `f1`.
struct Chunk<'a> {
    id: &'a str,
    message_id: &'a str,
    range: &'a str,
    body: &'a str,
    flag: char,
}

fn send(chunk: Chunk<'_>) -> String {
    send_between("msrp://192.0.2.1:2855/a1;tcp", "msrp://192.0.2.2:2855/f1;tcp", chunk)
}

fn send_between(from: &str, to: &str, Chunk { id, message_id, range, body, flag }: Chunk<'_>) -> String {
    format!(
        "MSRP {id} SEND\r\nTo-Path: {to}\r\nFrom-Path: {from}\r\nMessage-ID: {message_id}\r\nByte-Range: {range}\r\n\
         Content-Type: text/plain\r\n\r\n{body}\r\n-------{id}{flag}\r\n"
    )
}

/// The messages on one connection from Alice to the focus, a segment each.
fn read_segments<'a>(segments: impl IntoIterator<Item = &'a str>) -> Read {
    let mut trace = Trace::default();
    let mut connection = Connection::open(&mut trace, ALICE, FOCUS);
    for segment in segments {
        connection.send(&mut trace, true, segment.as_bytes());
    }
    trace.read()
}

/// Message-ID-wise: body, how it ended, and whether it is complete.
fn transfers(read: &Read) -> Vec<(String, EndFlag, bool)> {
    let describe = |transfer: &Transfer| {
        let body = String::from_utf8_lossy(&transfer.body(&read.messages)).into_owned();
        (body, transfer.end, transfer.is_complete(&read.messages))
    };
    read.sessions.msrp.transfers.iter().map(describe).collect()
}

fn read_chunks(chunks: &[(&str, &str, &str, char)]) -> Vec<(String, EndFlag, bool)> {
    let segments: Vec<String> = chunks
        .iter()
        .enumerate()
        .map(|(index, &(message_id, range, body, flag))| {
            send(Chunk { id: &format!("tid{index}"), message_id, range, body, flag })
        })
        .collect();
    transfers(&read_segments(segments.iter().map(String::as_str)))
}

fn complete(body: &str) -> (String, EndFlag, bool) {
    (body.to_owned(), EndFlag::Complete, true)
}

#[test]
fn trap_07_chunks_of_interleaved_messages_are_joined_by_message_id() {
    let found = read_chunks(&[
        ("one", "1-4/12", "Hell", '+'),
        ("two", "1-3/6", "Bye", '+'),
        ("one", "5-8/12", "o wo", '+'),
        ("two", "4-6/6", " me", '$'),
        ("one", "9-12/12", "rld!", '$'),
    ]);
    assert_eq!(found, [complete("Hello world!"), complete("Bye me")]);
}

#[test]
fn trap_07_stars_for_end_and_total_are_read() {
    let found = read_chunks(&[("one", "1-*/*", "Hell", '+'), ("one", "5-*/*", "o", '+'), ("one", "6-6/6", "!", '$')]);
    assert_eq!(found, [complete("Hello!")]);
    assert_eq!(read_chunks(&[("one", "1-*/*", "Hello", '$')]), [complete("Hello")]);
}

#[test]
fn trap_07_an_aborted_message_is_incomplete_and_its_id_is_free_again() {
    let found =
        read_chunks(&[("one", "1-4/12", "Hell", '+'), ("one", "5-*/12", "o", '#'), ("one", "1-2/2", "Ho", '$')]);
    assert_eq!(found, [("Hello".to_owned(), EndFlag::Aborted, false), complete("Ho")]);
}

#[test]
fn trap_07_the_end_line_decides_and_not_the_range() {
    // Ranges that contradict each other or the bodies: these stay whole and in the order they came.
    for ranges in [["1-400/500", "1-1/1"], ["1-6/11", "3-7/11"], ["x", "1-0/0"], ["18446744073709551615-*/*"; 2]] {
        let found = read_chunks(&[("one", ranges[0], "Hello ", '+'), ("one", ranges[1], "world", '$')]);
        let found: Vec<_> = found.iter().map(|(body, end, _)| (body.as_str(), *end)).collect();
        assert_eq!(found, [("Hello world", EndFlag::Complete)], "{ranges:?}");
    }
    // Only ranges that fit each other may change the order.
    let swapped = read_chunks(&[("one", "6-11/11", " world", '+'), ("one", "1-5/11", "Hello", '$')]);
    assert_eq!(swapped[0].0, "Hello world");
    let contradicting = read_chunks(&[("one", "2-7/11", "Hello ", '+'), ("one", "1-5/11", "world", '$')]);
    assert_eq!(contradicting[0].0, "Hello world");
}

#[test]
fn trap_07_a_lost_chunk_leaves_the_message_incomplete() {
    let found = read_chunks(&[("one", "1-4/12", "Hell", '+'), ("one", "9-12/12", "rld!", '$')]);
    assert_eq!(found, [("Hellrld!".to_owned(), EndFlag::Complete, false)]);
    let unfinished = read_chunks(&[("one", "1-4/12", "Hell", '+')]);
    assert_eq!(unfinished, [("Hell".to_owned(), EndFlag::Continued, false)]);
}

#[test]
fn trap_07_the_same_message_id_in_both_directions_is_two_messages() {
    let (alice, focus) = ("msrp://192.0.2.1:2855/a1;tcp", "msrp://192.0.2.2:2855/f1;tcp");
    let mut trace = Trace::default();
    let mut connection = Connection::open(&mut trace, ALICE, FOCUS);
    for (index, flag) in [(1, '+'), (2, '$')] {
        let range = format!("{index}-{index}/2");
        let there = Chunk { id: &format!("thr{index}"), message_id: "m", range: &range, body: "x", flag };
        connection.send(&mut trace, true, send_between(alice, focus, there).as_bytes());
        let back = Chunk { id: &format!("bck{index}"), message_id: "m", range: &range, body: "y", flag };
        connection.send(&mut trace, false, send_between(focus, alice, back).as_bytes());
    }
    let read = trace.read();
    assert_eq!(transfers(&read), [complete("xx"), complete("yy")]);
    assert_eq!(read.sessions.msrp.sessions.len(), 1);
}

/// Three SENDs, as one segment carries them.
fn three() -> [String; 3] {
    ["t001", "t002", "t003"].map(|id| send(Chunk { id, message_id: id, range: "1-1/1", body: "x", flag: '$' }))
}

#[test]
fn trap_12_messages_of_one_segment_keep_their_order() {
    let [one, two, three] = three();
    let lines = ["MSRP t001 SEND", "MSRP t002 SEND", "MSRP t003 SEND"];
    assert_eq!(read_segments([format!("{one}{two}{three}").as_str()]).start_lines(), lines);
    // Also where the first begins in an earlier frame, and where the frames were captured in the wrong order.
    let all = format!("{one}{two}{three}");
    assert_eq!(read_segments([&all[..50], &all[50..]]).start_lines(), lines);
    let mut trace = Trace::default();
    let connection = Connection::open(&mut trace, ALICE, FOCUS);
    let middle = one.len() + 50;
    connection.send_at(&mut trace, true, connection.next[0] + middle as u32, &all.as_bytes()[middle..]);
    connection.send_at(&mut trace, true, connection.next[0], &all.as_bytes()[..middle]);
    assert_eq!(trace.read().start_lines(), lines);
}

#[test]
fn trap_16_frames_are_listed_once_for_each_message() {
    let [one, two, three] = three();
    let all = format!("{one}{two}{three}");
    let read = read_segments([all.as_str()]);
    let frames: Vec<_> = read.messages.list.iter().map(|message| read.frames(message)).collect();
    assert_eq!(frames, [[3], [3], [3]]);
    let together: HashSet<u32> = frames.into_iter().flatten().collect();
    assert_eq!(together.len(), 1, "three messages are saved as one frame");
    // One message over four frames, one of which was sent twice and the last of which it shares.
    let mut trace = Trace::default();
    let mut connection = Connection::open(&mut trace, ALICE, FOCUS);
    for part in [&all[..20], &all[20..60], &all[60..100], &all[100..]] {
        let seq = connection.next[0];
        connection.send(&mut trace, true, part.as_bytes());
        if part.len() == 40 {
            connection.send_at(&mut trace, true, seq, part.as_bytes());
        }
    }
    let read = trace.read();
    let frames: Vec<_> = read.messages.list.iter().map(|message| read.frames(message)).collect();
    assert_eq!(frames, [vec![3, 4, 6, 8], vec![8], vec![8]]);
}

/// What one side says of its MSRP stream.
#[derive(Clone, Copy)]
struct Sdp<'a> {
    path: &'a str,
    more: &'a str,
}

/// The SIP of one call between Alice and the focus: offer, answer, ACK; then re-INVITEs in the same dialog.
fn call(trace: &mut Trace, call_id: &str, exchanges: &[[Sdp<'_>; 2]]) {
    for (index, [offer, answer]) in exchanges.iter().enumerate() {
        let cseq = index + 1;
        let to_tag = if index == 0 { "" } else { ";tag=f" };
        let head = |to_tag: &str, method: &str| {
            format!(
                "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{call_id}{cseq}{method}\r\nFrom: <sip:alice@example.com>;tag=a\r\n\
                 To: <sip:focus@example.com>{to_tag}\r\nCall-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n"
            )
        };
        let body = |sdp: &Sdp<'_>| {
            let text = format!(
                "v=0\r\no=- 1 {cseq} IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=message 9 TCP/MSRP *\r\n\
                 a=path:{}\r\na=accept-types:message/cpim\r\n{}",
                sdp.path, sdp.more
            );
            format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{text}", text.len())
        };
        let (alice, focus) = ("192.0.2.1:5060", "192.0.2.2:5060");
        let invite = format!("INVITE sip:focus@example.com SIP/2.0\r\n{}{}", head(to_tag, "INVITE"), body(offer));
        trace.udp(alice, focus, invite.as_bytes());
        trace.udp(focus, alice, format!("SIP/2.0 200 OK\r\n{}{}", head(";tag=f", "INVITE"), body(answer)).as_bytes());
        let ack = format!("ACK sip:focus@example.com SIP/2.0\r\n{}Content-Length: 0\r\n\r\n", head(";tag=f", "ACK"));
        trace.udp(alice, focus, ack.as_bytes());
    }
}

fn plain(path: &str) -> Sdp<'_> {
    Sdp { path, more: "" }
}

/// Which MSRP session each leg is bound to, as the two far ends.
fn bindings(sessions: &Sessions) -> Vec<Option<[&str; 2]>> {
    let ends = |index: u32| sessions.msrp.sessions[index as usize].ends.each_ref().map(String::as_str);
    sessions.legs.iter().map(|leg| leg.msrp.map(ends)).collect()
}

fn one_message<'a>(from: &'a str, to: &'a str, id: &str) -> String {
    send_between(from, to, Chunk { id, message_id: id, range: "1-1/1", body: "x", flag: '$' })
}

#[test]
fn trap_14_msrp_is_found_on_any_port_and_bound_by_session_ids() {
    // The m-lines say port 9, the connection goes to 50001 and begins at the passive side.
    let (alice, focus) = ("msrp://192.0.2.1:9/a1;tcp", "msrp://192.0.2.2:50001/f1;tcp");
    let mut trace = Trace::default();
    call(&mut trace, "c1", &[[plain(alice), plain(focus)]]);
    let mut connection = Connection::open(&mut trace, "192.0.2.1:61234", "192.0.2.2:50001");
    connection.send(&mut trace, false, one_message(focus, alice, "t001").as_bytes());
    let read = trace.read();
    assert_eq!(bindings(&read.sessions), [Some([focus, alice])]);
}

#[test]
fn trap_14_a_reinvite_that_says_the_same_keeps_the_binding_and_a_new_path_moves_it() {
    let (alice, focus) = ("msrp://192.0.2.1:9/a1;tcp", "msrp://192.0.2.2:2855/f1;tcp");
    let mut trace = Trace::default();
    call(&mut trace, "c1", &[[plain(alice), plain(focus)], [plain(alice), plain(focus)]]);
    let mut connection = Connection::open(&mut trace, ALICE, FOCUS);
    connection.send(&mut trace, true, one_message(alice, focus, "t001").as_bytes());
    let read = trace.read();
    assert_eq!(bindings(&read.sessions), [Some([alice, focus])]);

    let (alice_2, focus_2) = ("msrp://192.0.2.1:9/a2;tcp", "msrp://192.0.2.2:2855/f2;tcp");
    let mut trace = Trace::default();
    call(&mut trace, "c1", &[[plain(alice), plain(focus)]]);
    let mut connection = Connection::open(&mut trace, ALICE, FOCUS);
    connection.send(&mut trace, true, one_message(alice, focus, "t001").as_bytes());
    call(&mut trace, "c1", &[[plain(alice), plain(focus)], [plain(alice_2), plain(focus_2)]]);
    connection.send(&mut trace, true, one_message(alice_2, focus_2, "t002").as_bytes());
    let read = trace.read();
    assert_eq!(read.sessions.legs.len(), 1, "one dialog is one leg");
    assert_eq!(bindings(&read.sessions), [Some([alice_2, focus_2])], "as last agreed");
}

#[test]
fn trap_14_addresses_rewritten_on_the_way_do_not_matter() {
    // An SBC that writes its own address into one path (RFC 6714 lets it); the session-ids stay.
    let (alice, focus) = ("msrp://10.0.0.1:2855/a1;tcp", "msrp://192.0.2.2:2855/f1;tcp");
    let (alice_rewritten, focus_rewritten) = ("msrp://198.51.100.9:7000/a1;tcp", "msrp://198.51.100.9:7001/f1;tcp");
    let cema = "a=msrp-cema\r\na=setup:actpass\r\n";
    let mut trace = Trace::default();
    call(&mut trace, "c1", &[[Sdp { path: alice, more: cema }, Sdp { path: focus, more: cema }]]);
    let mut connection = Connection::open(&mut trace, ALICE, "198.51.100.9:7001");
    connection.send(&mut trace, true, one_message(alice_rewritten, focus_rewritten, "t001").as_bytes());
    let read = trace.read();
    assert_eq!(bindings(&read.sessions), [Some([alice_rewritten, focus_rewritten])]);
    let media = &read.sessions.legs[0].media;
    let setup = media.caller.as_ref().map(|media| (media.cema, media.setup));
    assert_eq!(setup, Some((true, Some(Setup::ActPass))));
}

#[test]
fn trap_14_session_ids_differ_by_case() {
    let (alice, focus) = ("msrp://192.0.2.1:9/a1;tcp", "msrp://192.0.2.2:2855/f1;tcp");
    let mut trace = Trace::default();
    call(&mut trace, "c1", &[[plain("msrp://192.0.2.1:9/A1;tcp"), plain("msrp://192.0.2.2:2855/F1;tcp")]]);
    let mut connection = Connection::open(&mut trace, ALICE, FOCUS);
    connection.send(&mut trace, true, one_message(alice, focus, "t001").as_bytes());
    assert_eq!(bindings(&trace.read().sessions), [None]);
}

#[test]
fn trap_14_two_sessions_on_one_connection_are_two() {
    let pair = |n: u32| [format!("msrp://192.0.2.1:9/a{n};tcp"), format!("msrp://192.0.2.2:2855/f{n};tcp")];
    let (first, second) = (pair(1), pair(2));
    let mut trace = Trace::default();
    call(&mut trace, "c1", &[[plain(&first[0]), plain(&first[1])]]);
    call(&mut trace, "c2", &[[plain(&second[0]), plain(&second[1])]]);
    let mut connection = Connection::open(&mut trace, ALICE, FOCUS);
    let chunk = |pair: &[String; 2], id, range, body, flag| {
        send_between(&pair[0], &pair[1], Chunk { id, message_id: "same", range, body, flag })
    };
    let all = [
        chunk(&first, "t001", "1-1/2", "a", '+'),
        chunk(&second, "t002", "1-1/2", "c", '+'),
        chunk(&first, "t003", "2-2/2", "b", '$'),
        chunk(&second, "t004", "2-2/2", "d", '$'),
    ];
    connection.send(&mut trace, true, all.concat().as_bytes());
    let read = trace.read();
    assert_eq!(transfers(&read), [complete("ab"), complete("cd")]);
    let ends = |pair: &[String; 2]| pair.clone();
    let bound = bindings(&read.sessions);
    assert_eq!(bound[0].map(|ends| ends.map(str::to_owned)), Some(ends(&first)));
    assert_eq!(bound[1].map(|ends| ends.map(str::to_owned)), Some(ends(&second)));
}

#[test]
fn trap_14_msrp_without_any_sdp_is_still_read() {
    let read = {
        let mut trace = Trace::default();
        let mut connection = Connection::open(&mut trace, "192.0.2.1:33333", "192.0.2.2:44444");
        let chunk = Chunk { id: "t001", message_id: "m1", range: "1-5/5", body: "hello", flag: '$' };
        connection.send(&mut trace, true, send(chunk).as_bytes());
        let ok =
            "MSRP t001 200 OK\r\nTo-Path: msrp://192.0.2.1:2855/a1;tcp\r\nFrom-Path: msrp://192.0.2.2:2855/f1;tcp\r\n";
        connection.send(&mut trace, false, format!("{ok}-------t001$\r\n").as_bytes());
        trace.read()
    };
    assert_eq!(read.problems, []);
    assert_eq!(transfers(&read), [complete("hello")]);
    let msrp = &read.sessions.msrp;
    assert_eq!(msrp.transfers[0].response.map(|(_, status)| status), Some(200));
    assert!(msrp.session_of.iter().all(|&session| session != NO_SESSION));
}

#[test]
fn trap_14_forks_of_an_invite_are_bound_each_to_its_own_msrp_session() {
    let path = |id: &str| format!("msrp://192.0.2.2:2855/{id};tcp");
    let message = |first: &str, to_tag: &str, session: &str| {
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\nm=message 9 TCP/MSRP *\r\na=path:{}\r\n",
            path(session)
        );
        format!(
            "{first}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:alice@example.com>;tag=a\r\n\
             To: <sip:bob@example.com>{to_tag}\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        )
    };
    let bound = |speaking: &[&str]| {
        let mut trace = Trace::default();
        let invite = message("INVITE sip:bob@example.com SIP/2.0", "", "a1");
        trace.udp("192.0.2.1:5060", "192.0.2.2:5060", invite.as_bytes());
        for (tag, session) in [(";tag=b1", "b1"), (";tag=b2", "b2")] {
            let ok = message("SIP/2.0 200 OK", tag, session);
            trace.udp("192.0.2.2:5060", "192.0.2.1:5060", ok.as_bytes());
        }
        let mut connection = Connection::open(&mut trace, ALICE, FOCUS);
        for session in speaking {
            let id = format!("tid-{session}");
            connection.send(&mut trace, true, one_message(&path("a1"), &path(session), &id).as_bytes());
        }
        let read = trace.read();
        bindings(&read.sessions).into_iter().map(|ends| ends.map(|ends| ends.map(str::to_owned))).collect::<Vec<_>>()
    };
    let [first, second] = ["b1", "b2"].map(|session| Some([path("a1"), path(session)]));
    assert_eq!(bound(&["b1", "b2"]), [first, second.clone()]);
    // The one that says nothing has no session, and not that of the other.
    assert_eq!(bound(&["b2"]), [None, second]);
}
