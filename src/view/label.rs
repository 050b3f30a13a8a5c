//! One line about a message: what lists and arrows say.

use crate::Analysis;
use crate::session::find_body_in;
use crate::timeline::{Content, Envelope};
use crate::wire::media_type::MediaType;
use crate::wire::msrp::EndFlag;
use crate::wire::sip::Name;
use crate::wire::{Kind, Message, msrp, sip};

/// `INVITE [sdp, list]`, `200 OK (INVITE)`, `SEND text/plain 1-50/100 +`, …; not escaped.
pub fn label(analysis: &Analysis, message: &Message) -> String {
    match message.kind {
        Kind::Sip(_) => analysis.messages.sip(message).map(|message| sip_label(&message)),
        Kind::Msrp(_) => analysis.messages.msrp(message).map(|message| msrp_label(&message)),
    }
    .unwrap_or_default()
}

fn sip_label(message: &sip::Message<'_>) -> String {
    let mut label = match (message.method(), message.status()) {
        (Some(method), _) => match message.header(Name::Event) {
            Some(event) => format!("{method} {}", event.split(';').next().unwrap_or_default().trim()),
            None => method.to_owned(),
        },
        (None, Some(status)) => {
            let method = message.cseq().map(|(_, method)| method).unwrap_or_default();
            format!("{status} {} ({method})", message.reason_phrase())
        }
        (None, None) => String::new(),
    };
    let content_type = message.header(Name::ContentType).unwrap_or_default();
    let bodies: Vec<&str> = SHORT_NAMES
        .iter()
        .filter(|(essence, _)| {
            !message.body().is_empty() && find_body_in(&content_type, message.body(), essence).is_some()
        })
        .map(|(_, short)| *short)
        .collect();
    if !bodies.is_empty() {
        label.push_str(&format!(" [{}]", bodies.join(", ")));
    } else if !message.body().is_empty() {
        label.push_str(&format!(" [{}]", MediaType::parse(content_type.as_ref()).essence()));
    }
    label
}

/// What bodies are called on an arrow.
const SHORT_NAMES: &[(&str, &str)] = &[
    ("application/sdp", "sdp"),
    ("application/resource-lists+xml", "list"),
    ("application/conference-info+xml", "conference-info"),
    ("message/sipfrag", "sipfrag"),
    ("message/cpim", "cpim"),
    ("message/imdn+xml", "imdn"),
];

fn msrp_label(message: &msrp::Message<'_>) -> String {
    let Some(method) = message.method() else {
        return format!("{} {}", message.status().unwrap_or_default(), message.comment()).trim_end().to_owned();
    };
    let content_type = message.header("Content-Type").unwrap_or_default();
    let mut label = method.to_owned();
    let range = message.byte_range();
    let is_first_chunk = range.is_none_or(|range| range.start <= 1);
    if !message.body().is_empty() && is_first_chunk {
        let envelope = Envelope::open(&content_type, message.body());
        let what = match envelope.content(message.body().len()) {
            Content::Imdn => "imdn",
            Content::IsComposing => "isComposing",
            Content::ConferenceInfo => "conference-info",
            Content::GroupData => "group-data",
            Content::GroupState => "group-state",
            Content::User | Content::Empty => envelope.content_type.as_ref(),
        };
        label.push_str(&format!(" {what}"));
    } else if message.body().is_empty() && method == "SEND" {
        label.push_str(" (empty)");
    }
    // A whole message in one chunk needs no range.
    let whole = is_first_chunk && message.end_flag() == EndFlag::Complete;
    if let Some(range) = range.filter(|_| !whole) {
        label.push_str(&format!(" {range}"));
    }
    match message.end_flag() {
        EndFlag::Complete => {}
        EndFlag::Continued => label.push_str(" +"),
        EndFlag::Aborted => label.push_str(" # aborted"),
        EndFlag::Missing => label.push_str(" (end lost)"),
    }
    if let Some(status) = message.header("Status") {
        label.push_str(&format!(" {}", status.split_ascii_whitespace().nth(1).unwrap_or_default()));
    }
    label
}
