//! What every INVITE and every 200 to it has (RFC 3261 §8.1.1, §8.2.6, §12.1), whoever sends it.

use std::borrow::Cow;

use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, Uri, split_values};

/// What is missing, repeated or malformed in an INVITE.
pub fn of_invite(message: &Message<'_>) -> Option<String> {
    let once = [
        (Name::To, "To"),
        (Name::From, "From"),
        (Name::CallId, "Call-ID"),
        (Name::CSeq, "CSeq"),
        (Name::MaxForwards, "Max-Forwards"),
    ];
    if let Some(what) = once.into_iter().find_map(|(name, written)| count(message, name, written)) {
        return Some(what);
    }
    let tag = |name| message.header(name).and_then(|value| Some(NameAddr::parse(&value)?.has_param("tag")));
    if tag(Name::From) == Some(false) {
        return Some("From has no tag".to_owned());
    }
    let branch = message.header(Name::Via).map(|value| value.contains("branch=z9hG4bK"));
    match branch {
        None => return Some("Via is missing".to_owned()),
        Some(false) => return Some("Via has no branch that begins with z9hG4bK".to_owned()),
        Some(true) => {}
    }
    if message.cseq().is_some_and(|(number, method)| method != "INVITE" || number >= 1 << 31) {
        return Some("CSeq is not that of an INVITE".to_owned());
    }
    if message.max_forwards().is_none() {
        return Some("Max-Forwards is no number".to_owned());
    }
    if message.request_uri().is_some_and(|uri| Uri::parse(&uri).is_some_and(|uri| uri.headers().next().is_some())) {
        return Some("Request-URI has headers".to_owned());
    }
    contact(message)
}

fn count(message: &Message<'_>, name: Name, written: &str) -> Option<String> {
    match message.all(name).count() {
        1 => None,
        0 => Some(format!("{written} is missing")),
        _ => Some(format!("{written} is there more than once")),
    }
}

/// A message that makes a dialog has one Contact, with a SIP URI.
pub fn contact(message: &Message<'_>) -> Option<String> {
    let fields = fields(message, Name::Contact);
    let values: Vec<&str> = fields.iter().flat_map(|field| split_values(field)).collect();
    match values.as_slice() {
        [] => Some("Contact is missing".to_owned()),
        [one] => {
            let scheme = NameAddr::parse(one).and_then(|one| Uri::parse(one.uri())).map(|uri| uri.scheme());
            let is_sip =
                scheme.is_some_and(|scheme| ["sip", "sips"].iter().any(|sip| scheme.eq_ignore_ascii_case(sip)));
            (!is_sip).then(|| format!("Contact is no SIP URI: {one}"))
        }
        _ => Some("Contact is there more than once".to_owned()),
    }
}

/// The fields with this name, in order.
fn fields<'m>(message: &'m Message<'_>, name: Name) -> Vec<Cow<'m, str>> {
    message.all(name).map(|field| field.value()).collect()
}

/// Are the values of these fields the same, one by one?
fn is_same(one: &[Cow<'_, str>], other: &[Cow<'_, str>], is_same: impl Fn(&str, &str) -> bool) -> bool {
    let [mut one, mut other] = [one, other].map(|fields| fields.iter().flat_map(|field| split_values(field)));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if is_same(one, other) => {}
            _ => return false,
        }
    }
}

/// Are these the Vias of the same hop: sent by the same node, with the same branch?
fn is_same_via(one: &str, other: &str) -> bool {
    let [asked, found] = [one, other].map(|via| {
        let mut parts = via.split(';').map(str::trim);
        let sent_by = parts.next().and_then(|first| first.split_whitespace().last()).unwrap_or_default();
        (sent_by, parts.find(|part| part.starts_with("branch=")).unwrap_or_default())
    });
    asked.0.eq_ignore_ascii_case(found.0) && asked.1 == found.1
}

/// The field in which a response does not follow the path of its request: the Vias, of which the first may have learned where the
/// request came from, the Record-Routes, and what names the transaction.
pub fn path_difference(request: &Message<'_>, response: &Message<'_>) -> Option<&'static str> {
    let asked = fields(request, Name::Via);
    // What is missing there is for rules on requests.
    let has_via = asked.iter().flat_map(|field| split_values(field)).next().is_some();
    if has_via && !is_same(&asked, &fields(response, Name::Via), is_same_via) {
        return Some("Via");
    }
    let [asked, found] = [request, response].map(|one| fields(one, Name::RecordRoute));
    if !is_same(&asked, &found, |one, other| one == other) {
        return Some("Record-Route");
    }
    let same = |name| {
        let [asked, found] = [request, response].map(|one| one.header(name));
        asked.is_none_or(|asked| found.is_some_and(|found| asked.trim() == found.trim()))
    };
    let has_from_tag = request.header(Name::From).is_some_and(|from| from.contains(";tag="));
    [(Name::CallId, "Call-ID"), (Name::CSeq, "CSeq"), (Name::From, "From")]
        .into_iter()
        .find(|(name, _)| !same(*name) && (*name != Name::From || has_from_tag))
        .map(|(_, written)| written)
}
