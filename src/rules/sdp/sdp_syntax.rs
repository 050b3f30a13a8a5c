use std::borrow::Cow;

use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// A session description begins with `v=0`, `o=` and `s=`, has a `t=` before the first `m=`, a `c=` for each
    /// `m=`, and lines of the form `x=value`.
    ///
    /// ## Why it matters
    /// Strict parsers refuse it with 488.
    ///
    /// ## Example
    /// An offer that begins with `o=`: broken.
    ///
    /// ## Source
    /// RFC 8866 §5, §9
    /// An `o=` line without its six fields is an error, too; a line that is none is a warning.
    pub SDP_SYNTAX: Error = "sdp-syntax", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.descriptions() {
        if let Some((what, severity)) = wrong(one.body()) {
            judge.report(one.actor, one.id, format!("SDP {what}")).severity(severity);
        }
    }
}

/// The first thing that is wrong.
fn wrong(body: &[u8]) -> Option<(String, Severity)> {
    // Nearly always it is text, which is quickly seen.
    let text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    let lines: Vec<&str> =
        text.lines().map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty()).collect();
    let begins = |at: usize, kind: char| lines.get(at).is_some_and(|line: &&str| line.starts_with(kind));
    let head_len = lines.iter().position(|line| line.starts_with('m')).unwrap_or(lines.len());
    let (head, media) = lines.split_at(head_len);
    let has = |lines: &[&str], kind: char| lines.iter().any(|line| line.starts_with(kind));
    let error = |what: &str| Some((what.to_owned(), Severity::Error));
    if lines.first() != Some(&"v=0") {
        return error("does not begin with v=0");
    }
    if !begins(1, 'o') {
        return error("has no o= after v=0");
    }
    if lines[1].split_ascii_whitespace().count() != 6 {
        return error("has an o= line without its six fields");
    }
    if !begins(2, 's') {
        return error("has no s= after o=");
    }
    if !has(head, 't') {
        return error("has no t= before the first m=");
    }
    let bad_media = media.iter().find(|line| line.starts_with("m=") && line.split_ascii_whitespace().count() < 4);
    if let Some(line) = bad_media {
        return Some((format!("has an m-line without its four fields: {line}"), Severity::Error));
    }
    // Of the session, or of each stream.
    let mut streams = media.split(|line| line.starts_with('m')).skip(1);
    if !has(head, 'c') && streams.any(|stream| !has(stream, 'c')) {
        return error("has no c= for an m-line");
    }
    let odd = lines.iter().find(|line| line.as_bytes().get(1) != Some(&b'='))?;
    Some((format!("has a line that is none: {odd}"), Severity::Warning))
}
