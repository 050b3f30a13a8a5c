//! The fields of the filter language, looked up in a message and its surroundings.

use std::borrow::Cow;

use super::label::label;
use crate::Analysis;
use crate::filter::{FieldId, FieldRef, Lookup, Value};
use crate::session::{Session, uri_key};
use crate::timeline::Envelope;
use crate::wire::cpim::Address;
use crate::wire::sip::Name;
use crate::wire::{MessageId, imdn, msrp, sip};

/// One message of an analysis as a filter sees it. What a field needs is opened when the field is asked for.
pub struct MessageLookup<'a> {
    pub analysis: &'a Analysis,
    pub id: MessageId,
}

impl Lookup for MessageLookup<'_> {
    fn values(&self, field: &FieldRef, visit: &mut dyn FnMut(Value<'_>)) {
        let message = &self.analysis.messages[self.id];
        match field.id() {
            FieldId::FrameNumber => {
                for frame in self.analysis.messages.frames(message) {
                    visit(number(self.analysis.capture.table.place(frame).number));
                }
            }
            FieldId::FrameTime => visit(Value::Time(message.time)),
            FieldId::IpAddr | FieldId::IpSrc | FieldId::IpDst | FieldId::Port | FieldId::SrcPort | FieldId::DstPort => {
                self.address(field.id(), visit);
            }
            FieldId::Transport => visit(Value::Text(match self.analysis.messages.flow(message).transport {
                crate::net::Transport::Udp => "udp",
                crate::net::Transport::Tcp => "tcp",
            })),
            FieldId::Protocol => visit(Value::Text(if message.sip().is_some() { "sip" } else { "msrp" })),
            FieldId::Sip => visit(Value::Flag(message.sip().is_some())),
            FieldId::Msrp => visit(Value::Flag(message.msrp().is_some())),
            FieldId::Size => visit(number(message.len_bytes)),
            FieldId::Retransmission => visit(Value::Flag(self.analysis.sessions.is_retransmission(self.id))),
            FieldId::SessionId
            | FieldId::SessionKind
            | FieldId::SessionSubject
            | FieldId::SessionContributionId
            | FieldId::SessionConversationId
            | FieldId::SessionFocusUri
            | FieldId::Participant => {
                if let Some(session) = self.analysis.sessions.session_of(self.id) {
                    self.session(session, field.id(), visit);
                }
            }
            _ => {
                if let Some(message) = self.analysis.messages.sip(message) {
                    of_sip(&message, field, visit);
                } else if let Some(message) = self.analysis.messages.msrp(message) {
                    of_msrp(&message, field, visit);
                }
            }
        }
    }
}

impl MessageLookup<'_> {
    /// What the list shows of the message.
    pub fn label(&self) -> String {
        label(self.analysis, &self.analysis.messages[self.id])
    }

    fn address(&self, field: FieldId, visit: &mut dyn FnMut(Value<'_>)) {
        let message = &self.analysis.messages[self.id];
        let (source, destination) = self.analysis.messages.flow(message).ends(message.from_client);
        if matches!(field, FieldId::IpAddr | FieldId::IpSrc) {
            visit(Value::Address(source.ip()));
        }
        if matches!(field, FieldId::IpAddr | FieldId::IpDst) {
            visit(Value::Address(destination.ip()));
        }
        if matches!(field, FieldId::Port | FieldId::SrcPort) {
            visit(number(source.port()));
        }
        if matches!(field, FieldId::Port | FieldId::DstPort) {
            visit(number(destination.port()));
        }
    }

    fn session(&self, session: &Session, field: FieldId, visit: &mut dyn FnMut(Value<'_>)) {
        let mut each = |text: &str| visit(Value::Text(text));
        match field {
            FieldId::SessionId => each(&session.id),
            FieldId::SessionKind => each(session.kind.as_str()),
            FieldId::SessionSubject => session.subject.iter().for_each(|text| each(text)),
            FieldId::SessionContributionId => session.contribution_ids.iter().for_each(|text| each(text)),
            FieldId::SessionConversationId => session.conversation_id.iter().for_each(|text| each(text)),
            FieldId::SessionFocusUri => session.focus_uri.iter().for_each(|text| each(text)),
            _ => {
                let legs = session.legs.iter().map(|&leg| &self.analysis.sessions.legs[leg]);
                for identity in legs.flat_map(|leg| leg.caller.iter().chain(&leg.callee)) {
                    let is_focus = session.focus_uri.as_deref().is_some_and(|focus| uri_key(focus) == identity.key);
                    if !is_focus {
                        each(&identity.uri);
                    }
                }
            }
        }
    }
}

fn number(value: impl Into<f64>) -> Value<'static> {
    Value::Number(value.into())
}

fn of_sip(message: &sip::Message<'_>, field: &FieldRef, visit: &mut dyn FnMut(Value<'_>)) {
    let mut headers = |name: Name| message.all(name).for_each(|header| visit(Value::Text(&header.value())));
    match field.id() {
        FieldId::SipCallId => headers(Name::CallId),
        FieldId::SipFrom | FieldId::From => headers(Name::From),
        FieldId::SipTo | FieldId::To => headers(Name::To),
        FieldId::SipContact => headers(Name::Contact),
        FieldId::SipUserAgent => {
            headers(Name::UserAgent);
            headers(Name::Server);
        }
        FieldId::SipEvent => headers(Name::Event),
        FieldId::SipReason => headers(Name::Reason),
        FieldId::SipContentType | FieldId::ContentType => headers(Name::ContentType),
        FieldId::SipHeader => {
            let wanted = field.header().unwrap_or_default();
            let known = Name::of(wanted.as_bytes());
            let same = |header: &sip::Header<'_>| match known {
                Name::Other => header.written_name().eq_ignore_ascii_case(wanted),
                known => header.name == known,
            };
            message.headers().filter(same).for_each(|header| visit(Value::Text(&header.value())));
        }
        FieldId::SipMethod => message.method().into_iter().for_each(|method| visit(Value::Text(method))),
        FieldId::SipStatus => message.status().into_iter().for_each(|status| visit(number(status))),
        FieldId::SipRequestUri => message.request_uri().iter().for_each(|uri| visit(Value::Text(uri))),
        FieldId::SipCseq => message.cseq().iter().for_each(|(sequence, _)| visit(number(*sequence))),
        FieldId::SipCseqMethod => message.cseq().iter().for_each(|(_, method)| visit(Value::Text(method))),
        FieldId::Body => visit(Value::Text(&String::from_utf8_lossy(message.body()))),
        _ => {}
    }
}

fn of_msrp(message: &msrp::Message<'_>, field: &FieldRef, visit: &mut dyn FnMut(Value<'_>)) {
    let mut header = |name: &str| message.header(name).iter().for_each(|value| visit(Value::Text(value)));
    match field.id() {
        FieldId::MsrpToPath => header("To-Path"),
        FieldId::MsrpFromPath => header("From-Path"),
        FieldId::MsrpMessageId => header("Message-ID"),
        FieldId::MsrpByteRange => header("Byte-Range"),
        FieldId::MsrpContentType | FieldId::ContentType => header("Content-Type"),
        FieldId::MsrpTransactionId => visit(Value::Text(message.transaction_id())),
        FieldId::MsrpMethod => message.method().into_iter().for_each(|method| visit(Value::Text(method))),
        FieldId::MsrpStatus => message.status().into_iter().for_each(|status| visit(number(status))),
        FieldId::MsrpFlag => visit(Value::Text(&message.end_flag().as_char().to_string())),
        FieldId::Body => {
            let envelope = open(message);
            visit(Value::Text(&String::from_utf8_lossy(message.body().get(envelope.body_start..).unwrap_or_default())));
        }
        FieldId::From | FieldId::To => {
            header(if field.id() == FieldId::From { "From-Path" } else { "To-Path" });
            let envelope = open(message);
            let address = if field.id() == FieldId::From { envelope.from } else { envelope.to };
            in_envelope(address, visit);
        }
        FieldId::CpimFrom => in_envelope(open(message).from, visit),
        FieldId::CpimTo => in_envelope(open(message).to, visit),
        FieldId::CpimContentType => {
            let envelope = open(message);
            if envelope.body_start > 0 {
                visit(Value::Text(&envelope.content_type));
            }
        }
        FieldId::ImdnMessageId => {
            let envelope = open(message);
            if envelope.content_type == "message/imdn+xml"
                && let Ok(notification) = imdn::parse(message.body().get(envelope.body_start..).unwrap_or_default())
                && let Some(id) = notification.message_id
            {
                visit(Value::Text(&id.value));
            }
        }
        _ => {}
    }
}

fn open(message: &msrp::Message<'_>) -> Envelope<'static> {
    Envelope::open(&message.header("Content-Type").unwrap_or_default(), message.body()).into_owned()
}

fn in_envelope(address: Option<Cow<'_, str>>, visit: &mut dyn FnMut(Value<'_>)) {
    if let Some(address) = address.map(|value| Address::parse(&value)) {
        visit(Value::Text(&address.uri));
        if !address.name.is_empty() {
            visit(Value::Text(&address.name));
        }
    }
}
