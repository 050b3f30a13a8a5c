//! Findings in the formats that people, scripts and CI systems read; one file per format.

pub mod compact;
pub mod excerpt;
pub mod json;
pub mod pretty;

use crate::Analysis;
use crate::rules::{Finding, Outcome};

/// A capture set and what the rules say of it.
pub struct Checked<'a> {
    pub analysis: &'a Analysis,
    pub outcome: &'a Outcome,
}

impl<'a> Checked<'a> {
    /// The files of the set: `a.pcap`, `a.pcap + b.pcap`.
    pub fn path(&self) -> String {
        let names: Vec<String> = self.analysis.capture.files.iter().map(|file| file.input.to_string()).collect();
        names.join(" + ")
    }

    /// The frames of a finding as users count them.
    pub fn frames(&self, finding: &Finding) -> Vec<u32> {
        let frames = finding.frames(self.analysis).into_iter();
        frames.map(|frame| self.analysis.capture.table.place(frame).number).collect()
    }

    /// The number of the frame in which the message that is meant begins.
    pub fn frame(&self, finding: &Finding) -> u32 {
        let message = &self.analysis.messages[finding.place.message];
        self.analysis.capture.table.place(message.frame).number
    }

    /// `s1`
    pub fn session_id(&self, finding: &Finding) -> &'a str {
        &self.analysis.sessions.sessions[finding.session].id
    }
}
