//! Where one MSRP message of a stream ends (RFC 4975 §7.1): at a line `-------` + transaction id + flag, and nowhere else.
//!
//! The end is looked for with a substring search for the seven dashes and the id; what was searched is not searched again, so the
//! cost is linear however the stream is cut into segments.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::start_line::{MAX_START_LINE_BYTES, StartLine};
use super::summary::{EndFlag, EndLine, Summary, summarise};
use crate::wire::MAX_MESSAGE_BYTES;
use crate::wire::cut::Cut;
use crate::wire::text::line_end;

const DASHES: &[u8] = b"-------";

/// Made once: preparing a search costs as much as searching a short message.
static DASH_FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(DASHES));

/// What is remembered between two looks at an unfinished message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scan {
    /// The end-line was searched for up to here.
    searched: usize,
}

/// Cuts the next piece off `data`, the stream from where the last piece ended. `at_end`: nothing more will come.
pub fn cut(data: &[u8], scan: &mut Scan, at_end: bool) -> Cut<Summary> {
    let blank = data.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if blank > 0 {
        return Cut::KeepAlive { len: blank };
    }
    if data.is_empty() {
        return Cut::NeedMore;
    }
    let first_line = line_end(&data[..data.len().min(MAX_START_LINE_BYTES)], 0);
    let first_line_complete = data[..first_line].ends_with(b"\n");
    if !first_line_complete && !at_end && data.len() < MAX_START_LINE_BYTES && may_begin(data) {
        return Cut::NeedMore;
    }
    let Some(start_line) = StartLine::parse(data).filter(|_| first_line_complete) else {
        return skip_to_start_line(data, at_end);
    };
    let transaction_id = &data[start_line.transaction_id()];
    let marker_len = DASHES.len() + transaction_id.len();
    let mut from = scan.searched.max(first_line - 1);
    while let Some(found) = DASH_FINDER.find(&data[from..]) {
        let start = from + found;
        let after = start + marker_len;
        if after > data.len() {
            // Split inside the marker.
            from = start;
            break;
        }
        if &data[start + DASHES.len()..after] != transaction_id {
            from = start + 1;
            continue;
        }
        match end_line(data, start, after, at_end) {
            EndOfMessage::At(len) => {
                let flag = EndFlag::of(data[after]).unwrap_or(EndFlag::Missing);
                let end_line = EndLine { start, flag };
                let summary = summarise(&data[..len], &start_line, Some(&end_line));
                return Cut::Message { len, summary, incomplete: false };
            }
            EndOfMessage::Unknown => {
                scan.searched = start;
                return Cut::NeedMore;
            }
            EndOfMessage::NotHere => from = start + 1,
        }
    }
    // The marker may be split: look at its length less one again.
    scan.searched = data.len().saturating_sub(marker_len - 1).max(from.min(data.len()));
    if at_end {
        let summary = summarise(data, &start_line, None);
        return Cut::Message { len: data.len(), summary, incomplete: true };
    }
    if data.len() > MAX_MESSAGE_BYTES {
        return Cut::Skip { len: data.len(), why: "an MSRP message without end" };
    }
    Cut::NeedMore
}

enum EndOfMessage {
    /// The end-line is right and the message is so long.
    At(usize),
    /// These dashes are part of the body.
    NotHere,
    /// More bytes will tell.
    Unknown,
}

/// Is the marker at `start..after` an end-line: at the beginning of a line, followed by a flag and a line end?
fn end_line(data: &[u8], start: usize, after: usize, at_end: bool) -> EndOfMessage {
    if data[..start].last() != Some(&b'\n') {
        return EndOfMessage::NotHere;
    }
    match &data[after..] {
        [b'$' | b'+' | b'#', b'\r', b'\n', ..] => EndOfMessage::At(after + 3),
        [b'$' | b'+' | b'#', b'\n', ..] => EndOfMessage::At(after + 2),
        // The very end of a stream: a flag without its line end still ends the message.
        [b'$' | b'+' | b'#'] if at_end => EndOfMessage::At(after + 1),
        [b'$' | b'+' | b'#', b'\r'] if at_end => EndOfMessage::At(after + 2),
        [] | [b'$' | b'+' | b'#'] | [b'$' | b'+' | b'#', b'\r'] if !at_end => EndOfMessage::Unknown,
        _ => EndOfMessage::NotHere,
    }
}

/// Could these few bytes be the beginning of a start line?
fn may_begin(data: &[u8]) -> bool {
    let known = data.len().min(5);
    data[..known] == b"MSRP "[..known]
}

/// Skips to the next line that begins a message, or over all that cannot begin one.
fn skip_to_start_line(data: &[u8], at_end: bool) -> Cut<Summary> {
    let why = "not an MSRP message";
    match resynchronise(data) {
        Some(start) => Cut::Skip { len: start, why },
        None if at_end => Cut::Skip { len: data.len(), why },
        None => {
            // The last line stays, also one that cannot begin a message: what follows it does not begin a line. Of one
            // that is too long its last byte will do, unless that could begin a message itself.
            let mut keep = memchr::memrchr(b'\n', data).map_or(0, |lf| lf + 1);
            if data.len() - keep >= MAX_START_LINE_BYTES {
                keep = data.iter().rposition(|byte| *byte != b'M').unwrap_or(data.len());
            }
            if keep == 0 { Cut::NeedMore } else { Cut::Skip { len: keep, why } }
        }
    }
}

/// Where, after the first byte of `data`, a line stands that is a complete MSRP start line.
pub fn resynchronise(data: &[u8]) -> Option<usize> {
    let begins_line = |start: usize| data[..start].iter().rev().find(|byte| **byte != b'\r') == Some(&b'\n');
    memchr::memmem::find_iter(data, b"MSRP ").find(|&start| {
        begins_line(start)
            && data[start..line_end(data, start)].ends_with(b"\n")
            && StartLine::parse(&data[start..]).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::msrp::Message;

    fn send(id: &str, body: &str, flag: char) -> String {
        format!(
            "MSRP {id} SEND\r\nTo-Path: msrp://b:2/b1;tcp\r\nFrom-Path: msrp://a:1/a1;tcp\r\nMessage-ID: m1\r\n\
             Byte-Range: 1-{len}/{len}\r\nContent-Type: text/plain\r\n\r\n{body}\r\n-------{id}{flag}\r\n",
            len = body.len()
        )
    }

    fn frame(stream: &[u8], step: usize) -> (Vec<Vec<u8>>, usize) {
        let (mut data, mut scan, mut messages, mut skipped) = (Vec::new(), Scan::default(), Vec::new(), 0);
        let mut pieces = stream.chunks(step).peekable();
        while let Some(piece) = pieces.next() {
            data.extend_from_slice(piece);
            let at_end = pieces.peek().is_none();
            loop {
                let len = match cut(&data, &mut scan, at_end) {
                    Cut::Message { len, .. } => {
                        messages.push(data[..len].to_vec());
                        len
                    }
                    Cut::KeepAlive { len } | Cut::Skip { len, .. } => {
                        skipped += len;
                        len
                    }
                    Cut::NeedMore => break,
                };
                assert!(len > 0);
                data.drain(..len);
                scan = Scan::default();
            }
        }
        (messages, skipped)
    }

    #[test]
    fn trap_01_several_messages_in_one_segment_all_appear() {
        let ok = "MSRP a1b2 200 OK\r\nTo-Path: msrp://a:1/a1;tcp\r\nFrom-Path: msrp://b:2/b1;tcp\r\n-------a1b2$\r\n";
        let stream = format!("{}{ok}{}{}", send("t001", "one", '$'), send("t002", "two", '+'), send("t003", "", '#'));
        for step in [1, 2, 5, 64, stream.len()] {
            let (messages, skipped) = frame(stream.as_bytes(), step);
            assert_eq!((messages.len(), skipped), (4, 0), "in steps of {step}");
            assert_eq!(messages.concat(), stream.as_bytes());
        }
    }

    #[test]
    fn trap_02_dashes_in_a_body_are_no_end_line() {
        let body = "-------\r\n-------t001\r\n -------t001$\r\n-------t001*\r\n-------t001$ \r\n-------t0012$\r\n-------other$\r\n";
        let stream = send("t001", body, '$');
        for step in 1..40 {
            let (messages, skipped) = frame(stream.as_bytes(), step);
            assert_eq!((messages.len(), skipped), (1, 0), "in steps of {step}");
            let message = Message::parse(&messages[0]).expect("a message");
            assert_eq!(message.body(), body.as_bytes());
            assert_eq!(message.end_flag(), EndFlag::Complete);
        }
    }

    #[test]
    fn a_stream_entered_in_the_middle_is_read_from_the_next_message() {
        let stream = format!("rest of a body\r\nMSRP is nice\r\n-------zzzz$\r\n{}", send("t001", "hello", '$'));
        for step in [1, 3, 1000] {
            let (messages, skipped) = frame(stream.as_bytes(), step);
            assert_eq!((messages.len(), skipped), (1, 44), "in steps of {step}");
        }
    }

    #[test]
    fn a_message_begins_a_line_wherever_the_junk_before_it_is_cut() {
        let long = "x".repeat(2 * MAX_START_LINE_BYTES);
        for junk in [
            "junk\r\n\r\r",
            "junk MSRP t001 SEND\r\n",
            "MSRP junk: MSRP t001 SEND\r\n",
            &format!("{long}MSRP t001 SEND\r\n"),
        ] {
            let stream = format!("{junk}{}", send("t002", "hello", '$'));
            for step in [1, 2, 3, 5, 11, 700, stream.len()] {
                let (messages, skipped) = frame(stream.as_bytes(), step);
                assert_eq!((messages.len(), skipped), (1, junk.len()), "in steps of {step}");
            }
        }
    }

    #[test]
    fn a_request_without_body_has_no_blank_line() {
        let raw = b"MSRP 6aef SEND\r\nTo-Path: msrp://b:2/b1;tcp\r\nFrom-Path: msrp://a:1/a1;tcp\r\nByte-Range: 1-0/0\r\n-------6aef$\r\n";
        let message = Message::parse(raw).expect("a message");
        assert_eq!((message.body(), message.headers().count()), (&b""[..], 3));
        assert_eq!(message.byte_range(), Some(crate::wire::msrp::ByteRange { start: 1, end: Some(0), total: Some(0) }));
    }

    #[test]
    fn trap_04_the_cost_of_a_large_chunk_is_linear() {
        // Counted, not timed: with the scan position kept, each look searches only what is new.
        let stream = send("t001", &"-------t001\n".repeat(10_000), '$');
        let (mut scan, mut at, mut searched) = (Scan::default(), 0, 0);
        while at < stream.len() {
            at = (at + 100).min(stream.len());
            let before = scan.searched;
            if let Cut::Message { len, .. } = cut(&stream.as_bytes()[..at], &mut scan, false) {
                assert_eq!(len, stream.len());
            } else {
                assert!(scan.searched + 20 >= at, "position {} of {at} is kept", scan.searched);
            }
            searched += at - before.min(at);
        }
        assert!(searched < 3 * stream.len(), "{searched} bytes looked at for {}", stream.len());
    }
}
