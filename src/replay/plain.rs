//! Messages without a template: answers to what nobody expected, requests that no plan has; and what they share with others.

use std::io::Write;

use super::dialog::Dialog;
use super::digits;
use super::local::Local;
use crate::wire::msrp;
use crate::wire::sip::{Message, Name};
use crate::wire::uri::NameAddr;

/// A response without a template: what RFC 3261 §8.2.6 asks for, and `extra` headers, each with its line end.
pub fn plain_response(request: &Message<'_>, status: u16, reason: &str, own_tag: &str, extra: &str) -> Vec<u8> {
    let mut out = response_head(request, status, reason, own_tag);
    out.extend_from_slice(extra.as_bytes());
    out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    out
}

/// Status line, and the headers that a response copies (RFC 3261 §8.2.6.2).
pub fn response_head(request: &Message<'_>, status: u16, reason: &str, own_tag: &str) -> Vec<u8> {
    let mut head = Vec::with_capacity(request.raw().len() + 256);
    let _ = write!(head, "SIP/2.0 {status} {reason}\r\n");
    for header in request.headers() {
        let value = header.value();
        match header.name {
            Name::Via => field(&mut head, "Via", &value),
            Name::From => field(&mut head, "From", &value),
            Name::To if status == 100 || own_tag.is_empty() || has_tag(&value) => field(&mut head, "To", &value),
            Name::To => field(&mut head, "To", &with_tag(&value, own_tag)),
            Name::CallId => field(&mut head, "Call-ID", &value),
            Name::CSeq => field(&mut head, "CSeq", &value),
            _ => {}
        }
    }
    head
}

/// A header field.
pub fn field(out: &mut Vec<u8>, name: &str, value: &str) {
    for part in [name, ": ", value, "\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// The ACK of a refusal, or the CANCEL of a request (RFC 3261 §17.1.1.3, §9.1): made of the request, in the same transaction.
pub fn of_same_transaction(request: &[u8], method: &str, to: Option<&str>, extra: &str) -> Option<Vec<u8>> {
    let message = Message::parse(request)?;
    let uri = message.request_uri()?;
    let mut out = format!("{method} {uri} SIP/2.0\r\n").into_bytes();
    let number = message.cseq().map_or(1, |(number, _)| number);
    for header in message.headers() {
        let value = header.value();
        match header.name {
            Name::Via | Name::Route | Name::From | Name::CallId | Name::MaxForwards => {
                field(&mut out, &header.written_name(), &value);
            }
            Name::To => field(&mut out, "To", to.unwrap_or(&value)),
            Name::CSeq => field(&mut out, "CSeq", &format!("{number} {method}")),
            _ => {}
        }
    }
    out.extend_from_slice(extra.as_bytes());
    out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    Some(out)
}

/// A request inside a dialog without a template: the ACK of a 2xx, a BYE that was not planned.
pub fn inside_dialog(
    method: &str,
    dialog: &Dialog,
    local: &Local,
    (from, to): (&str, &str),
    (cseq, branch): (u32, &str),
    extra: &str,
) -> Vec<u8> {
    let uri = dialog.target.as_deref().unwrap_or("sip:unknown.invalid");
    let mut out = format!("{method} {uri} SIP/2.0\r\n").into_bytes();
    via(&mut out, local, branch);
    dialog.routes.iter().for_each(|route| field(&mut out, "Route", route));
    field(&mut out, "From", &with_tag(from, &dialog.own_tag));
    field(&mut out, "To", &with_tag(to, &dialog.peer_tag));
    field(&mut out, "Call-ID", &dialog.call_id);
    field(&mut out, "CSeq", &format!("{cseq} {method}"));
    out.extend_from_slice(extra.as_bytes());
    out.extend_from_slice(b"Content-Length: 0\r\n\r\n");
    out
}

/// An MSRP response (RFC 4975 §7.2): to the next hop of the request's From-Path.
pub fn msrp_response(request: &msrp::Message<'_>, status: u16, own_path: &str) -> Vec<u8> {
    let from = request.header("From-Path").unwrap_or_default();
    // Of a SEND the response goes one hop back; of other requests to their sender (RFC 4976 §6.1).
    let to = if request.method() == Some("SEND") { from.split_ascii_whitespace().next().unwrap_or("") } else { &from };
    let own = own_path.split_ascii_whitespace().next_back().unwrap_or(own_path);
    let comment = if status == 200 { " OK" } else { "" };
    let id = request.transaction_id();
    format!("MSRP {id} {status}{comment}\r\nTo-Path: {to}\r\nFrom-Path: {own}\r\n-------{id}$\r\n").into_bytes()
}

/// Via and Max-Forwards of a request of ours.
pub fn via(out: &mut Vec<u8>, local: &Local, branch: &str) {
    for part in ["Via: SIP/2.0/", local.transport.as_str(), " "] {
        out.extend_from_slice(part.as_bytes());
    }
    digits::address(out, local.sip);
    for part in [";branch=", branch, ";rport\r\nMax-Forwards: 70\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// A URI without its parameters and headers.
pub fn base_uri(uri: &str) -> &str {
    let host = uri.find('@').unwrap_or(0);
    let end = uri[host..].find([';', '?']).map_or(uri.len(), |at| host + at);
    &uri[..end]
}

pub fn has_tag(value: &str) -> bool {
    NameAddr::parse(value).is_some_and(|address| address.has_param("tag"))
}

/// A From or To value with this tag, or with none.
pub fn with_tag(value: &str, tag: &str) -> String {
    let (address, params) = match value.rfind('>') {
        Some(end) => value.split_at(end + 1),
        None => value.split_at(value.find(';').unwrap_or(value.len())),
    };
    let others =
        params.split(';').skip(1).map(str::trim).filter(|param| !param.to_ascii_lowercase().starts_with("tag="));
    let mut out = address.to_owned();
    others.filter(|param| !param.is_empty()).for_each(|param| out.extend([";", param]));
    if !tag.is_empty() {
        out.extend([";tag=", tag]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_parameters() {
        assert_eq!(
            with_tag("\"A;tag=x\" <sip:a@b;user=phone>;x=1;tag=old", "new"),
            "\"A;tag=x\" <sip:a@b;user=phone>;x=1;tag=new"
        );
        assert_eq!(with_tag("<sip:a@b>;tag=old", ""), "<sip:a@b>");
        assert_eq!(base_uri("sip:+1;phone-context=x@h:5060;lr?a=b"), "sip:+1;phone-context=x@h:5060");
    }
}
