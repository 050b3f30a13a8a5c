//! A plan as a TOML file, to be read, edited, and run again. [docs/replay.md] explains the fields.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::mutate::Fault;
use super::plan::{Act, Kind, Leg, Plan, Side, Step};

/// Why a file is no plan.
#[derive(Debug, Error)]
pub enum PlanFileError {
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("the plan cannot be written: {0}")]
    Write(#[from] toml::ser::Error),
    #[error("format {0:?} is not known; this version reads {FORMAT}")]
    Format(String),
    #[error("the message of step {step} is no hexadecimal text")]
    Hex { step: usize },
    #[error("{0}")]
    Plan(String),
}

const FORMAT: &str = "rcshark.plan/1";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    format: String,
    session: String,
    side: Side,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
    leg: Vec<Leg>,
    step: Vec<FileStep>,
}

/// Steps and legs are numbered from 1.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct FileStep {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    label: String,
    leg: usize,
    act: Act,
    kind: Kind,
    /// Seconds since the beginning.
    #[serde(default)]
    at: f64,
    #[serde(default)]
    after: Vec<usize>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<usize>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    optional: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    chunks: Vec<usize>,
    #[serde(default = "ok", skip_serializing_if = "is_ok")]
    answer: u16,
    #[serde(default, skip_serializing_if = "is_none")]
    frame: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Fault>,
    /// Lines end with LF here and with CRLF on the wire.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    message: String,
    /// In place of `message`, for what is no text with CRLF line ends.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    message_hex: String,
}

fn ok() -> u16 {
    200
}

fn is_ok(status: &u16) -> bool {
    *status == 200
}

fn is_none(frame: &u32) -> bool {
    *frame == 0
}

impl Plan {
    pub fn to_toml(&self) -> Result<String, PlanFileError> {
        let numbers = |steps: &[usize]| steps.iter().map(|step| step + 1).collect();
        let steps = self.steps.iter().map(|step| {
            let text = as_text(&step.message);
            FileStep {
                label: step.label.clone(),
                leg: step.leg + 1,
                act: step.act,
                kind: step.kind,
                at: (step.at.as_secs_f64() * 1e6).round() / 1e6,
                after: numbers(&step.after),
                needs: numbers(&step.needs),
                about: step.about.map(|about| about + 1),
                optional: step.optional,
                chunks: step.chunks.clone(),
                answer: step.answer,
                frame: step.frame,
                faults: step.faults.clone(),
                message_hex: if text.is_none() { hex(&step.message) } else { String::new() },
                message: text.unwrap_or_default(),
            }
        });
        let file = File {
            format: FORMAT.to_owned(),
            session: self.session.clone(),
            side: self.side,
            left_out: self.left_out.clone(),
            leg: self.legs.clone(),
            step: steps.collect(),
        };
        Ok(toml::to_string_pretty(&file)?)
    }

    pub fn from_toml(text: &str) -> Result<Plan, PlanFileError> {
        let file: File = toml::from_str(text)?;
        if file.format != FORMAT {
            return Err(PlanFileError::Format(file.format));
        }
        let number = |number: usize| number.checked_sub(1).unwrap_or(usize::MAX);
        let mut steps = vec![];
        for (index, step) in file.step.into_iter().enumerate() {
            let message = match step.message_hex.is_empty() {
                true => as_bytes(&step.message),
                false => unhex(&step.message_hex).ok_or(PlanFileError::Hex { step: index + 1 })?,
            };
            let at = Duration::try_from_secs_f64(step.at).unwrap_or_default();
            steps.push(Step {
                leg: number(step.leg),
                act: step.act,
                kind: step.kind,
                at,
                after: step.after.into_iter().map(number).collect(),
                needs: step.needs.into_iter().map(number).collect(),
                about: step.about.map(number),
                optional: step.optional,
                message,
                chunks: step.chunks,
                answer: step.answer,
                label: step.label,
                frame: step.frame,
                faults: step.faults,
            });
        }
        let plan = Plan { session: file.session, side: file.side, legs: file.leg, steps, left_out: file.left_out };
        match plan.defect() {
            Some(defect) => Err(PlanFileError::Plan(defect)),
            None => Ok(plan),
        }
    }
}

/// Bytes as text with LF line ends, if turning it back gives the same bytes.
fn as_text(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.replace("\r\n", "\n");
    let is_plain = text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control());
    (is_plain && as_bytes(&text) == bytes).then_some(text)
}

fn as_bytes(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    if digits.len().is_multiple_of(2) { pairs.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_stay_what_they_are() {
        for bytes in [&b"SIP/2.0 200 OK\r\n\r\nbody\r\n"[..], b"bare\nlf", b"\xff\x00", b""] {
            let back = match as_text(bytes) {
                Some(text) => as_bytes(&text),
                None => unhex(&hex(bytes)).unwrap(),
            };
            assert_eq!(back, bytes);
        }
        assert_eq!(as_text(b"bare\nlf"), None);
        assert_eq!(unhex("0g"), None);
        assert_eq!(unhex("0"), None);
    }

    #[test]
    fn what_is_no_plan_is_refused() {
        assert!(matches!(Plan::from_toml("x = 1"), Err(PlanFileError::Toml(_))));
        let head = "format = \"rcshark.plan/1\"\nsession = \"x\"\nside = \"clients\"\nleg = []\n";
        let step = "[[step]]\nleg = 1\nact = \"send\"\nkind = \"connect\"\n";
        assert!(matches!(Plan::from_toml(&format!("{head}{step}")), Err(PlanFileError::Plan(_))));
    }
}
