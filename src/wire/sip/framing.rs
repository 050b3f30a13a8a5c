//! Where one SIP message of a TCP stream ends and the next begins (RFC 3261 §18.3), also when Content-Length lies.

use std::ops::Range;

use super::start_line::{MAX_START_LINE_BYTES, StartLine};
use super::summary::{Method, Scanned, Summary};
use crate::wire::MAX_MESSAGE_BYTES;
use crate::wire::cut::Cut;
use crate::wire::text::{is_token_char, line_end, trim};

/// Longest header section that is waited for; beyond it the stream is taken for broken.
const MAX_HEADERS_BYTES: usize = 256 * 1024;

/// What is remembered between two looks at an unfinished message, so that nothing is scanned twice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scan {
    /// Headers were searched for their blank line up to here.
    searched: usize,
    /// Where the message ends if Content-Length is right, once the headers are complete.
    end: Option<usize>,
    /// Without a usable Content-Length: the next message was searched for up to here.
    searched_body: usize,
}

/// Cuts the next piece off `data`, the stream from where the last piece ended. `at_end`: nothing more will come.
pub fn cut(data: &[u8], scan: &mut Scan, at_end: bool) -> Cut<Summary> {
    let blank = blank_bytes(data);
    if blank > 0 {
        // CRLF keep-alives (RFC 5626 §3.5.1) and leading blank lines (RFC 3261 §7.5).
        return Cut::KeepAlive { len: blank };
    }
    if data.is_empty() {
        return Cut::NeedMore;
    }
    if !at_end && scan.end.is_some_and(|end| data.len() < end) {
        return Cut::NeedMore;
    }
    if scan.end.is_none() {
        let first_line = line_end(&data[..data.len().min(MAX_START_LINE_BYTES)], 0);
        let complete = data[..first_line].ends_with(b"\n");
        if !complete && !at_end && data.len() < MAX_START_LINE_BYTES {
            return Cut::NeedMore;
        }
        if !complete || StartLine::parse(data).is_none() {
            return skip_to_start_line(data, at_end);
        }
        // The blank line: resume three bytes before the end of the last search, since it may be split.
        let from = scan.searched.saturating_sub(3);
        let Some(blank_end) = find_blank_line(data, from) else {
            scan.searched = data.len();
            if data.len() > MAX_HEADERS_BYTES {
                return Cut::Skip { len: data.len(), why: "a SIP header section without end" };
            }
            return if at_end { incomplete(data) } else { Cut::NeedMore };
        };
        scan.searched = blank_end;
    }
    let Some(scanned) = Scanned::scan(data) else { return skip_to_start_line(data, at_end) };
    let Some(body_start) = scanned.body_start else {
        return if at_end { incomplete(data) } else { Cut::NeedMore };
    };
    let length = scanned.content_length.map(|part| content_length(part.of(data)));
    let (end, certain) = match length {
        Some(Some(length)) if length <= MAX_MESSAGE_BYTES => (body_start + length, true),
        // No Content-Length and nothing that announces a body: there is none.
        None if scanned.content_type.is_none() => (body_start, true),
        // Missing, negative, not a number, or absurd: the body lasts until something that begins a message.
        _ => (data.len(), false),
    };
    scan.end = certain.then_some(end);
    if certain && data.len() < end && !at_end {
        return Cut::NeedMore;
    }
    let cut_at =
        |end: usize, incomplete| Cut::Message { len: end, summary: scanned.summary(body_start..end), incomplete };
    if certain && data.len() >= end {
        let suspicious = may_hold_start_line(data, body_start..end);
        if !suspicious || scanned.content_type.is_some_and(|part| carries_sip(part.of(data))) {
            return cut_at(end, false);
        }
        // A start line inside the body: Content-Length may have swallowed the next message. What follows the claimed end decides.
        return match begins_message(&data[end..], at_end) {
            Some(true) => cut_at(end, false),
            // The first line behind the claimed end is there now: a start line may go over that end.
            Some(false) => {
                let swallowed = start_lines(data, body_start..line_end(data, end)).next();
                cut_at(swallowed.map_or(end, |start| start.min(end)), false)
            }
            None => Cut::NeedMore,
        };
    }
    // The end is uncertain or was not captured: the next whole head ends the message.
    let from = scan.searched_body.max(body_start);
    let next = start_lines(data, from..data.len()).find(|&start| looks_like_head(&data[start..]));
    // Resume at a head that may still be growing, or at the last line.
    let last_line = memchr::memrchr(b'\n', &data[from..]).map_or(from, |lf| from + lf + 1);
    scan.searched_body = start_lines(data, from..data.len()).next().unwrap_or(last_line);
    match next {
        Some(next) => cut_at(next, certain),
        None if at_end || data.len() > MAX_MESSAGE_BYTES => cut_at(data.len(), certain),
        None => Cut::NeedMore,
    }
}

/// The end of the stream inside a header section: what is there is a message, marked incomplete, if its start line is.
fn incomplete(data: &[u8]) -> Cut<Summary> {
    match Scanned::scan(data) {
        Some(scanned) => {
            Cut::Message { len: data.len(), summary: scanned.summary(data.len()..data.len()), incomplete: true }
        }
        None => Cut::Skip { len: data.len(), why: "not a SIP message" },
    }
}

/// A datagram is one message (RFC 3261 §18.3). `None` when it does not begin with a start line.
pub(in crate::wire) fn datagram(data: &[u8]) -> Option<(Summary, Option<usize>)> {
    let scanned = Scanned::scan(data)?;
    let body_start = scanned.body_start.unwrap_or(data.len());
    let length = scanned.content_length.and_then(|part| content_length(part.of(data)));
    let end = length.and_then(|length| body_start.checked_add(length));
    // How many bytes of the body the datagram lacks.
    let missing = end.and_then(|end| end.checked_sub(data.len())).filter(|&missing| missing > 0);
    let body = body_start..end.unwrap_or(data.len()).min(data.len());
    Some((scanned.summary(body), missing))
}

/// How many bytes at the beginning of `data` may stand between messages.
fn blank_bytes(data: &[u8]) -> usize {
    data.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | 0)).count()
}

/// A Content-Length value as a number; `None` when it is none.
pub(super) fn content_length(value: &[u8]) -> Option<usize> {
    std::str::from_utf8(&value[trim(value, 0..value.len())]).ok()?.parse().ok()
}

/// The end of the first blank line at or after `from`.
fn find_blank_line(data: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    while let Some(lf) = memchr::memchr(b'\n', &data[at..]) {
        let after = at + lf + 1;
        match &data[after..] {
            [b'\n', ..] => return Some(after + 1),
            [b'\r', b'\n', ..] => return Some(after + 2),
            _ => at = after,
        }
    }
    None
}

/// Skips to the next line that begins a message, or over all complete lines.
fn skip_to_start_line(data: &[u8], at_end: bool) -> Cut<Summary> {
    let why = "not a SIP message";
    match resynchronise(data) {
        Some(start) => Cut::Skip { len: start, why },
        None if at_end => Cut::Skip { len: data.len(), why },
        None => {
            // The last line may be the beginning of a start line, unless it is too long for one.
            let keep = memchr::memrchr(b'\n', data).map_or(0, |lf| lf + 1);
            let keep = if data.len() - keep > MAX_START_LINE_BYTES { data.len() } else { keep };
            if keep == 0 { Cut::NeedMore } else { Cut::Skip { len: keep, why } }
        }
    }
}

/// Where, after the first byte of `data`, a complete SIP start line begins.
pub fn resynchronise(data: &[u8]) -> Option<usize> {
    // From the first byte on, and whole lines before parts of them: as if the stream had been cut before the line.
    let at_line = |start| {
        let line = memchr::memrchr(b'\n', &data[..start]).map_or(0, |lf| lf + 1);
        let line = line + blank_bytes(&data[line..]);
        if StartLine::parse(&data[line..]).is_some() { line } else { start }
    };
    start_lines(data, 0..data.len()).map(at_line).find(|&start| start > 0)
}

/// The places in `range` where a start line begins: usually at the beginning of a line, but a body without line end may stand
/// before it. Looks for the version first: that is quick.
fn start_lines(data: &[u8], range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
    let data = &data[..range.end];
    let mut at = range.start;
    std::iter::from_fn(move || {
        while at < range.end {
            let version = at + versions(&data[at..]).next()?;
            let earliest = version.saturating_sub(MAX_START_LINE_BYTES).max(range.start);
            let line = memchr::memrchr(b'\n', &data[earliest..version]).map_or(earliest, |lf| earliest + lf + 1);
            let end = line_end(data, version);
            at = end.max(version + 4);
            if data[..end].ends_with(b"\n")
                // A response begins with its version, a request ends with it.
                && let text = &data[line..end]
                && let last = versions(text).next_back().unwrap_or_default()
                && let Some(start) = start_in_line(text, version - line).or_else(|| start_in_line(text, last))
            {
                return Some(line + start);
            }
        }
        None
    })
}

/// Where `SIP/` stands, in any case (RFC 3261 §7.1). Bodies have fewer slashes than letters.
fn versions(data: &[u8]) -> impl DoubleEndedIterator<Item = usize> + '_ {
    let slashes = memchr::memchr_iter(b'/', data);
    slashes.filter_map(|slash| slash.checked_sub(3).filter(|&at| data[at..slash].eq_ignore_ascii_case(b"SIP")))
}

/// Where in `line` a start line begins whose version stands at `version`.
fn start_in_line(line: &[u8], version: usize) -> Option<usize> {
    if StartLine::parse(&line[version..]).is_some() {
        return Some(version);
    }
    // A known method at the end of a longer word: what stands before it belongs to a body without line end.
    let behind_junk = || {
        let uri_end = line[..version].iter().rposition(|byte| *byte != b' ')? + 1;
        let uri_start = line[..uri_end].iter().rposition(|byte| *byte == b' ')? + 1;
        let before = &line[..uri_start - 1];
        let method = Method::KNOWN.iter().find(|name| before.ends_with(name.as_bytes()))?;
        Some(before.len() - method.len())
    };
    let start = behind_junk().unwrap_or(blank_bytes(line));
    StartLine::parse(&line[start..]).map(|_| start)
}

/// Is there a start line in `body`, or could its last line be the beginning of one that goes on behind it?
fn may_hold_start_line(data: &[u8], body: Range<usize>) -> bool {
    let last_line = memchr::memrchr(b'\n', &data[body.clone()]).map_or(body.start, |lf| body.start + lf + 1);
    let tail = &data[last_line..body.end];
    let word = tail.iter().take_while(|byte| is_token_char(**byte)).count();
    let may_begin = word > 0 && (word == tail.len() || tail[word] == b' ') || tail.starts_with(b"SIP/");
    // Or behind the end of a body that has no line end.
    let tail = &tail[tail.len().saturating_sub(MAX_START_LINE_BYTES)..];
    let holds_method = || Method::KNOWN.iter().any(|name| memchr::memmem::find(tail, name.as_bytes()).is_some());
    may_begin || holds_method() || start_lines(data, body).next().is_some()
}

fn looks_like_head(data: &[u8]) -> bool {
    Scanned::scan(data).is_some_and(|scanned| {
        let summary = scanned.summary(0..0);
        !summary.call_id.is_empty() && summary.cseq > 0
    })
}

/// Does `rest`, the stream behind a message, begin with another one, of a known method? `None`: not enough there to tell.
fn begins_message(rest: &[u8], at_end: bool) -> Option<bool> {
    let rest = &rest[blank_bytes(rest)..];
    let first_line = line_end(&rest[..rest.len().min(MAX_START_LINE_BYTES)], 0);
    if rest[..first_line].ends_with(b"\n") || rest.len() >= MAX_START_LINE_BYTES {
        let known = rest.starts_with(b"SIP/") || Method::KNOWN.iter().any(|name| rest.starts_with(name.as_bytes()));
        return Some(known && StartLine::parse(rest).is_some());
    }
    at_end.then_some(rest.is_empty())
}

/// Content types whose body is a SIP message or a part of one, or may hold such a part.
fn carries_sip(content_type: &[u8]) -> bool {
    let lower = content_type.to_ascii_lowercase();
    lower.starts_with(b"message/sip") || lower.starts_with(b"multipart/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(name: &str, length: &str, body: &str) -> String {
        format!(
            "{name} sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z\r\nCall-ID: {name}\r\nCSeq: 1 {name}\r\n{length}\r\n{body}"
        )
    }

    /// Frames a whole stream, given in pieces of `step` bytes: each message's text, and how many bytes were none of them.
    fn frame(stream: &str, step: usize) -> (Vec<String>, usize) {
        let (mut data, mut scan, mut messages, mut skipped) = (Vec::new(), Scan::default(), Vec::new(), 0);
        let mut pieces = stream.as_bytes().chunks(step).peekable();
        while let Some(piece) = pieces.next() {
            data.extend_from_slice(piece);
            let at_end = pieces.peek().is_none();
            loop {
                let len = match cut(&data, &mut scan, at_end) {
                    Cut::Message { len, .. } => {
                        messages.push(String::from_utf8_lossy(&data[..len]).into_owned());
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
        assert!(data.is_empty(), "left over: {data:?}");
        (messages, skipped)
    }

    fn frame_all_ways(stream: &str) -> (Vec<String>, usize) {
        let whole = frame(stream, stream.len());
        for step in [1, 2, 3, 7, 50] {
            assert_eq!(frame(stream, step), whole, "in steps of {step}");
        }
        whole
    }

    #[test]
    fn trap_05_many_messages_in_a_segment_and_one_over_many() {
        let large = "x".repeat(32 * 1024);
        let a = message("NOTIFY", &format!("Content-Length: {}\r\n", large.len()), &large);
        let b = message("BYE", "l: 0\r\n", "");
        let stream = format!("{a}\r\n\r\n{b}{b}");
        assert_eq!(frame_all_ways(&stream), (vec![a, b.clone(), b], 4));
    }

    #[test]
    fn trap_11_a_content_length_that_swallows_the_next_messages() {
        let a = message("INFO", "Content-Length: 300\r\n", "hello");
        let b = message("BYE", "Content-Length: 0\r\n", "");
        let stream = format!("{a}{b}{b}{b}{b}");
        let (messages, skipped) = frame_all_ways(&stream);
        assert_eq!((messages.len(), skipped), (5, 0), "{messages:#?}");
        assert_eq!(messages[0], a);
    }

    #[test]
    fn trap_11_a_content_length_that_is_too_small_or_no_number() {
        let b = message("BYE", "Content-Length: 0\r\n", "");
        for length in [
            "Content-Length: 2\r\n",
            "Content-Length: -5\r\n",
            "Content-Length: abc\r\n",
            "Content-Type: text/plain\r\n",
        ] {
            let stream = format!("{}\r\n{b}", message("INFO", length, "hello\r\n"));
            let (messages, _) = frame_all_ways(&stream);
            assert_eq!(messages.len(), 2, "{length}: {messages:#?}");
            assert_eq!(messages[1], b);
        }
    }

    #[test]
    fn trap_11_duplicate_folded_compact_and_spaced_lengths() {
        let b = message("BYE", "Content-Length: 0\r\n", "");
        for length in
            ["Content-Length : 5\r\n", "l:5\r\n", "Content-Length:\r\n 5\r\n", "l: 5\r\nContent-Length: 5\r\n"]
        {
            let a = message("INFO", length, "hello");
            assert_eq!(frame_all_ways(&format!("{a}{b}")), (vec![a, b.clone()], 0), "{length}");
        }
    }

    #[test]
    fn trap_11_keep_alives_and_junk_between_messages() {
        let a = message("INFO", "Content-Length: 5\r\n", "hello");
        let stream = format!("\r\n\r\n{a}\r\n\r\njunk\r\nmore junk\r\n{a}");
        assert_eq!(frame_all_ways(&stream), (vec![a.clone(), a], 25));
    }

    #[test]
    fn junk_with_a_version_in_it_is_skipped_however_it_is_cut() {
        let a = message("BYE", "l: 0\r\n", "");
        let junk = "junk\r\nSIP/INVITE sip:a@b SIP/:.0\r\n";
        assert_eq!(frame_all_ways(&format!("{junk}{a}")), (vec![a.clone()], junk.len()));
        let odd = "odd INVITE s INVITE sip:a@b SIP/2.0\r\nl: 0\r\n\r\n".to_owned();
        assert_eq!(frame_all_ways(&format!("junk\r\n{odd}{a}")), (vec![odd.clone(), a.clone()], 6));
        assert_eq!(frame_all_ways(&format!("junk\n\0\r{odd}{a}")), (vec![odd, a], 7));
        assert_eq!(frame_all_ways("junk\r\nSIP/2.0 200 O"), (vec![], 19));
        assert_eq!(frame_all_ways("junk\r\nT sip:a@b SiP/2.0\r\n").0, ["T sip:a@b SiP/2.0\r\n"]);
        assert_eq!(frame_all_ways("junk\r\nT\tsip:a@b SIP/2.0\r\n").0, ["T\tsip:a@b SIP/2.0\r\n"]);
    }

    #[test]
    fn a_start_line_over_the_claimed_end_of_a_body_is_found_however_it_is_cut() {
        let b = message("BYE", "l: 0\r\n", "");
        let a = |length: usize, body: &str| message("INFO", &format!("Content-Length: {length}\r\n"), body);
        assert_eq!(frame_all_ways(&format!("{}{b}", a(4 + 9, "word"))).0.len(), 2);
        assert_eq!(frame_all_ways(&format!("{}{b}", a(15 + 4, "v: SIP/2.0/TCP "))).0.len(), 2);
    }

    #[test]
    fn a_sipfrag_body_is_not_cut() {
        let fragment = message("INVITE", "", "");
        let length = format!("Content-Type: message/sipfrag\r\nContent-Length: {}\r\n", fragment.len());
        let notify = message("NOTIFY", &length, &fragment);
        assert_eq!(frame_all_ways(&format!("{notify}{notify}")), (vec![notify.clone(), notify], 0));
    }

    #[test]
    fn a_stream_that_ends_inside_a_message_gives_what_is_there() {
        let a = message("INFO", "Content-Length: 50\r\n", "hello");
        let mut scan = Scan::default();
        let Cut::Message { len, incomplete, .. } = cut(a.as_bytes(), &mut scan, true) else { panic!("no message") };
        assert_eq!((len, incomplete), (a.len(), true));
    }
}
