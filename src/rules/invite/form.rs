//! What every INVITE and every 200 to it has (RFC 3261 §8.1.1, §8.2.6, §12.1), whoever sends it.

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
    let fields: Vec<String> = message.all(Name::Contact).map(|field| field.value().into_owned()).collect();
    let values: Vec<&str> = fields.iter().flat_map(|field| split_values(field)).collect();
    match values.as_slice() {
        [] => Some("Contact is missing".to_owned()),
        [one] => {
            let scheme =
                NameAddr::parse(one).and_then(|one| Uri::parse(one.uri()).map(|uri| uri.scheme().to_ascii_lowercase()));
            let is_sip = scheme.is_some_and(|scheme| scheme == "sip" || scheme == "sips");
            (!is_sip).then(|| format!("Contact is no SIP URI: {one}"))
        }
        _ => Some("Contact is there more than once".to_owned()),
    }
}

/// The values of all fields with this name, in order.
fn values(message: &Message<'_>, name: Name) -> Vec<String> {
    let fields: Vec<String> = message.all(name).map(|field| field.value().into_owned()).collect();
    fields.iter().flat_map(|field| split_values(field)).map(str::to_owned).collect()
}

/// The field in which a response does not follow the path of its request: the Vias, of which the first may have learned where the
/// request came from, the Record-Routes, and what names the transaction.
pub fn path_difference(request: &Message<'_>, response: &Message<'_>) -> Option<&'static str> {
    let essence = |via: &String| -> (String, String) {
        let branch = via.split(';').find(|param| param.trim_start().starts_with("branch=")).unwrap_or_default();
        let sent_by = via.split(';').next().unwrap_or_default().split_whitespace().last().unwrap_or_default();
        (sent_by.to_ascii_lowercase(), branch.trim().to_owned())
    };
    let vias =
        |message: &Message<'_>| -> Vec<(String, String)> { values(message, Name::Via).iter().map(essence).collect() };
    let asked = vias(request);
    // What is missing there is for rules on requests.
    if !asked.is_empty() && asked != vias(response) {
        return Some("Via");
    }
    if values(request, Name::RecordRoute) != values(response, Name::RecordRoute) {
        return Some("Record-Route");
    }
    let same = |name| {
        let [asked, found] = [request, response].map(|one| one.header(name).map(|value| value.trim().to_owned()));
        asked.is_none() || asked == found
    };
    let has_from_tag = request.header(Name::From).is_some_and(|from| from.contains(";tag="));
    [(Name::CallId, "Call-ID"), (Name::CSeq, "CSeq"), (Name::From, "From")]
        .into_iter()
        .find(|(name, _)| !same(*name) && (*name != Name::From || has_from_tag))
        .map(|(_, written)| written)
}
