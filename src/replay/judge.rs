//! Is a message what the capture led to expect? Compared is what carries meaning: status, group identifiers, subject, who is
//! in, negotiated media, bodies. What must differ (tags, branches, addresses, times) and what may (other headers) is not.

use super::came::Came;
use super::identifiers::Identifiers;
use super::sip_template::SipTemplate;
use crate::session::{find_body, find_body_in, focus_contact, uri_key};
use crate::wire::media_type::MediaType;
use crate::wire::reason::Reason;
use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, split_values};
use crate::wire::{conference_info, cpim, imdn, msrp, resource_lists};

/// What was expected and what came.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Difference {
    /// `status`, `Contribution-ID`, `body`, …
    pub what: String,
    pub expected: String,
    pub got: String,
}

/// Longest value that is shown.
const MAX_SHOWN_CHARS: usize = 200;

fn differs(differences: &mut Vec<Difference>, what: &str, expected: impl AsRef<str>, got: impl AsRef<str>) {
    let (expected, got) = (expected.as_ref(), got.as_ref());
    if expected != got {
        let cut = |text: &str| match text.char_indices().nth(MAX_SHOWN_CHARS) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text.to_owned(),
        };
        differences.push(Difference { what: what.to_owned(), expected: cut(expected), got: cut(got) });
    }
}

/// Headers whose whole value matters.
const WHOLE: &[(Name, &str)] = &[
    (Name::ContributionId, "Contribution-ID"),
    (Name::ConversationId, "Conversation-ID"),
    (Name::InReplyToContributionId, "InReplyTo-Contribution-ID"),
    (Name::SessionReplaces, "Session-Replaces"),
    (Name::Subject, "Subject"),
];

/// Compares a SIP message with the captured one that it stands for.
pub fn sip(ids: &Identifiers, leg: usize, template: &SipTemplate, came: &Came<'_>) -> Vec<Difference> {
    let mut found = vec![];
    let (taken_apart, heard) = (template, came);
    let (template, came) = (&template.message, came.message);
    // Both 200 and 202 accept a subscription or a REFER (RFC 6665 §8.3.1 makes no difference any more).
    let status = |message: &Message<'_>| message.status().map(|status| if status == 202 { 200 } else { status });
    if status(template) != status(came) {
        let words = |message: &Message<'_>| status(message).map(|status| status.to_string()).unwrap_or_default();
        differs(&mut found, "status", words(template), words(came));
        // A refusal has nothing of an acceptance.
        return found;
    }
    for (name, words) in WHOLE {
        let Some(expected) = template.header(*name) else { continue };
        let got = came.header(*name).unwrap_or_default();
        differs(&mut found, words, ids.rewrite_text(leg, expected.trim()), got.trim());
    }
    let first_word = |message: &Message<'_>, name| {
        let value = message.header(name).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    };
    for (name, words) in [(Name::Event, "Event"), (Name::SubscriptionState, "Subscription-State")] {
        if template.header(name).is_some() {
            let (mut expected, mut got) = (first_word(template, name), first_word(came, name));
            // A subscription that stands may be called either way while it waits for the first state (RFC 6665 §4.1.3).
            for word in [&mut expected, &mut got] {
                if word == "pending" {
                    *word = "active".into();
                }
            }
            differs(&mut found, words, expected, got);
        }
    }
    if template.method() == Some("BYE") || template.method() == Some("CANCEL") {
        differs(&mut found, "Reason", cause(template), cause(came));
    }
    if let Some(expected) = template.header(Name::ReferTo) {
        let key = |value: &str| NameAddr::parse(value).map(|one| uri_key(one.uri())).unwrap_or_default();
        let got = came.header(Name::ReferTo).unwrap_or_default();
        differs(&mut found, "Refer-To", key(&ids.rewrite_text(leg, &expected)), key(&got));
    }
    if template.header(Name::Contact).is_some() {
        let word = |is_focus: bool| if is_focus { "isfocus" } else { "no isfocus" };
        differs(&mut found, "Contact", word(taken_apart.is_focus), word(focus_contact(came).is_some()));
    }
    media(taken_apart, heard, &mut found);
    bodies(ids, leg, template, came, &mut found);
    found
}

fn cause(message: &Message<'_>) -> String {
    let values: Vec<String> = message.all(Name::Reason).map(|field| field.value().into_owned()).collect();
    let causes = values.iter().flat_map(|value| Reason::parse(value)).filter_map(|reason| reason.cause);
    causes.map(|cause| cause.to_string()).collect::<Vec<_>>().join(", ")
}

fn media(template: &SipTemplate, came: &Came<'_>, found: &mut Vec<Difference>) {
    let Some(expected) = &template.media else { return };
    let Some(got) = came.media() else {
        return differs(found, "MSRP media", "m=message", "none");
    };
    let state = |refused: bool| if refused { "refused" } else { "accepted" };
    differs(found, "MSRP media", state(expected.port == Some(0)), state(got.port == Some(0)));
    let lists = |types: &[String]| types.iter().any(|kind| kind.eq_ignore_ascii_case(conference_info::MEDIA_TYPE));
    let word = |yes: bool| if yes { "conference-info" } else { "no conference-info" };
    differs(found, "accept-types", word(lists(&expected.accept_types)), word(lists(&got.accept_types)));
}

fn bodies(ids: &Identifiers, leg: usize, template: &Message<'_>, came: &Message<'_>, found: &mut Vec<Difference>) {
    if let Some(expected) = find_body(template, resource_lists::MEDIA_TYPE) {
        let got = find_body(came, resource_lists::MEDIA_TYPE).unwrap_or_default();
        differs(found, "recipients", recipients(&ids.rewrite(leg, expected)), recipients(got));
    }
    if let Some(expected) = find_body(template, conference_info::MEDIA_TYPE) {
        let got = find_body(came, conference_info::MEDIA_TYPE).unwrap_or_default();
        conference(&ids.rewrite(leg, expected), got, found);
    }
    if let Some(expected) = find_body(template, "message/sipfrag") {
        let line = |body: &[u8]| {
            String::from_utf8_lossy(body.split(|byte| *byte == b'\r').next().unwrap_or(body)).into_owned()
        };
        let code = |body: &[u8]| line(body).split(' ').nth(1).unwrap_or_default().to_owned();
        differs(found, "sipfrag", code(expected), code(find_body(came, "message/sipfrag").unwrap_or_default()));
    }
}

fn recipients(body: &[u8]) -> String {
    let Ok(list) = resource_lists::parse(body) else { return String::new() };
    let mut uris: Vec<String> = list.entries().filter_map(|entry| Some(uri_key(&entry.uri.as_ref()?.value))).collect();
    uris.sort();
    uris.join(" ")
}

/// Who is in, as two documents say.
fn conference(expected: &[u8], got: &[u8], found: &mut Vec<Difference>) {
    let Ok(expected) = conference_info::parse(expected) else { return };
    let Ok(got) = conference_info::parse(got) else {
        return differs(found, "conference-info", "a document", "none that can be read");
    };
    let text = |text: &Option<crate::wire::xml::Text>| text.as_ref().map(|text| text.value.clone()).unwrap_or_default();
    let count = |info: &conference_info::ConferenceInfo| {
        info.conference_state.as_ref().map(|state| text(&state.user_count)).unwrap_or_default()
    };
    differs(found, "user-count", count(&expected), count(&got));
    let subject = |info: &conference_info::ConferenceInfo| {
        info.description.as_ref().map(|description| text(&description.subject)).unwrap_or_default()
    };
    differs(found, "conference subject", subject(&expected), subject(&got));
    let users = |info: &conference_info::ConferenceInfo| {
        let rows = info.users.iter().flat_map(|users| &users.users).map(|user| {
            let status: Vec<String> = user.endpoints.iter().map(|endpoint| text(&endpoint.status)).collect();
            let state = if text(&user.state) == "deleted" { "deleted".into() } else { status.join("+") };
            format!("{} {state}", uri_key(&text(&user.entity)))
        });
        let mut rows: Vec<String> = rows.collect();
        rows.sort();
        rows.join(", ")
    };
    differs(found, "users", users(&expected), users(&got));
}

/// What an MSRP message is about, to tell which of the expected ones it may be.
pub fn class(message: &msrp::Message<'_>) -> String {
    let Some(content_type) = message.header("Content-Type").filter(|_| !message.body().is_empty()) else {
        return message.method().unwrap_or_default().to_owned();
    };
    let media_type = MediaType::parse(content_type.as_ref());
    let mut class = format!("{} {}", message.method().unwrap_or_default(), media_type.essence());
    if media_type.is("message/cpim")
        && let Ok(envelope) = cpim::parse_first_chunk(message.body())
        && let Some(inner) = envelope.content_headers.content_type()
    {
        class = format!("{} {}", message.method().unwrap_or_default(), inner.essence());
    }
    class
}

/// Compares an MSRP message, put together from its chunks, with the captured one that it stands for.
pub fn msrp(ids: &Identifiers, leg: usize, template: &msrp::Message<'_>, came: &msrp::Message<'_>) -> Vec<Difference> {
    let mut found = vec![];
    differs(&mut found, "content", class(template), class(came));
    if !found.is_empty() {
        return found;
    }
    if template.method() == Some("REPORT") {
        let status = |message: &msrp::Message<'_>| message.header("Status").unwrap_or_default().trim().to_owned();
        let code = |text: String| text.split_ascii_whitespace().nth(1).unwrap_or_default().to_owned();
        differs(&mut found, "Status", code(status(template)), code(status(came)));
        return found;
    }
    let content_type = template.header("Content-Type").unwrap_or_default();
    if let Some(expected) = find_body_in(&content_type, template.body(), conference_info::MEDIA_TYPE) {
        let got_type = came.header("Content-Type").unwrap_or_default();
        let got = find_body_in(&got_type, came.body(), conference_info::MEDIA_TYPE).unwrap_or_default();
        conference(&ids.rewrite(leg, expected), got, &mut found);
        return found;
    }
    if !MediaType::parse(content_type.as_ref()).is("message/cpim") {
        return found;
    }
    let (Ok(expected), Ok(got)) = (cpim::parse(template.body()), cpim::parse(came.body())) else {
        differs(&mut found, "CPIM", "a message", "none that can be read");
        return found;
    };
    let address = |mut list: Box<dyn Iterator<Item = cpim::Address> + '_>, rewritten: bool| {
        let uri = list.next().map(|address| address.uri).unwrap_or_default();
        uri_key(&if rewritten { ids.rewrite_text(leg, &uri) } else { uri })
    };
    differs(&mut found, "CPIM From", address(Box::new(expected.from()), true), address(Box::new(got.from()), false));
    differs(&mut found, "CPIM To", address(Box::new(expected.to()), true), address(Box::new(got.to()), false));
    if let Some(id) = expected.message_id() {
        differs(&mut found, "imdn.Message-ID", ids.rewrite_text(leg, &id), got.message_id().unwrap_or_default());
    }
    let inner = expected.content_headers.content_type();
    if inner.as_ref().is_some_and(|kind| kind.is("message/imdn+xml")) {
        let facts = |body: &[u8]| {
            let Ok(imdn) = imdn::parse(body) else { return String::new() };
            let status = imdn.notification.as_ref().map(|one| format!("{:?} {:?}", one.kind, one.status));
            format!("{} {}", imdn.message_id.map(|id| id.value).unwrap_or_default(), status.unwrap_or_default())
        };
        differs(&mut found, "IMDN", facts(&ids.rewrite(leg, expected.body())), facts(got.body()));
    } else if !inner.as_ref().is_some_and(|kind| kind.essence().ends_with("xml")) {
        let shown = |body: &[u8]| String::from_utf8_lossy(body).into_owned();
        if expected.body() != got.body() {
            let (expected, got) = (shown(expected.body()), shown(got.body()));
            let long = expected.len().max(got.len()) > MAX_SHOWN_CHARS;
            match long {
                true => differs(
                    &mut found,
                    "body",
                    format!("{} bytes", expected.len()),
                    format!("other {} bytes", got.len()),
                ),
                false => differs(&mut found, "body", expected, got),
            }
        }
    }
    found
}

/// How well a request outside a dialog fits the one that a step expects; `None`: not at all.
pub fn fit(ids: &Identifiers, leg: usize, template: &Message<'_>, came: &Message<'_>) -> Option<u32> {
    if template.method() != came.method() {
        return None;
    }
    let key = |message: &Message<'_>, name, rewritten: bool| {
        let value = message.header(name).unwrap_or_default();
        let value = if rewritten { ids.rewrite_text(leg, &value) } else { value.into_owned() };
        let address = split_values(&value).find_map(NameAddr::parse);
        address.map(|address| uri_key(address.uri())).unwrap_or_default()
    };
    let same = |name| key(template, name, true) == key(came, name, false);
    let mut score = 1;
    // To whom it is matters most: another participant's invitation must not be taken.
    score += if same(Name::To) { 8 } else { 0 };
    score += if same(Name::From) { 4 } else { 0 };
    if let Some(expected) = template.header(Name::ContributionId) {
        let same =
            came.header(Name::ContributionId).is_some_and(|got| got.trim() == ids.rewrite_text(leg, expected.trim()));
        score += if same { 2 } else { 0 };
    }
    let event = |message: &Message<'_>| {
        message.header(Name::Event).map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    };
    (event(template) == event(came)).then_some(score)
}

#[cfg(test)]
mod tests {
    use super::super::fresh::Fresh;
    use super::super::identifiers::Scope;
    use super::super::originals::Originals;
    use super::*;

    #[test]
    fn what_must_differ_does_not_count_and_what_matters_does() {
        let template = "SIP/2.0 200 OK\r\nTo: <sip:a@b>;tag=1\r\nCall-ID: x\r\nContribution-ID: contribution-1\r\nSubject: Tea\r\n\r\n";
        let came = "SIP/2.0 200 Fine\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: y\r\nContribution-ID: contribution-9\r\nSubject: Coffee\r\n\r\n";
        let [template, came] = [template, came].map(|text| Message::parse(text.as_bytes()).unwrap());
        let originals = Originals::new(["contribution-1".to_owned()], vec![]);
        let template = SipTemplate::new(template, &originals);
        let mut ids = Identifiers::new(originals.into(), 1, vec![], Fresh::default());
        ids.learn(Scope::Everywhere, "contribution-1", "contribution-9");
        let found = sip(&ids, 0, &template, &Came::new(&came));
        let expected = Difference { what: "Subject".into(), expected: "Tea".into(), got: "Coffee".into() };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn who_is_in_is_compared() {
        let document = |count: u32, status: &str| {
            format!(
                "<conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" entity=\"sip:c@x\"><conference-state>\
                 <user-count>{count}</user-count></conference-state><users><user entity=\"sip:a@x\"><endpoint entity=\"sip:a@x\">\
                 <status>{status}</status></endpoint></user></users></conference-info>"
            )
        };
        let mut found = vec![];
        conference(document(3, "connected").as_bytes(), document(2, "pending").as_bytes(), &mut found);
        assert_eq!(found.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(), ["user-count", "users"]);
    }
}
