//! A captured MSRP message as a template, and the chunks that are made of it.

use std::io::Write;

use super::body::{Body, imdn_message_id};
use super::identifiers::{Identifiers, Scope};
use super::judge;
use super::originals::{Originals, Text};
use crate::wire::msrp::{EndFlag, Message};

/// A captured MSRP message, taken apart.
pub struct MsrpTemplate {
    pub message: Message<'static>,
    /// What it is about.
    pub class: String,
    pub message_id: Option<String>,
    pub imdn_message_id: Option<String>,
    fields: Vec<Field>,
    content_type: Option<String>,
    body: Body,
}

enum Field {
    /// Name and value.
    Text(Text),
    MessageId {
        name: String,
        value: String,
    },
    ByteRange {
        name: String,
    },
}

/// The identifiers in a message that may be called otherwise.
pub fn identifiers(message: &Message<'_>) -> Vec<String> {
    let message_id = message.header("Message-ID").map(|id| id.into_owned());
    message_id.into_iter().chain(imdn_message_id(message)).collect()
}

impl MsrpTemplate {
    pub fn new(message: Message<'static>, originals: &Originals) -> MsrpTemplate {
        let is_send = message.method() == Some("SEND");
        let mut fields = vec![];
        for (name, value) in message.headers() {
            fields.push(match name.to_ascii_lowercase().as_str() {
                "to-path" | "from-path" | "content-type" => continue,
                "message-id" => Field::MessageId { name: name.into_owned(), value: value.into_owned() },
                "byte-range" if is_send => Field::ByteRange { name: name.into_owned() },
                _ => {
                    let mut text = Text::plain(&format!("{name}: "));
                    text.push(&originals.cut(value.as_bytes()));
                    Field::Text(text)
                }
            });
        }
        let content_type = message.header("Content-Type").map(|value| value.into_owned());
        let body = match &content_type {
            Some(content_type) => Body::cut(originals, content_type, message.body()),
            None => Body::Kept(message.body().to_vec()),
        };
        MsrpTemplate {
            class: judge::class(&message),
            message_id: message.header("Message-ID").map(|id| id.into_owned()),
            imdn_message_id: imdn_message_id(&message),
            fields,
            content_type,
            body,
            message,
        }
    }

    /// The chunks of a message out of its template, each with its transaction identifier. `lengths`: of their bodies, when there are
    /// several.
    pub fn chunks(
        &self,
        ids: &mut Identifiers,
        leg: usize,
        lengths: &[usize],
        to_path: &str,
        own_path: &str,
    ) -> Vec<(String, Vec<u8>)> {
        if let Some(id) = &self.message_id {
            ids.name(leg, Scope::Leg(leg), id);
        }
        if let Some(id) = &self.imdn_message_id {
            ids.name(leg, Scope::Everywhere, id);
        }
        let method = self.message.method().unwrap_or("SEND");
        let mut body = vec![];
        self.body.write(ids, leg, None, &mut body);
        let has_body = self.content_type.is_some() || !self.message.body().is_empty();
        let mut chunks = vec![];
        let (mut at, count) = (0, lengths.len().max(1));
        for index in 0..count {
            let end = match lengths.get(index) {
                Some(len) if index + 1 < count => body.len().min(at + len),
                _ => body.len(),
            };
            let id = ids.fresh.hex(16);
            let mut out = Vec::with_capacity(self.message.raw().len() + end - at + 256);
            let _ = write!(out, "MSRP {id} {method}\r\nTo-Path: {to_path}\r\nFrom-Path: {own_path}\r\n");
            for field in &self.fields {
                match field {
                    Field::Text(text) => ids.write(leg, text, &mut out),
                    Field::MessageId { name, value } => {
                        let _ = write!(out, "{name}: {}", ids.get(leg, value).unwrap_or(value));
                    }
                    Field::ByteRange { name } => _ = write!(out, "{name}: {}-{end}/{}", at + 1, body.len()),
                }
                out.extend_from_slice(b"\r\n");
            }
            if has_body {
                if let Some(content_type) = &self.content_type {
                    let _ = write!(out, "Content-Type: {content_type}\r\n");
                }
                out.extend_from_slice(b"\r\n");
                out.extend_from_slice(&body[at..end]);
                out.extend_from_slice(b"\r\n");
            }
            let flag = match () {
                () if index + 1 < count => '+',
                () if self.message.end_flag() == EndFlag::Aborted => '#',
                () => '$',
            };
            let _ = write!(out, "-------{id}{flag}\r\n");
            chunks.push((id, out));
            at = end;
        }
        chunks
    }
}
