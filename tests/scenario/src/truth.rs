//! What a capture contains, as its generator knows it. Written beside the capture as `NAME.truth.json`.
//!
//! Times `t_us` are µs since 1970 of the sending of the message, a few ms beside its packets. Frame numbers count from 1
//! and are exact: `frame` and `frame_last` are the first and last packet of the message, absent when all of them were lost.

use std::collections::HashMap;

use serde::Serialize;

use crate::conversation::MessageId;

#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    pub format: &'static str,
    pub capture: String,
    pub link: String,
    pub file_format: &'static str,
    pub packets: usize,
    pub sip_messages: usize,
    pub msrp_messages: usize,
    pub options: Vec<Options>,
    pub groups: Vec<Group>,
    pub one2one: Vec<OneToOne>,
    pub violations: Vec<Violation>,
    /// Messages of which at least one packet is missing in the capture.
    pub losses: Vec<Loss>,
}

pub const FORMAT: &str = "rcshark-scenario-truth/1";

/// How one story was told.
#[derive(Clone, Debug, Serialize)]
pub struct Options {
    pub seed: u64,
    pub topology: &'static str,
    pub info: &'static str,
    pub sip: &'static str,
    pub ip: u8,
    pub participants: usize,
}

/// What one conversation contributes to the truth.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub groups: Vec<Group>,
    pub one2one: Vec<OneToOne>,
    pub violations: Vec<Violation>,
}

/// The place of a message in the capture.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Mark {
    #[serde(skip)]
    pub message: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_last: Option<u32>,
}

impl Mark {
    pub fn of(message: MessageId) -> Self {
        Self { message: Some(message), ..Self::default() }
    }
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Group {
    pub contribution_id: String,
    pub conversation_id: String,
    pub focus_uri: String,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub group_address: Option<String>,
    pub closed: bool,
    pub final_subject: Option<String>,
    pub final_icon: Option<String>,
    pub participants: Vec<Participant>,
    pub legs: Vec<Leg>,
    pub messages: Vec<Chat>,
    pub notifications: Vec<Notification>,
    pub operations: Vec<Operation>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Participant {
    pub name: String,
    pub uri: String,
    pub anonymous: bool,
    pub display: String,
    /// Conference-info comes over MSRP.
    pub cinfo_applicable: bool,
    pub final_state: Option<&'static str>,
    pub timeline: Vec<State>,
}

#[derive(Clone, Debug, Serialize)]
pub struct State {
    pub t_us: u64,
    pub state: &'static str,
    pub cause: String,
    pub by: Option<String>,
    #[serde(flatten)]
    pub at: Mark,
}

#[derive(Clone, Debug, Serialize)]
pub struct Leg {
    pub call_id: String,
    /// `name|address:port`.
    pub caller: String,
    pub callee: String,
    pub phase: &'static str,
    pub participant: String,
    /// `client->focus` or `focus->client`.
    pub direction: &'static str,
    pub from_tag: String,
    pub to_tag: Option<String>,
    pub t_invite_us: u64,
    pub final_code: Option<u16>,
    pub t_established_us: Option<u64>,
    pub t_bye_us: Option<u64>,
    pub bye_by: Option<&'static str>,
    pub msrp_path_caller: Option<String>,
    pub msrp_path_callee: Option<String>,
    /// `client -> server` of the TCP connection.
    pub msrp_tcp: Option<String>,
    /// The INVITE.
    #[serde(flatten)]
    pub at: Mark,
}

#[derive(Clone, Debug, Serialize)]
pub struct Chat {
    pub message_id: String,
    pub sender: String,
    pub sender_uri: String,
    pub t_us: u64,
    /// `group`, or the one recipient.
    pub to: String,
    pub cpim_to: String,
    pub content_type: String,
    pub size: usize,
    pub sha256: String,
    pub recipients: Vec<Recipient>,
    pub delivered: Vec<String>,
    pub displayed: Vec<String>,
    /// The MSRP status of the sender's SEND when it is not 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<u16>,
    pub chunks: usize,
    #[serde(flatten)]
    pub at: Mark,
}

#[derive(Clone, Debug, Serialize)]
pub struct Recipient {
    pub participant: String,
    #[serde(flatten)]
    pub at: Mark,
}

#[derive(Clone, Debug, Serialize)]
pub struct Notification {
    pub t_us: u64,
    pub to: String,
    /// `msrp` or `notify`.
    pub via: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    pub user_count: usize,
    pub users: Vec<(String, &'static str)>,
    #[serde(flatten)]
    pub at: Mark,
}

#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    pub t_us: u64,
    pub what: &'static str,
    pub by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct OneToOne {
    pub contribution_id: String,
    pub conversation_id: String,
    pub a: String,
    pub b: String,
    pub legs: Vec<Leg>,
    pub messages: Vec<Chat>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Violation {
    pub fault: String,
    pub clause: String,
    /// `client`, `focus` or `pf`.
    pub actor: String,
    pub severity: String,
    pub summary: String,
    #[serde(flatten)]
    pub at: Mark,
}

#[derive(Clone, Debug, Serialize)]
pub struct Loss {
    pub message: String,
    pub lost_packets: usize,
}

/// First and last frame number of each message of one conversation.
pub type Spans = HashMap<MessageId, (u32, u32)>;

impl Record {
    /// Fills in the frame numbers.
    pub fn resolve(&mut self, spans: &Spans) {
        for group in &mut self.groups {
            let states = group.participants.iter_mut().flat_map(|participant| &mut participant.timeline);
            states.for_each(|state| state.at.resolve(spans));
            group.legs.iter_mut().for_each(|leg| leg.at.resolve(spans));
            group.messages.iter_mut().for_each(|chat| chat.resolve(spans));
            group.notifications.iter_mut().for_each(|notification| notification.at.resolve(spans));
        }
        for session in &mut self.one2one {
            session.legs.iter_mut().for_each(|leg| leg.at.resolve(spans));
            session.messages.iter_mut().for_each(|chat| chat.resolve(spans));
        }
        self.violations.iter_mut().for_each(|violation| violation.at.resolve(spans));
    }

    /// Forgets where a message was, because it was taken out of the conversation.
    pub fn forget(&mut self, id: MessageId) {
        let gone = |mark: &Mark| mark.message == Some(id);
        for group in &mut self.groups {
            group.notifications.retain(|notification| !gone(&notification.at));
            for Chat { recipients, delivered, displayed, .. } in &mut group.messages {
                for lost in recipients.extract_if(.., |recipient| gone(&recipient.at)) {
                    delivered.retain(|name| *name != lost.participant);
                    displayed.retain(|name| *name != lost.participant);
                }
            }
        }
    }
}

impl Chat {
    fn resolve(&mut self, spans: &Spans) {
        self.at.resolve(spans);
        self.recipients.iter_mut().for_each(|recipient| recipient.at.resolve(spans));
    }
}

impl Mark {
    fn resolve(&mut self, spans: &Spans) {
        let span = self.message.and_then(|id| spans.get(&id));
        self.frame = span.map(|&(first, _)| first);
        self.frame_last = span.map(|&(_, last)| last);
    }
}
