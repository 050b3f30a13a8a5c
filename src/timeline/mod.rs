//! Per session: who took part, which message reached whom, what the observers were told.
//!
//! Reads the sessions below; everything points back at messages. Sessions are independent of each other and built in parallel.

mod chat;
mod envelope;
mod notification;
mod participant;

use rayon::prelude::*;

pub use chat::{ChatMessage, Delivery};
pub use envelope::{Content, Envelope};
pub use notification::{Notification, Source};
pub use participant::Participant;

use crate::session::Sessions;
use crate::wire::Messages;

/// The timeline of one session, in step with [`Sessions::sessions`].
#[derive(Clone, Debug, Default)]
pub struct SessionTimeline {
    /// In order of appearance.
    pub participants: Vec<Participant>,
    /// User messages in order of sending.
    pub messages: Vec<ChatMessage>,
    /// conference-info documents in order, one per document and recipient.
    pub notifications: Vec<Notification>,
}

/// Builds the timelines of all sessions.
pub fn build(sessions: &Sessions, messages: &Messages) -> Vec<SessionTimeline> {
    (0..sessions.sessions.len())
        .into_par_iter()
        .map(|index| {
            let session = &sessions.sessions[index];
            let mut cast = participant::Cast::build(session, sessions);
            let opened = envelope::open_all(session, sessions, messages, &cast);
            cast.learn_names(opened.senders());
            let chat = chat::build(&opened, messages);
            let notifications = notification::build(session, sessions, messages, &cast, &opened.transfers);
            SessionTimeline { participants: cast.participants, messages: chat, notifications }
        })
        .collect()
}
