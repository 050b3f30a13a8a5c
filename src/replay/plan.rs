//! A plan: what one side of a session does and expects, as a graph of steps.
//!
//! A plan is made from an analysed session for the parts that are to be played (`builder/`), or read from a file (`plan_file.rs`). It holds the captured messages as
//! templates; identifiers are made new when they are played.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Which end of the legs is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Participants.
    Clients,
    Focus,
}

impl Side {
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Clients => "clients",
            Side::Focus => "focus",
        }
    }
}

/// One side of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The session: its id, and its subject or people.
    pub session: String,
    pub side: Side,
    pub legs: Vec<Leg>,
    /// In order of the capture; a step waits only for earlier ones.
    pub steps: Vec<Step>,
    /// What the capture does not show well enough to be played, in words.
    pub left_out: Vec<String>,
}

/// One SIP dialog with the MSRP session it sets up, as its played end sees it. An INVITE that forks makes several (RFC 3261 §12.1): it
/// stands on the leg whose far end was the first to answer, and the other legs begin with their responses to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Leg {
    /// For people: `Alice → focus`.
    pub name: String,
    /// URI of the participant on the leg.
    pub participant: String,
    /// Does the played end send the first request?
    pub caller: bool,
    /// Originals of what is made new or learned.
    pub call_id: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub own_tag: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub peer_tag: String,
}

/// Do it, or see it done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    Send,
    Expect,
}

/// What kind of message a step is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A SIP request that is no ACK.
    Request,
    /// A SIP response.
    Response,
    /// The ACK of a 2xx; that of a refusal belongs to the transaction.
    Ack,
    /// The connection of an MSRP session.
    Connect,
    /// A whole MSRP message, in as many chunks as it was captured in; or a REPORT.
    Msrp,
    /// The MSRP response to a message of ours. Responses to others' messages need no step.
    MsrpResponse,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Index into [`Plan::legs`].
    pub leg: usize,
    pub act: Act,
    pub kind: Kind,
    /// Since the beginning of the session.
    pub at: Duration,
    /// Steps after which it comes. When one of them does not happen, it comes all the same, after some patience.
    pub after: Vec<usize>,
    /// Steps without which it cannot be.
    pub needs: Vec<usize>,
    /// The request that a response is to, the 2xx that an ACK is for. A response on another leg than its INVITE is that of a fork.
    pub about: Option<usize>,
    /// It need not happen: provisional responses.
    pub optional: bool,
    /// The captured message, whole. Empty for [`Kind::Connect`].
    pub message: Vec<u8>,
    /// Lengths of the chunks' bodies, where a message was sent in several.
    pub chunks: Vec<usize>,
    /// Status with which an expected MSRP message is answered.
    pub answer: u16,
    /// For people: `INVITE`, `200 OK (INVITE)`, `SEND text/plain`.
    pub label: String,
    /// Number of the frame in the capture; 0 for a step that comes from no capture.
    pub frame: u32,
    /// What is done wrong on purpose (`--mutate`).
    pub faults: Vec<super::mutate::Fault>,
}

impl Plan {
    /// From its first step to its last.
    pub fn length(&self) -> Duration {
        let first = self.steps.first().map_or(Duration::ZERO, |step| step.at);
        self.steps.last().map_or(Duration::ZERO, |step| step.at.saturating_sub(first))
    }

    /// A plan that cannot be played, in words: a step refers to one that is not before it, or to a leg that is not there.
    pub fn defect(&self) -> Option<String> {
        for (index, step) in self.steps.iter().enumerate() {
            if step.leg >= self.legs.len() {
                return Some(format!("step {} is on leg {}, and there is no such leg", index + 1, step.leg + 1));
            }
            let refers = step.after.iter().chain(&step.needs).chain(&step.about);
            if let Some(other) = refers.into_iter().find(|other| **other >= index) {
                return Some(format!("step {} waits for step {}, which is not before it", index + 1, other + 1));
            }
            let is_msrp = crate::wire::msrp::Message::parse(&step.message[..]).is_some();
            let is_sip = crate::wire::sip::Message::parse(&step.message[..]).is_some();
            let fits = match step.kind {
                Kind::Connect => true,
                Kind::Msrp | Kind::MsrpResponse => is_msrp,
                Kind::Request | Kind::Response | Kind::Ack => is_sip,
            };
            if !fits {
                return Some(format!("the message of step {} is no {}", index + 1, step.kind.protocol()));
            }
            if matches!(step.kind, Kind::Response | Kind::Ack | Kind::MsrpResponse) && step.about.is_none() {
                return Some(format!("step {} does not say which step it is about", index + 1));
            }
        }
        None
    }

    /// The plan for people: a line per step.
    pub fn to_text(&self) -> String {
        use std::fmt::Write;
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{} plays the {}: {} legs, {} steps, {:.1} s",
            self.session,
            self.side.as_str(),
            self.legs.len(),
            self.steps.len(),
            self.length().as_secs_f64()
        );
        let width = self.legs.iter().map(|leg| leg.name.chars().count()).max().unwrap_or(0);
        let start = self.steps.first().map_or(Duration::ZERO, |step| step.at);
        for (index, step) in self.steps.iter().enumerate() {
            let list = |steps: &[usize]| steps.iter().map(|one| (one + 1).to_string()).collect::<Vec<_>>().join(",");
            let act = match step.act {
                Act::Send => "send",
                Act::Expect => "expect",
            };
            let mut notes = vec![];
            if !step.needs.is_empty() {
                notes.push(format!("needs {}", list(&step.needs)));
            }
            if !step.after.is_empty() && step.after != [index.wrapping_sub(1)] {
                notes.push(format!("after {}", list(&step.after)));
            }
            if step.optional {
                notes.push("optional".into());
            }
            notes.extend(step.faults.iter().map(|fault| format!("mutated: {fault}")));
            let notes = if notes.is_empty() { String::new() } else { format!("   [{}]", notes.join("; ")) };
            let name = &self.legs[step.leg].name;
            let fill = " ".repeat(width - name.chars().count());
            let at = step.at.saturating_sub(start).as_secs_f64();
            let _ = writeln!(text, "{:>5} {at:>9.3}  {name}{fill}  {act:<6} {}{notes}", index + 1, step.label);
        }
        for left_out in &self.left_out {
            let _ = writeln!(text, "left out: {left_out}");
        }
        text
    }
}

impl Kind {
    fn protocol(self) -> &'static str {
        match self {
            Kind::Msrp | Kind::MsrpResponse | Kind::Connect => "MSRP message",
            Kind::Request | Kind::Response | Kind::Ack => "SIP message",
        }
    }
}
