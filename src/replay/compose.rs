//! Templates → messages: a captured message with our addresses, our dialog and present identifiers.

use std::net::SocketAddr;

use super::body::{self, OwnMedia};
use super::dialog::Dialog;
use super::identifiers::{Identifiers, Scope};
use crate::wire::msrp;
use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, Uri, split_values};

/// How SIP is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Udp,
    Tcp,
    Tls,
}

impl Transport {
    /// As in a Via field.
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        }
    }

    /// Nothing is lost, so nothing is sent again.
    pub fn is_reliable(self) -> bool {
        self != Transport::Udp
    }
}

/// Where this end can be reached.
#[derive(Clone, Copy, Debug)]
pub struct Local {
    pub sip: SocketAddr,
    pub msrp: SocketAddr,
    pub transport: Transport,
}

/// What a message of ours is made with.
pub struct Context<'a> {
    pub ids: &'a mut Identifiers,
    pub leg: usize,
    pub local: Local,
    pub media: Option<OwnMedia>,
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

/// Headers that are written anew, whatever the template has.
const OWN: &[Name] = &[
    Name::Via,
    Name::Route,
    Name::RecordRoute,
    Name::MaxForwards,
    Name::From,
    Name::To,
    Name::CallId,
    Name::CSeq,
    Name::ContentLength,
    Name::Authorization,
];

/// Headers of authentication, which no name of ours stands for.
const AUTHENTICATION: &[&str] = &[
    "proxy-authorization",
    "www-authenticate",
    "proxy-authenticate",
    "authentication-info",
    "proxy-authentication-info",
];

impl Context<'_> {
    /// Gives names to what a SIP message of ours names for the first time.
    pub fn name_sip(&mut self, template: &Message<'_>) {
        for name in [Name::ContributionId, Name::ConversationId] {
            let Some(value) = template.header(name) else { continue };
            let value = value.trim();
            if self.keep_ids {
                self.ids.learn(Scope::Everywhere, value, value);
            } else {
                self.ids.name(self.leg, Scope::Everywhere, value);
            }
        }
        let Some(contact) = template.header(Name::Contact) else { return };
        for address in split_values(&contact).filter_map(NameAddr::parse) {
            let original = base_uri(address.uri());
            let Some(uri) = Uri::parse(original).filter(|_| self.ids.get(self.leg, original).is_none()) else {
                continue;
            };
            let user = match uri.user() {
                Some(user) if self.names_focus && address.has_param("isfocus") => {
                    let new = self.ids.name(self.leg, Scope::Everywhere, user);
                    format!("{new}@")
                }
                Some(user) => format!("{user}@"),
                None => String::new(),
            };
            let new = format!("{}:{user}{}", uri.scheme(), self.local.sip);
            self.ids.learn(Scope::Everywhere, original, &new);
        }
    }

    /// A request out of its template.
    pub fn request(&mut self, template: &Message<'_>, method: &str, request: &Request<'_>) -> Vec<u8> {
        self.name_sip(template);
        let dialog = request.dialog;
        let inside = has_tag(&template.header(Name::To).unwrap_or_default()) && !dialog.peer_tag.is_empty();
        let captured_uri = template.request_uri().unwrap_or_default();
        let uri = match &dialog.target {
            Some(target) if inside => target.clone(),
            _ => self.request_uri(&captured_uri),
        };
        let routes = if inside { &dialog.routes[..] } else { request.routes };
        let mut head = format!("{method} {uri} SIP/2.0\r\n");
        head.push_str(&via(&self.local, request.branch));
        head.push_str("Max-Forwards: 70\r\n");
        routes.iter().for_each(|route| head.push_str(&format!("Route: {route}\r\n")));
        let from = self.ids.rewrite_text(self.leg, &template.header(Name::From).unwrap_or_default());
        let to = self.ids.rewrite_text(self.leg, &template.header(Name::To).unwrap_or_default());
        head.push_str(&format!("From: {}\r\n", with_tag(&from, &dialog.own_tag)));
        head.push_str(&format!("To: {}\r\n", with_tag(&to, if inside { &dialog.peer_tag } else { "" })));
        head.push_str(&format!("Call-ID: {}\r\nCSeq: {} {method}\r\n", dialog.call_id, request.cseq));
        if let Some((name, value)) = request.credentials {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        self.finish(head, template)
    }

    /// The Request-URI of a request outside a dialog. Where it is the address of an end that is played, it says how that is reached.
    fn request_uri(&self, captured: &str) -> String {
        let base = base_uri(captured);
        let uri = self.ids.rewrite_text(self.leg, captured);
        let is_contact = self.ids.get(self.leg, base).is_some();
        match self.local.transport {
            Transport::Udp => uri,
            _ if !is_contact || uri.contains(";transport=") => uri,
            Transport::Tcp => format!("{uri};transport=tcp"),
            Transport::Tls => format!("{uri};transport=tls"),
        }
    }

    /// A response out of its template, to this request. `own_tag` goes into To, but not of a 100.
    pub fn response(&mut self, template: &Message<'_>, request: &Message<'_>, own_tag: &str) -> Vec<u8> {
        self.name_sip(template);
        let status = template.status().unwrap_or(500);
        let mut head = response_head(request, status, &template.reason_phrase(), own_tag);
        if (101..300).contains(&status) {
            request
                .all(Name::RecordRoute)
                .for_each(|field| head.push_str(&format!("Record-Route: {}\r\n", field.value())));
        }
        self.finish(head, template)
    }

    /// Adds the template's other headers and its body.
    fn finish(&mut self, mut head: String, template: &Message<'_>) -> Vec<u8> {
        for header in template.headers() {
            let name = header.written_name();
            let is_authentication = AUTHENTICATION.iter().any(|known| name.eq_ignore_ascii_case(known));
            if OWN.contains(&header.name) || is_authentication || name.is_empty() {
                continue;
            }
            let value = match header.name {
                Name::Contact => self.contact(&header.value()),
                _ => self.ids.rewrite_text(self.leg, &header.value()),
            };
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let content_type = template.header(Name::ContentType).unwrap_or_default();
        let body = body::rewrite(self.ids, self.leg, &content_type, template.body(), self.media.as_ref());
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut message = head.into_bytes();
        message.extend_from_slice(&body);
        message
    }

    /// A Contact of ours: where we can really be reached.
    fn contact(&self, value: &str) -> String {
        let mut out = String::new();
        let mut rest = value;
        for address in split_values(value).filter_map(NameAddr::parse) {
            let Some(at) = rest.find(address.uri()) else { continue };
            out.push_str(&rest[..at]);
            let base = base_uri(address.uri());
            let new = self.ids.get(self.leg, base).unwrap_or(base);
            let params = without_transport(&address.uri()[base.len()..]);
            out.push_str(new);
            match self.local.transport {
                Transport::Udp => {}
                Transport::Tcp => out.push_str(";transport=tcp"),
                Transport::Tls => out.push_str(";transport=tls"),
            }
            out.push_str(&params);
            rest = &rest[at + address.uri().len()..];
        }
        out.push_str(&self.ids.rewrite_text(self.leg, rest));
        out
    }

    /// The chunks of an MSRP message out of its template.
    pub fn msrp(
        &mut self,
        template: &msrp::Message<'_>,
        lengths: &[usize],
        to_path: &str,
        own_path: &str,
    ) -> Vec<(String, Vec<u8>)> {
        body::name_messages(self.ids, self.leg, template);
        let method = template.method().unwrap_or("SEND").to_owned();
        let content_type = template.header("Content-Type");
        let has_body = content_type.is_some() || !template.body().is_empty();
        let body = match &content_type {
            Some(content_type) => body::rewrite(self.ids, self.leg, content_type, template.body(), None),
            None => template.body().to_vec(),
        };
        let mut chunks = vec![];
        let (mut at, count) = (0, lengths.len().max(1));
        for index in 0..count {
            let end = match lengths.get(index) {
                Some(len) if index + 1 < count => body.len().min(at + len),
                _ => body.len(),
            };
            let id = self.ids.fresh.hex(16);
            let mut head = format!("MSRP {id} {method}\r\nTo-Path: {to_path}\r\nFrom-Path: {own_path}\r\n");
            for (name, value) in template.headers() {
                let value = match name.to_ascii_lowercase().as_str() {
                    "to-path" | "from-path" => continue,
                    "content-type" => continue,
                    "message-id" => self.ids.get(self.leg, &value).unwrap_or(&value).to_owned(),
                    "byte-range" if method == "SEND" => {
                        format!("{}-{end}/{}", at + 1, body.len())
                    }
                    _ => self.ids.rewrite_text(self.leg, &value),
                };
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let mut chunk;
            if has_body {
                if let Some(content_type) = &content_type {
                    head.push_str(&format!("Content-Type: {content_type}\r\n"));
                }
                head.push_str("\r\n");
                chunk = head.into_bytes();
                chunk.extend_from_slice(&body[at..end]);
                chunk.extend_from_slice(b"\r\n");
            } else {
                chunk = head.into_bytes();
            }
            let flag = match () {
                () if index + 1 < count => '+',
                () if template.end_flag() == msrp::EndFlag::Aborted => '#',
                () => '$',
            };
            chunk.extend_from_slice(format!("-------{id}{flag}\r\n").as_bytes());
            chunks.push((id, chunk));
            at = end;
        }
        chunks
    }
}

/// A response without a template: what RFC 3261 §8.2.6 asks for, and `extra` headers, each with its line end.
pub fn plain_response(request: &Message<'_>, status: u16, reason: &str, own_tag: &str, extra: &str) -> Vec<u8> {
    let mut text = response_head(request, status, reason, own_tag);
    text.push_str(extra);
    text.push_str("Content-Length: 0\r\n\r\n");
    text.into_bytes()
}

/// Status line, and the headers that a response copies (RFC 3261 §8.2.6.2).
fn response_head(request: &Message<'_>, status: u16, reason: &str, own_tag: &str) -> String {
    let mut head = format!("SIP/2.0 {status} {reason}\r\n");
    for header in request.headers() {
        match header.name {
            Name::Via => head.push_str(&format!("Via: {}\r\n", header.value())),
            Name::From => head.push_str(&format!("From: {}\r\n", header.value())),
            Name::To => {
                let value = header.value();
                let tag = if status == 100 || has_tag(&value) { "" } else { own_tag };
                let value = if tag.is_empty() { value.into_owned() } else { with_tag(&value, tag) };
                head.push_str(&format!("To: {value}\r\n"));
            }
            Name::CallId => head.push_str(&format!("Call-ID: {}\r\n", header.value())),
            Name::CSeq => head.push_str(&format!("CSeq: {}\r\n", header.value())),
            _ => {}
        }
    }
    head
}

/// The ACK of a refusal, or the CANCEL of a request (RFC 3261 §17.1.1.3, §9.1): made of the request, in the same transaction.
pub fn of_same_transaction(request: &[u8], method: &str, to: Option<&str>, extra: &str) -> Option<Vec<u8>> {
    let message = Message::parse(request)?;
    let uri = message.request_uri()?;
    let mut text = format!("{method} {uri} SIP/2.0\r\n");
    let number = message.cseq().map_or(1, |(number, _)| number);
    for header in message.headers() {
        let value = header.value();
        match header.name {
            Name::Via | Name::Route | Name::From | Name::CallId | Name::MaxForwards => {
                text.push_str(&format!("{}: {value}\r\n", header.written_name()));
            }
            Name::To => text.push_str(&format!("To: {}\r\n", to.unwrap_or(&value))),
            Name::CSeq => text.push_str(&format!("CSeq: {number} {method}\r\n")),
            _ => {}
        }
    }
    text.push_str(extra);
    text.push_str("Content-Length: 0\r\n\r\n");
    Some(text.into_bytes())
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
    let mut text = format!("{method} {uri} SIP/2.0\r\n{}Max-Forwards: 70\r\n", via(local, branch));
    dialog.routes.iter().for_each(|route| text.push_str(&format!("Route: {route}\r\n")));
    text.push_str(&format!(
        "From: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} {method}\r\n{extra}Content-Length: 0\r\n\r\n",
        with_tag(from, &dialog.own_tag),
        with_tag(to, &dialog.peer_tag),
        dialog.call_id
    ));
    text.into_bytes()
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

fn via(local: &Local, branch: &str) -> String {
    format!("Via: SIP/2.0/{} {};branch={branch};rport\r\n", local.transport.as_str(), local.sip)
}

/// A URI without its parameters and headers.
pub fn base_uri(uri: &str) -> &str {
    let host = uri.find('@').unwrap_or(0);
    let end = uri[host..].find([';', '?']).map_or(uri.len(), |at| host + at);
    &uri[..end]
}

fn without_transport(params: &str) -> String {
    let kept = params.split(';').filter(|param| !param.to_ascii_lowercase().starts_with("transport="));
    kept.collect::<Vec<_>>().join(";")
}

fn has_tag(value: &str) -> bool {
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
    others.filter(|param| !param.is_empty()).for_each(|param| out.push_str(&format!(";{param}")));
    if !tag.is_empty() {
        out.push_str(&format!(";tag={tag}"));
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
        assert_eq!(without_transport(";lr;Transport=tcp;ob"), ";lr;ob");
    }

    #[test]
    fn a_request_of_ours_says_where_we_are() {
        let template = "INVITE sip:factory@example.com SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKold\r\nRoute: <sip:10.9.9.9;lr>\r\n\
            f: \"A\" <sip:a@example.com>;tag=oldtag\r\nt: <sip:factory@example.com>\r\ni: oldcall@10.0.0.1\r\nCSeq: 77 INVITE\r\n\
            m: <sip:a@10.0.0.1:5060;transport=tcp>;+sip.instance=\"<urn:x>\"\r\nContribution-ID: abcdef-012345\r\n\
            Authorization: Digest x\r\nl: 0\r\n\r\n";
        let mut ids = Identifiers::new(1, vec![("example.com".into(), "test.local".into())]);
        let local = Local {
            sip: "127.0.0.1:5999".parse().unwrap(),
            msrp: "127.0.0.1:5998".parse().unwrap(),
            transport: Transport::Udp,
        };
        let dialog = Dialog { call_id: "new".into(), own_tag: "t1".into(), ..Dialog::default() };
        let mut context = Context { ids: &mut ids, leg: 0, local, media: None, names_focus: false, keep_ids: false };
        let request = Request { dialog: &dialog, cseq: 1, branch: "z9hG4bKnew", routes: &[], credentials: None };
        let sent = context.request(&Message::parse(template.as_bytes()).unwrap(), "INVITE", &request);
        let text = String::from_utf8(sent).unwrap();
        for line in [
            "INVITE sip:factory@test.local SIP/2.0",
            "Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKnew;rport",
            "From: \"A\" <sip:a@test.local>;tag=t1",
            "To: <sip:factory@test.local>",
            "m: <sip:a@127.0.0.1:5999>;+sip.instance=\"<urn:x>\"",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} in {text}");
        }
        for gone in ["10.0.0.1", "10.9.9.9", "Digest", "oldtag", "oldcall", "abcdef-012345"] {
            assert!(!text.contains(gone), "{gone} in {text}");
        }
    }
}
