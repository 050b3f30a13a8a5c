//! Templates → SIP messages: a captured message with our addresses, our dialog and present identifiers.

use std::ops::Range;

use super::body::OwnMedia;
use super::dialog::Dialog;
use super::digits;
use super::identifiers::{Identifiers, Scope};
use super::local::{Local, Transport};
use super::plain::{field, response_head, via};
use super::sip_template::{Part, SipTemplate};
use crate::wire::sip::{Message, Name};

/// What a message of ours is made with.
pub struct Context<'a> {
    pub ids: &'a mut Identifiers,
    pub leg: usize,
    pub local: Local,
    pub media: Option<OwnMedia<'a>>,
    /// Is this end the focus, so that the focus's name is ours to choose?
    pub names_focus: bool,
    /// Contribution-ID and Conversation-ID stay as captured.
    pub keep_ids: bool,
}

/// What a SIP request has that no template knows.
pub struct Request<'a> {
    pub dialog: &'a Dialog,
    pub cseq: u32,
    pub branch: &'a str,
    /// For a request outside a dialog: the routes by which it leaves.
    pub routes: &'a [String],
    /// An Authorization or Proxy-Authorization field.
    pub credentials: Option<&'a (String, String)>,
}

/// A message of ours, and where the values of its From and To and its body stand.
pub struct Composed {
    pub bytes: Vec<u8>,
    pub from: Range<usize>,
    pub to: Range<usize>,
    pub body: usize,
}

impl Context<'_> {
    /// Gives names to what a message of ours names for the first time.
    fn name(&mut self, template: &SipTemplate) {
        for group in &template.groups {
            if self.keep_ids {
                self.ids.learn(Scope::Everywhere, group, group);
            } else {
                self.ids.name(self.leg, Scope::Everywhere, group);
            }
        }
        for contact in &template.contacts {
            let Some((scheme, user)) =
                contact.parts.as_ref().filter(|_| self.ids.get(self.leg, &contact.base).is_none())
            else {
                continue;
            };
            let sip = digits::address_text(self.local.sip);
            let new = match user {
                Some(user) if self.names_focus && contact.is_focus => {
                    let new = self.ids.name(self.leg, Scope::Everywhere, user);
                    [scheme, ":", new, "@", &sip].concat()
                }
                Some(user) => [scheme, ":", user, "@", &sip].concat(),
                None => [scheme, ":", &sip].concat(),
            };
            self.ids.learn(Scope::Everywhere, &contact.base, &new);
        }
    }

    /// A request out of its template.
    pub fn request(&mut self, template: &SipTemplate, method: &str, request: &Request<'_>) -> Composed {
        self.name(template);
        let dialog = request.dialog;
        let is_inside = template.is_inside && !dialog.peer_tag.is_empty();
        let mut out = Vec::with_capacity(template.message.raw().len() + 512);
        out.extend_from_slice(method.as_bytes());
        out.push(b' ');
        match &dialog.target {
            Some(target) if is_inside => out.extend_from_slice(target.as_bytes()),
            _ => self.request_uri(template, &mut out),
        }
        out.extend_from_slice(b" SIP/2.0\r\n");
        via(&mut out, &self.local, request.branch);
        let routes = if is_inside { &dialog.routes[..] } else { request.routes };
        routes.iter().for_each(|route| field(&mut out, "Route", route));
        let mut address = |name: &str, text, tag: &str| {
            out.extend_from_slice(name.as_bytes());
            let start = out.len();
            self.ids.write(self.leg, text, &mut out);
            if !tag.is_empty() {
                out.extend_from_slice(b";tag=");
                out.extend_from_slice(tag.as_bytes());
            }
            let value = start..out.len();
            out.extend_from_slice(b"\r\n");
            value
        };
        let from = address("From: ", &template.from, &dialog.own_tag);
        let to = address("To: ", &template.to, if is_inside { &dialog.peer_tag } else { "" });
        field(&mut out, "Call-ID", &dialog.call_id);
        out.extend_from_slice(b"CSeq: ");
        digits::number(&mut out, request.cseq);
        for part in [" ", method, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
        if let Some((name, value)) = request.credentials {
            field(&mut out, name, value);
        }
        let body = self.finish(&mut out, template);
        Composed { bytes: out, from, to, body }
    }

    /// The Request-URI of a request outside a dialog. Where it is the address of an end that is played, it says how that is reached.
    fn request_uri(&self, template: &SipTemplate, out: &mut Vec<u8>) {
        let start = out.len();
        self.ids.write(self.leg, &template.uri, out);
        if self.local.transport != Transport::Udp
            && self.ids.get(self.leg, &template.base_uri).is_some()
            && memchr::memmem::find(&out[start..], b";transport=").is_none()
        {
            out.extend_from_slice(self.local.transport.parameter().as_bytes());
        }
    }

    /// A response out of its template, to this request. `own_tag` goes into To, but not of a 100.
    pub fn response(&mut self, template: &SipTemplate, request: &Message<'_>, own_tag: &str) -> Composed {
        self.name(template);
        let status = template.message.status().unwrap_or(500);
        let mut out = response_head(request, status, &template.message.reason_phrase(), own_tag);
        if (101..300).contains(&status) {
            request.all(Name::RecordRoute).for_each(|header| field(&mut out, "Record-Route", &header.value()));
        }
        let body = self.finish(&mut out, template);
        Composed { bytes: out, from: 0..0, to: 0..0, body }
    }

    /// Adds the template's other headers and its body. Tells where the body begins.
    fn finish(&mut self, out: &mut Vec<u8>, template: &SipTemplate) -> usize {
        for part in &template.fields {
            match part {
                Part::Text(text) => self.ids.write(self.leg, text, out),
                // Where we can really be reached.
                Part::Contact(base, params) => {
                    out.extend_from_slice(self.ids.get(self.leg, base).unwrap_or(base).as_bytes());
                    out.extend_from_slice(self.local.transport.parameter().as_bytes());
                    out.extend_from_slice(params.as_bytes());
                }
            }
        }
        let mut body = Vec::with_capacity(template.message.body().len() + 64);
        template.body.write(self.ids, self.leg, self.media.as_ref(), &mut body);
        out.extend_from_slice(b"Content-Length: ");
        digits::number(out, body.len());
        out.extend_from_slice(b"\r\n\r\n");
        let start = out.len();
        out.extend_from_slice(&body);
        start
    }
}

#[cfg(test)]
mod tests {
    use super::super::fresh::Fresh;
    use super::super::originals::Originals;
    use super::super::sip_template::identifiers;
    use super::*;

    #[test]
    fn a_request_of_ours_says_where_we_are() {
        let template = "INVITE sip:factory@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKold\r\nRoute: <sip:10.9.9.9;lr>\r\n\
            f: \"A\" <sip:a@example.com>;tag=oldtag\r\nt: <sip:factory@example.com>\r\ni: oldcall@10.0.0.1\r\nCSeq: 77 INVITE\r\n\
            m: <sip:a@10.0.0.1:5060;lr;Transport=tcp;ob>;+sip.instance=\"<urn:x>\"\r\nContribution-ID: abcdef-012345\r\n\
            Authorization: Digest x\r\nl: 0\r\n\r\n";
        let message = Message::parse(template.as_bytes()).unwrap();
        let originals = Originals::new(identifiers(&message), vec!["example.com".into()]);
        let template = SipTemplate::new(message, &originals);
        let mut ids = Identifiers::new(originals.into(), 1, vec!["test.local".into()], Fresh::default());
        let local = Local {
            sip: "127.0.0.1:5999".parse().unwrap(),
            msrp: "127.0.0.1:5998".parse().unwrap(),
            msrps: None,
            transport: Transport::Udp,
        };
        let dialog = Dialog { call_id: "new".into(), own_tag: "t1".into(), ..Dialog::default() };
        let mut context = Context { ids: &mut ids, leg: 0, local, media: None, names_focus: false, keep_ids: false };
        let request = Request { dialog: &dialog, cseq: 1, branch: "z9hG4bKnew", routes: &[], credentials: None };
        let sent = context.request(&template, "INVITE", &request);
        let text = String::from_utf8(sent.bytes).unwrap();
        assert_eq!(&text[sent.from], "\"A\" <sip:a@test.local>;tag=t1");
        for line in [
            "INVITE sip:factory@test.local SIP/2.0",
            "Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKnew;rport",
            "From: \"A\" <sip:a@test.local>;tag=t1",
            "To: <sip:factory@test.local>",
            "m: <sip:a@127.0.0.1:5999;lr;ob>;+sip.instance=\"<urn:x>\"",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} in {text}");
        }
        for gone in ["10.0.0.1", "10.9.9.9", "Digest", "oldtag", "oldcall", "abcdef-012345"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
    }
}
