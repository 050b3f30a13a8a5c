//! A message as a row of a list.

use std::net::SocketAddr;

use super::label::label;
use crate::Analysis;
use crate::capture::Time;
use crate::wire::{Kind, MessageId};

/// One row of the message list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Number of the message in the analysis, counted from 1.
    pub number: u32,
    /// Number of its first frame in its file.
    pub frame: u32,
    pub time: Time,
    pub source: SocketAddr,
    pub destination: SocketAddr,
    /// `SIP` or `MSRP`.
    pub protocol: &'static str,
    /// Of the session it belongs to: `s1`, … or nothing.
    pub session: String,
    pub len_bytes: usize,
    pub retransmission: bool,
    /// Not escaped.
    pub label: String,
}

impl Row {
    pub fn new(analysis: &Analysis, id: MessageId) -> Row {
        let message = &analysis.messages[id];
        let (source, destination) = analysis.messages.flow(message).ends(message.from_client);
        Row {
            number: id.0 + 1,
            frame: analysis.capture.table.place(message.frame).number,
            time: message.time,
            source,
            destination,
            protocol: match message.kind {
                Kind::Sip(_) => "SIP",
                Kind::Msrp(_) => "MSRP",
            },
            session: analysis.sessions.session_of(id).map(|session| session.id.clone()).unwrap_or_default(),
            len_bytes: message.len_bytes as usize,
            retransmission: analysis.sessions.is_retransmission(id),
            label: label(analysis, message),
        }
    }
}
