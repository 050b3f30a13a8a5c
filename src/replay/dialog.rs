//! A SIP dialog (RFC 3261 §12): who the far end is, where it wants to be called, and through whom.

use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, split_values};

/// The dialog of one leg.
#[derive(Clone, Debug, Default)]
pub struct Dialog {
    pub call_id: String,
    pub own_tag: String,
    /// Empty until the far end has told it.
    pub peer_tag: String,
    /// Number of our last request.
    pub cseq: u32,
    /// Where the far end wants to be called: its Contact.
    pub target: Option<String>,
    /// The proxies on the way, nearest first (§12.1).
    pub routes: Vec<String>,
    /// RSeq of the last reliable provisional response (RFC 3262 §7.1).
    pub rseq: Option<String>,
    /// A 2xx came or went.
    pub confirmed: bool,
    pub ended: bool,
}

impl Dialog {
    /// Takes in what a request of the far end says of it. Target refresh requests may move the far end (§12.2.2).
    pub fn handle_request(&mut self, message: &Message<'_>) {
        if self.peer_tag.is_empty() {
            self.peer_tag = tag(message, Name::From);
            // The server takes the Record-Route as it stands.
            self.routes = record_routes(message);
        }
        if matches!(message.method(), Some("INVITE" | "UPDATE" | "SUBSCRIBE" | "NOTIFY" | "REFER")) {
            self.refresh(message);
        }
    }

    /// Takes in a response of the far end to the request that makes the dialog.
    pub fn handle_response(&mut self, message: &Message<'_>) {
        let status = message.status().unwrap_or(0);
        let to_tag = tag(message, Name::To);
        if !(101..300).contains(&status) || to_tag.is_empty() {
            return;
        }
        if !self.confirmed {
            self.peer_tag = to_tag;
            // The client reverses it.
            self.routes = record_routes(message).into_iter().rev().collect();
        }
        if status >= 200 {
            self.confirmed = true;
        }
        self.refresh(message);
    }

    fn refresh(&mut self, message: &Message<'_>) {
        let Some(value) = message.header(Name::Contact) else { return };
        let contact = split_values(&value).next().and_then(NameAddr::parse).map(|address| address.uri().to_owned());
        self.target = contact.filter(|uri| uri != "*").or(self.target.take());
    }

    /// The number of the next request.
    pub fn next_cseq(&mut self) -> u32 {
        self.cseq = self.cseq.wrapping_add(1) & 0x7fff_ffff;
        self.cseq
    }
}

/// The tag of From or To; empty where there is none.
pub fn tag(message: &Message<'_>, name: Name) -> String {
    let value = message.header(name).unwrap_or_default();
    let parsed = NameAddr::parse(&value);
    parsed.and_then(|address| address.param("tag")).map(|tag| tag.into_owned()).unwrap_or_default()
}

fn record_routes(message: &Message<'_>) -> Vec<String> {
    let fields: Vec<String> = message.all(Name::RecordRoute).map(|header| header.value().into_owned()).collect();
    fields.iter().flat_map(|value| split_values(value)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_set_of_the_caller_is_the_reverse_of_the_callees() {
        let head = "Record-Route: <sip:p2;lr>, <sip:p1;lr>\r\nFrom: <sip:a@x>;tag=a1\r\nTo: <sip:b@x>;tag=b1\r\nContact: <sip:b@10.0.0.9:7>;q=1\r\n\r\n";
        let answer = format!("SIP/2.0 200 OK\r\n{head}");
        let mut caller = Dialog::default();
        caller.handle_response(&Message::parse(answer.as_bytes()).unwrap());
        assert_eq!(caller.routes, ["<sip:p1;lr>", "<sip:p2;lr>"]);
        assert_eq!((caller.peer_tag.as_str(), caller.target.as_deref()), ("b1", Some("sip:b@10.0.0.9:7")));
        let invite = format!("INVITE sip:b@x SIP/2.0\r\n{head}");
        let mut callee = Dialog::default();
        callee.handle_request(&Message::parse(invite.as_bytes()).unwrap());
        assert_eq!(callee.routes, ["<sip:p2;lr>", "<sip:p1;lr>"]);
        assert_eq!(callee.peer_tag, "a1");
    }
}
