//! Per session: who took part, which message reached whom, what the observers were told.
//!
//! Reads the sessions below; everything points back at messages. Sessions are independent of each other and built in parallel.

mod chat;
mod closing;
mod completion;
mod composing;
pub mod conference;
mod disagreement;
mod disposition;
mod envelope;
mod event;
mod group_data;
mod notification;
mod observer;
mod onlooker;
mod opened;
mod participant;
mod presence;
mod referral;
mod roster;
mod run;
mod state;
mod stay;

use rayon::prelude::*;

pub use chat::{Attempt, ChatMessage, Delivery, Report};
pub use composing::Composing;
pub use disagreement::{Disagreement, DisagreementKind};
pub use disposition::{Disposition, Notice};
pub use envelope::{Content, Envelope};
pub use event::Event;
pub use group_data::{GroupDataRequest, GroupDataValue};
pub use notification::{Channel, Notification, Run as DocumentRun};
pub use observer::{Observer, Sighting, Told};
pub use onlooker::{Onlooker, Tree};
use opened::OpenTransfer;
pub use participant::Participant;
pub use referral::{Referral, Referred};
pub use roster::{Roster, RosterEntry};
pub use run::Run;
pub use state::{Cause, Change, Source, State};

use crate::session::{Session, Sessions};
use crate::wire::{MessageId, Messages};

/// The timeline of one session, in step with [`Sessions::sessions`].
#[derive(Clone, Debug, Default)]
pub struct SessionTimeline {
    /// In order of appearance.
    pub participants: Vec<Participant>,
    /// User messages in order of sending.
    pub messages: Vec<ChatMessage>,
    /// Who was seen writing, in order.
    pub composing: Vec<Composing>,
    /// Requests to change subject, icon or roles, in order.
    pub group_data: Vec<GroupDataRequest>,
    /// conference-info documents in order, one per document and recipient.
    pub notifications: Vec<Notification>,
    /// Who was told, and what, in order of their first document.
    pub observers: Vec<Observer>,
    /// Where observers were told something else than signalling shows.
    pub disagreements: Vec<Disagreement>,
    /// REFERs in order.
    pub referrals: Vec<Referral>,
    /// Times during which somebody was in.
    pub runs: Vec<Run>,
    /// Stays and REFERs beyond what is looked at in one session: the timelines lack them.
    pub left_out: usize,
}

impl SessionTimeline {
    /// The participant with this normalised URI.
    pub fn participant(&self, key: &str) -> Option<usize> {
        self.participants.iter().position(|participant| participant.identity.key == key)
    }
}

impl SessionTimeline {
    /// The participants who were connected when `message` was sent, for whom it was, and of whose copy the capture shows nothing good.
    /// What the focus refused was not to be relayed.
    pub fn missing(&self, message: &ChatMessage) -> Vec<usize> {
        if message.response.is_some_and(|status| status >= 300) {
            return Vec::new();
        }
        let participants = self.participants.iter().enumerate();
        let connected = participants.filter(|(_, one)| one.state_before(message.sent) == Some(State::Connected));
        message.missing(connected.map(|(index, _)| index))
    }
}

/// Builds the timelines of all sessions. When the capture `lacks_packets`, what was never told may not have been captured.
pub fn build(sessions: &Sessions, messages: &Messages, lacks_packets: bool) -> Vec<SessionTimeline> {
    build_and(sessions, messages, lacks_packets, || (), |_, _, ()| ()).0
}

/// As [`build`]. Each session has an onlooker from `look_on`; `then` gets the index of the session, its timeline as soon as it is there,
/// and the onlooker. Its answers come in step with the timelines; `None` where a notification from another session changed the
/// timeline later.
pub fn build_and<'m, O: Onlooker<'m>, T: Send>(
    sessions: &'m Sessions,
    messages: &'m Messages,
    lacks_packets: bool,
    look_on: impl Fn() -> O + Sync,
    then: impl Fn(usize, &SessionTimeline, O) -> T + Sync,
) -> (Vec<SessionTimeline>, Vec<Option<T>>) {
    let built: Vec<_> = (0..sessions.sessions.len())
        .into_par_iter()
        .map(|index| {
            let mut onlooker = look_on();
            let session = &sessions.sessions[index];
            let (timeline, strays) = build_one(session, sessions, messages, lacks_packets, &mut onlooker);
            let answer = then(index, &timeline, onlooker);
            (timeline, Some(answer), strays)
        })
        .collect();
    let (mut timelines, mut answers) = (Vec::with_capacity(built.len()), Vec::with_capacity(built.len()));
    let mut all_strays: Vec<disposition::Stray> = Vec::new();
    for (timeline, answer, strays) in built {
        timelines.push(timeline);
        answers.push(answer);
        all_strays.extend(strays);
    }
    all_strays.extend(disposition::in_sip(sessions, messages));
    disposition::settle(&mut timelines, &all_strays, |changed| answers[changed] = None);
    (timelines, answers)
}

/// The timeline of a session, and the notifications in it about messages of others.
fn build_one<'m>(
    session: &Session,
    sessions: &'m Sessions,
    messages: &'m Messages,
    lacks_packets: bool,
    onlooker: &mut impl Onlooker<'m>,
) -> (SessionTimeline, Vec<disposition::Stray>) {
    let mut cast = participant::Cast::build(session, sessions);
    let opened = opened::open_all(session, sessions, messages, &cast, onlooker);
    cast.learn_names(opened.senders());
    let (stays, stays_left_out) = stay::build(session, sessions, messages, &cast);
    let kept = stay::deliveries(&stays, sessions);
    let mut notifications = notification::build(session, sessions, messages, &cast, &opened.transfers, &kept);
    notifications.shrink_to_fit();
    let observers = observer::build(&notifications, &sessions.msrp, messages, &mut cast, onlooker);
    let (mut chat, strays) = chat::build(&opened, sessions, messages, &cast);
    chat.shrink_to_fit();
    let composing = composing::build(&opened, messages, &cast);
    let group_data = group_data::build(&opened, messages);
    let (referrals, referrals_left_out) = referral::build(session, sessions, messages, &cast);
    let relayed = relayed(&opened.transfers, &notifications);
    presence::build(session, sessions, messages, &stays, &referrals, &relayed, &mut cast);
    let in_the_middle = presence::is_entered_in_the_middle(session, &stays, messages);
    completion::complete(&mut cast.participants, &observers, in_the_middle);
    let disagreements = disagreement::find(&cast.participants, &observers, messages, lacks_packets);
    let runs = run::build(&cast.participants);
    let timeline = SessionTimeline {
        participants: cast.participants,
        messages: chat,
        composing,
        group_data,
        notifications,
        observers,
        disagreements,
        referrals,
        runs,
        left_out: stays_left_out + referrals_left_out,
    };
    (timeline, strays)
}

/// What the focus sent on, in order, and to whom.
fn relayed(transfers: &[OpenTransfer<'_>], notifications: &[Notification]) -> Vec<(MessageId, usize)> {
    let chat = transfers.iter().filter(|one| one.content == Content::User);
    let chat = chat.filter_map(|one| Some((one.transfer.first, one.receiver?)));
    let told = notifications.iter().filter(|one| one.source == Source::Msrp);
    let mut relayed: Vec<_> = chat.chain(told.filter_map(|one| Some((one.message, one.to?)))).collect();
    relayed.sort_unstable();
    relayed
}
