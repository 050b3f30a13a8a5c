//! A leg: one INVITE dialog with the MSRP session it set up, and who its two ends are.

use hashbrown::HashSet;

use super::call::{Call, Dialog};
use super::identity::{Identity, focus_contact};
use super::media::{MsrpMedia, Negotiated, msrp_media};
use crate::wire::sip::{Message, Method, Name};
use crate::wire::{MessageId, Messages, resource_lists};

/// Which side of a leg is the client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    ClientToFocus,
    FocusToClient,
    ClientToClient,
    Unknown,
}

impl Direction {
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::ClientToFocus => "client-to-focus",
            Direction::FocusToClient => "focus-to-client",
            Direction::ClientToClient => "client-to-client",
            Direction::Unknown => "unknown",
        }
    }
}

/// What became of the invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Established,
    Rejected,
    Cancelled,
    Unanswered,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Established => "established",
            Outcome::Rejected => "rejected",
            Outcome::Cancelled => "cancelled",
            Outcome::Unanswered => "unanswered",
        }
    }
}

/// Who ended a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Caller,
    Callee,
}

/// One INVITE dialog.
#[derive(Clone, Debug)]
pub struct Leg {
    pub call_id: String,
    /// Tag of the caller.
    pub from_tag: String,
    /// Tag of the callee; empty when it never answered.
    pub to_tag: String,
    /// Index into [`super::Sessions::calls`] and the dialog in it.
    pub call: usize,
    pub dialog: usize,
    pub direction: Direction,
    /// Why `direction` is what it is: a sentence, and the message that shows it.
    pub direction_evidence: Option<(&'static str, MessageId)>,
    pub caller: Option<Identity>,
    pub callee: Option<Identity>,
    /// Did the caller ask for anonymity (RFC 3323)?
    pub caller_anonymous: bool,
    /// The first INVITE.
    pub invited: Option<MessageId>,
    /// The final response that counts, and its status.
    pub answered: Option<(MessageId, u16)>,
    /// The ACK of the 2xx.
    pub established: Option<MessageId>,
    /// The first BYE, and who sent it.
    pub ended: Option<(MessageId, Side)>,
    pub outcome: Outcome,
    pub media: Negotiated,
    /// Index of the MSRP session bound by the session-ids of the paths.
    pub msrp: Option<u32>,
    /// Every Contribution-ID on the leg with the first message that carries it.
    pub contribution_ids: Vec<(String, MessageId)>,
    pub conversation_id: Option<String>,
    pub subject: Option<String>,
    /// The focus: the Contact that carries `isfocus`, and the message it stands in.
    pub focus: Option<(Identity, MessageId)>,
    /// The Request-URI of the first INVITE.
    pub request_uri: Option<Identity>,
    /// Asserted identity of a focus that invites: for a pre-defined group its group address.
    pub focus_asserted: Option<(Identity, MessageId)>,
    /// Value of Session-Replaces: the Contribution-ID of the 1-1 session that this one extends.
    pub session_replaces: Option<(String, MessageId)>,
    /// Does the INVITE ask for a group session: group service, or a list of recipients?
    pub asks_for_group: bool,
    /// All SIP messages of the dialog, in order.
    pub messages: Vec<MessageId>,
}

impl Leg {
    /// Reads one INVITE dialog.
    pub fn build(call_index: usize, call: &Call, dialog_index: usize, messages: &Messages) -> Leg {
        let dialog = &call.dialogs[dialog_index];
        let mut leg = Leg {
            call_id: call.call_id.clone(),
            from_tag: dialog.caller_tag.clone(),
            to_tag: dialog.callee_tag.clone(),
            call: call_index,
            dialog: dialog_index,
            direction: Direction::Unknown,
            direction_evidence: None,
            caller: None,
            callee: None,
            caller_anonymous: false,
            invited: None,
            answered: None,
            established: None,
            ended: None,
            outcome: Outcome::Unanswered,
            media: Negotiated::default(),
            msrp: None,
            contribution_ids: Vec::new(),
            conversation_id: None,
            subject: None,
            focus: None,
            request_uri: None,
            focus_asserted: None,
            session_replaces: None,
            asks_for_group: false,
            messages: messages_of(call, dialog, messages),
        };
        leg.read_state(call, dialog, messages);
        for id in leg.messages.clone() {
            if let Some(message) = messages.sip(&messages[id]) {
                leg.read_message(id, &message, messages);
            }
        }
        leg.infer_direction_from_contacts(messages);
        leg
    }

    fn read_state(&mut self, call: &Call, dialog: &Dialog, messages: &Messages) {
        let (mut cancelled, mut in_use) = (false, false);
        for &index in &dialog.transactions {
            let transaction = &call.transactions[index];
            let is_early = matches!(transaction.method, Method::Prack | Method::Update | Method::Cancel);
            in_use |= !transaction.to_tag.is_empty() && !is_early;
            match transaction.method {
                // A response whose request was lost, after the INVITE, is that of a re-INVITE.
                Method::Invite if transaction.requests.is_empty() && self.invited.is_some() => {}
                Method::Invite if transaction.to_tag.is_empty() && transaction.from_tag == self.from_tag => {
                    self.invited = self.invited.or(transaction.request());
                    self.answered = transaction.final_response(&self.to_tag, messages).or(self.answered);
                    if self.answered.is_some_and(|(_, status)| (200..300).contains(&status)) {
                        let acks = transaction.acks.iter().copied();
                        self.established =
                            self.established.or(acks.into_iter().find(|&ack| self.acknowledges(ack, messages)));
                    }
                }
                Method::Bye if self.ended.is_none() => {
                    let side = if transaction.from_tag == self.from_tag { Side::Caller } else { Side::Callee };
                    let answer = || transaction.final_response("", messages).map(|(answer, _)| answer);
                    let first =
                        transaction.request().or_else(|| answer().filter(|&id| !self.answers_invite(id, messages)));
                    self.ended = first.map(|bye| (bye, side));
                }
                Method::Cancel => cancelled = true,
                _ => {}
            }
        }
        self.outcome = match self.answered {
            Some((_, 200..=299)) => Outcome::Established,
            Some((_, 487)) if cancelled => Outcome::Cancelled,
            Some(_) => Outcome::Rejected,
            None if cancelled => Outcome::Cancelled,
            // The answer was not captured: only a dialog that stands has requests inside it.
            None if in_use || !dialog.start_seen => Outcome::Established,
            None => Outcome::Unanswered,
        };
    }

    /// Does the response have the branch of the INVITE, whatever its CSeq says?
    fn answers_invite(&self, response: MessageId, messages: &Messages) -> bool {
        let branch = |id: MessageId| Some(messages[id].sip()?.branch.of(messages.head(&messages[id])));
        self.invited.is_some_and(|invite| branch(invite) == branch(response))
    }

    fn acknowledges(&self, ack: MessageId, messages: &Messages) -> bool {
        let message = &messages[ack];
        message.sip().is_some_and(|summary| summary.to_tag.of(messages.head(message)) == self.to_tag.as_bytes())
    }

    fn read_message(&mut self, id: MessageId, message: &Message<'_>, messages: &Messages) {
        let Some(summary) = messages[id].sip() else { return };
        let is_invite = summary.method == Method::Invite && message.status().is_none_or(|status| status < 300);
        if let Some(value) = message.header(Name::ContributionId)
            && !value.is_empty()
            && !self.contribution_ids.iter().any(|(known, _)| *known == value)
        {
            self.contribution_ids.push((value.into_owned(), id));
        }
        if self.conversation_id.is_none() {
            self.conversation_id = message.header(Name::ConversationId).map(|value| value.into_owned());
        }
        if !is_invite {
            return;
        }
        if summary.is_request && self.subject.is_none() {
            self.subject = message.header(Name::Subject).map(|value| value.into_owned());
        }
        if self.focus.is_none() && !is_of_client(message) {
            self.focus = focus_contact(message).map(|focus| (focus, id));
        }
        let by_caller = self.is_by_caller(id, messages) == Some(true);
        if summary.is_request && self.invited == Some(id) {
            self.read_first_invite(id, message);
        } else if !summary.is_request && message.status() >= Some(200) {
            // A 2xx tells who really answered: forwarded or rewritten invitations.
            self.callee = self.callee.take().or_else(|| Identity::of_header(message, Name::To));
        }
        if let Some(media) = msrp_media(message) {
            self.negotiate(media, by_caller);
        }
    }

    fn read_first_invite(&mut self, id: MessageId, message: &Message<'_>) {
        self.caller = Identity::sender(message);
        self.callee = Identity::of_header(message, Name::To);
        let from = Identity::of_header(message, Name::From);
        self.caller_anonymous = from.is_some_and(|from| from.is_anonymous());
        self.request_uri = message.request_uri().map(|uri| Identity::from_uri(&uri));
        self.session_replaces = message.header(Name::SessionReplaces).map(|value| (value.trim().to_owned(), id));
        let services =
            [Name::PPreferredService, Name::PAssertedService].into_iter().filter_map(|name| message.header(name));
        let group_service = services.into_iter().any(|service| service.ends_with(".session.group"));
        self.asks_for_group = group_service || super::body::find(message, resource_lists::MEDIA_TYPE).is_some();
        if focus_contact(message).is_some() && !is_of_client(message) {
            self.focus_asserted = Identity::of_header(message, Name::PAssertedIdentity).map(|identity| (identity, id));
        }
    }

    fn negotiate(&mut self, media: MsrpMedia, by_caller: bool) {
        let side = if by_caller { &mut self.media.caller } else { &mut self.media.callee };
        *side = Some(media);
    }

    fn infer_direction_from_contacts(&mut self, messages: &Messages) {
        let Some((_, id)) = self.focus else { return };
        (self.direction, self.direction_evidence) = match self.is_by_caller(id, messages) {
            Some(true) => (Direction::FocusToClient, Some(("the caller's Contact carries isfocus", id))),
            Some(false) => (Direction::ClientToFocus, Some(("the callee's Contact carries isfocus", id))),
            None => return,
        };
    }

    /// Did the caller send this SIP message of the leg?
    pub fn is_by_caller(&self, id: MessageId, messages: &Messages) -> Option<bool> {
        let summary = messages[id].sip()?;
        let [from, to] = [summary.from_tag, summary.to_tag].map(|tag| tag.of(messages.head(&messages[id])));
        let caller = self.from_tag.as_bytes();
        // Where the From tag is missing, the To tag tells.
        let from_caller = from == caller || (from.is_empty() && to != caller);
        Some(from_caller == summary.is_request)
    }

    /// The user on the leg: the client's side, or the caller between two clients.
    pub fn participant(&self) -> Option<&Identity> {
        match self.direction {
            Direction::FocusToClient => self.callee.as_ref(),
            _ => self.caller.as_ref(),
        }
    }

    /// Is the user on this leg the one that called?
    pub fn participant_is_caller(&self) -> bool {
        self.direction != Direction::FocusToClient
    }

    /// `client`, `focus` or `unknown`: the side that sent the first BYE.
    pub fn ended_by(&self) -> Option<&'static str> {
        let (_, side) = self.ended?;
        Some(match (self.direction, side) {
            (Direction::ClientToFocus, Side::Caller) | (Direction::FocusToClient, Side::Callee) => "client",
            (Direction::ClientToFocus, Side::Callee) | (Direction::FocusToClient, Side::Caller) => "focus",
            (Direction::ClientToClient, _) => "client",
            (Direction::Unknown, _) => "unknown",
        })
    }

    /// The paths of the participant's side and of the other side.
    pub fn paths(&self) -> (Option<&str>, Option<&str>) {
        let caller = self.media.caller.as_ref().map(|media| media.path.as_str()).filter(|path| !path.is_empty());
        let callee = self.media.callee.as_ref().map(|media| media.path.as_str()).filter(|path| !path.is_empty());
        if self.participant_is_caller() { (caller, callee) } else { (callee, caller) }
    }

    /// First and last message of the leg.
    pub fn span(&self) -> Option<(MessageId, MessageId)> {
        Some((*self.messages.first()?, *self.messages.last()?))
    }
}

/// All messages of the dialog: of an INVITE that forked, not what made the dialogs of the other forks (RFC 3261 §12.1).
fn messages_of(call: &Call, dialog: &Dialog, messages: &Messages) -> Vec<MessageId> {
    let is_fork = |other: &&Dialog| other.caller_tag == dialog.caller_tag && other.callee_tag != dialog.callee_tag;
    let tags = call.dialogs.iter().filter(is_fork).map(|other| other.callee_tag.as_bytes());
    let forks: HashSet<&[u8]> = tags.filter(|tag| !tag.is_empty()).collect();
    let is_of_fork = |&&id: &&MessageId| {
        let message = &messages[id];
        message.sip().is_some_and(|summary| forks.contains(summary.to_tag.of(messages.head(message))))
    };
    let mut ids: Vec<MessageId> = Vec::new();
    for &index in &dialog.transactions {
        let transaction = &call.transactions[index];
        ids.extend(&transaction.requests);
        ids.extend(transaction.responses.iter().chain(&transaction.acks).filter(|id| !is_of_fork(id)));
    }
    ids.sort_unstable();
    ids.dedup();
    ids
}
/// Is it the INVITE of a client, whatever its Contact claims? A focus neither prefers an identity nor hands in a list of recipients.
fn is_of_client(message: &Message<'_>) -> bool {
    let wants_list = |value: &str| value.split(',').any(|tag| tag.trim().eq_ignore_ascii_case("recipient-list-invite"));
    message.method() == Some("INVITE")
        && (message.header(Name::PPreferredIdentity).is_some()
            || message.header(Name::Require).is_some_and(|value| wants_list(&value)))
}
