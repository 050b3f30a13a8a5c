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

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for one in case.descriptions() {
        if let Some((what, severity)) = wrong(one.body()) {
            judge.report(one.actor, one.id, format!("SDP {what}")).severity(severity);
        }
    }
}

/// The first thing that is wrong.
fn wrong(body: &[u8]) -> Option<(String, Severity)> {
    let text = String::from_utf8_lossy(body);
    let lines: Vec<&str> =
        text.lines().map(|line| line.trim_end_matches('\r')).filter(|line| !line.is_empty()).collect();
    let kinds: Vec<u8> = lines.iter().map(|line| line.bytes().next().unwrap_or_default()).collect();
    let head = kinds.iter().position(|kind| *kind == b'm').unwrap_or(kinds.len());
    let error = |what: &str| Some((what.to_owned(), Severity::Error));
    if lines.first() != Some(&"v=0") {
        return error("does not begin with v=0");
    }
    if kinds.get(1) != Some(&b'o') {
        return error("has no o= after v=0");
    }
    if lines[1].split_ascii_whitespace().count() != 6 {
        return error("has an o= line without its six fields");
    }
    if kinds.get(2) != Some(&b's') {
        return error("has no s= after o=");
    }
    if !kinds[..head].contains(&b't') {
        return error("has no t= before the first m=");
    }
    let bad_media = lines.iter().find(|line| line.starts_with("m=") && line.split_ascii_whitespace().count() < 4);
    if let Some(line) = bad_media {
        return Some((format!("has an m-line without its four fields: {line}"), Severity::Error));
    }
    // Of the session, or of each stream.
    let mut streams = kinds[head..].split(|kind| *kind == b'm').skip(1);
    if !kinds[..head].contains(&b'c') && streams.any(|stream| !stream.contains(&b'c')) {
        return error("has no c= for an m-line");
    }
    let odd = lines.iter().find(|line| line.as_bytes().get(1) != Some(&b'='))?;
    Some((format!("has a line that is none: {odd}"), Severity::Warning))
}
