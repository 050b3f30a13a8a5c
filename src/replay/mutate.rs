//! Faults on purpose: what is sent otherwise than it should be, to see whether the far end copes.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::plan::{Act, Plan};

/// One change to what a step sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It is not sent.
    Drop,
    /// It is sent twice.
    Duplicate,
    /// It is sent so much later.
    Delay { millis: u64 },
    /// Every sixteenth byte behind the start line is overwritten.
    Corrupt,
    /// All headers of this name are left out.
    Remove { header: String },
    /// Text is replaced wherever it stands; lengths follow.
    Replace { text: String, by: String },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Drop => f.write_str("drop"),
            Fault::Duplicate => f.write_str("duplicate"),
            Fault::Delay { millis } => write!(f, "delay={millis}"),
            Fault::Corrupt => f.write_str("corrupt"),
            Fault::Remove { header } => write!(f, "remove={header}"),
            Fault::Replace { text, by } => write!(f, "replace={text}=>{by}"),
        }
    }
}

impl Fault {
    fn parse(text: &str) -> Option<Fault> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        match (name, value) {
            ("drop", "") => Some(Fault::Drop),
            ("duplicate", "") => Some(Fault::Duplicate),
            ("corrupt", "") => Some(Fault::Corrupt),
            ("delay", millis) => Some(Fault::Delay { millis: millis.parse().ok()? }),
            ("remove", header) if !header.is_empty() => Some(Fault::Remove { header: header.to_owned() }),
            ("replace", change) => {
                let (text, by) = change.split_once("=>")?;
                (!text.is_empty()).then(|| Fault::Replace { text: text.to_owned(), by: by.to_owned() })
            }
            _ => None,
        }
    }

    pub fn delay(&self) -> Duration {
        match self {
            Fault::Delay { millis } => Duration::from_millis(*millis),
            _ => Duration::ZERO,
        }
    }

    /// The bytes of a message with the fault in it: none when it is dropped.
    pub fn apply(&self, message: Vec<u8>) -> Vec<u8> {
        match self {
            Fault::Drop => vec![],
            Fault::Duplicate | Fault::Delay { .. } => message,
            Fault::Corrupt => {
                let start = crate::wire::text::line_end(&message, 0);
                let change = |(index, byte)| if index >= start && index % 16 == 0 && byte > b' ' { b'#' } else { byte };
                message.into_iter().enumerate().map(change).collect()
            }
            Fault::Remove { header } => without_header(&message, header),
            Fault::Replace { text, by } => with_right_length(replace(&message, text.as_bytes(), by.as_bytes())),
        }
    }
}

/// Reads `STEP:FAULT` and puts the fault into the plan. STEP is a number of the plan, or how labels of steps that are sent begin.
///
/// # Errors
/// When it makes no sense, or there is no such step; in words.
pub fn mutate(plan: &mut Plan, text: &str) -> Result<(), String> {
    let (which, fault) = text.split_once(':').ok_or_else(|| format!("{text}: --mutate takes STEP:FAULT"))?;
    let fault = Fault::parse(fault).ok_or_else(|| {
        format!(
            "{fault}: no fault; there are drop, duplicate, corrupt, delay=MILLIS, remove=HEADER and replace=TEXT=>TEXT"
        )
    })?;
    let number = which.trim().parse::<usize>().ok();
    let mut found = false;
    for (index, step) in plan.steps.iter_mut().enumerate() {
        let is_it = number.map_or(step.label.starts_with(which.trim()), |number| number == index + 1);
        if is_it && step.act == Act::Send {
            step.faults.push(fault.clone());
            found = true;
        }
    }
    if found { Ok(()) } else { Err(format!("{which}: no step that is sent has this number or label")) }
}

fn replace(message: &[u8], text: &[u8], by: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::with_capacity(message.len()), 0);
    for found in memchr::memmem::find_iter(message, text) {
        out.extend_from_slice(&message[at..found]);
        out.extend_from_slice(by);
        at = found + text.len();
    }
    out.extend_from_slice(&message[at..]);
    out
}

/// Writes the length of the body into a SIP message; others stay as they are.
fn with_right_length(message: Vec<u8>) -> Vec<u8> {
    let Some(end) = memchr::memmem::find(&message, b"\r\n\r\n") else { return message };
    let (head, body) = message.split_at(end + 4);
    let text = String::from_utf8_lossy(head);
    if !text.starts_with("SIP/2.0 ") && !text.lines().next().is_some_and(|line| line.ends_with(" SIP/2.0")) {
        return message;
    }
    let is_length = |line: &str| {
        let name = line.split(':').next().unwrap_or_default().trim();
        name.eq_ignore_ascii_case("Content-Length") || name.eq_ignore_ascii_case("l")
    };
    let lines = text.trim_end().split("\r\n").map(|line| match is_length(line) {
        true => format!("Content-Length: {}\r\n", body.len()),
        false => format!("{line}\r\n"),
    });
    [lines.collect::<String>().as_bytes(), b"\r\n", body].concat()
}

fn without_header(message: &[u8], header: &str) -> Vec<u8> {
    let mut at = crate::wire::text::line_end(message, 0);
    let mut out = message[..at].to_vec();
    let mut gone = false;
    while at < message.len() && !message[at..].starts_with(b"\r\n") {
        let end = crate::wire::text::line_end(message, at).max(at + 1);
        let line = &message[at..end];
        // MSRP headers end at the end-line, too.
        if line.starts_with(b"-------") {
            break;
        }
        let is_folded = matches!(line.first(), Some(b' ' | b'\t'));
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        gone = if is_folded { gone } else { name.trim_ascii().eq_ignore_ascii_case(header.as_bytes()) };
        if !gone {
            out.extend_from_slice(line);
        }
        at = end;
    }
    out.extend_from_slice(&message[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_change_what_they_say() {
        let bye = b"BYE sip:a SIP/2.0\r\nReason: SIP\r\n ;cause=200\r\nContent-Length: 2\r\n\r\nhi".to_vec();
        let fault = |text: &str| String::from_utf8(Fault::parse(text).unwrap().apply(bye.clone())).unwrap();
        assert_eq!(fault("remove=reason"), "BYE sip:a SIP/2.0\r\nContent-Length: 2\r\n\r\nhi");
        assert!(fault("replace=hi=>hello").ends_with("Content-Length: 5\r\n\r\nhello"));
        assert_eq!(fault("drop"), "");
        assert_ne!(fault("corrupt").as_bytes(), bye);
        for none in ["", "x", "delay=x", "remove=", "replace=a"] {
            assert_eq!(Fault::parse(none), None, "{none}");
        }
    }
}
