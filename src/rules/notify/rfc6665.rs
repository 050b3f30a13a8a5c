use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};
use crate::session::{Identity, Subscription};
use crate::wire::MessageId;
use crate::wire::sip::{Method, Name};
use crate::wire::uri::Uri;

rule! {
    /// ## What it checks
    /// Each NOTIFY of a conference subscription goes to the Contact of the subscriber, has the Event that was subscribed to, and one Subscription-State, which is
    /// `active`, `pending` or `terminated`, and none follows one that is `terminated`, or was answered with 481.
    ///
    /// ## Why it matters
    /// A subscriber cannot tell whether its subscription stands, and refuses a NOTIFY of one that does not with 481.
    ///
    /// ## Example
    /// ```text
    /// Subscription-State: alive                    (broken)
    /// Subscription-State: active;expires=3600
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 6665 §4.1.3, §4.2.2, §8.2.3; RFC 3261 §12.2.1.1. The route of the NOTIFY is not judged, nor where it goes when packets are
    /// missing, or when the user is right and the host an address: a proxy at a NAT changes that.
    pub CPM_NOTIFY_RFC6665: Error = "cpm-notify-rfc6665", ["9.2.14.3-n-0.s2", "9.2.14.3-n-send"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let id = "9.2.14.3-n-0.s2";
    for (_, subscription) in case.subscriptions().filter(|(_, one)| one.tells_who_is_in()) {
        let call = &case.sessions().calls[subscription.call];
        let own =
            call.transactions.iter().filter(|one| one.method == Method::Notify && one.from_tag == subscription.to_tag);
        let answers = own.filter_map(|one| one.final_response("", case.messages()));
        let gone = answers.filter(|(_, status)| *status == 481).map(|(answer, _)| answer).min();
        let contacts = contacts(case, subscription);
        let mut terminated: Option<(MessageId, u32, String)> = None;
        for &notify in &subscription.notifies {
            let raw = &case.messages()[notify];
            let (Some(summary), Some(message)) = (raw.sip(), case.sip(notify)) else { continue };
            let event = message.header(Name::Event).unwrap_or_default().trim().to_owned();
            let is_conference = package(&event).eq_ignore_ascii_case("conference");
            if raw.incomplete || event.is_empty() {
                continue;
            }
            if !is_conference {
                if !has_asked(case, subscription, package(&event)) {
                    let place = Place::header(notify, &message, Name::Event);
                    judge.fail(id, place, format!("NOTIFY has the Event {event}, which nobody has subscribed to"));
                }
                continue;
            }
            let states: Vec<_> = message.all(Name::SubscriptionState).collect();
            let [state] = states.as_slice() else {
                judge.fail(id, notify, format!("NOTIFY has {} Subscription-State headers, expected one", states.len()));
                continue;
            };
            let value = state.value();
            let word = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let place = Place { message: notify, range: Some(state.span.value.range()) };
            let earlier = terminated.as_ref().filter(|(_, cseq, of)| *cseq < summary.cseq && *of == event);
            if !matches!(word.as_str(), "active" | "pending" | "terminated") {
                judge.fail(id, place, format!("NOTIFY has the Subscription-State {word}")).found(value);
            } else if let Some((end, ..)) = earlier {
                judge.fail(id, place, "NOTIFY follows one that terminated the subscription").also(*end);
            } else if let Some(gone) =
                gone.filter(|&gone| gone < notify && case.seconds_between(gone, notify) > CROSSING_SECONDS)
            {
                judge.fail(id, notify, "NOTIFY follows one that was answered with 481").also(gone);
            } else if let Some(found) =
                message.request_uri().filter(|uri| !case.lossy && is_elsewhere(case, uri, &contacts))
            {
                let place = Place::start_line(notify, &message);
                let finding =
                    judge.fail(id, place, format!("NOTIFY to {found}, which is no Contact of the subscriber"));
                finding.expected(contacts.join(" or "));
            } else {
                judge.pass(id);
            }
            if word == "terminated" && terminated.is_none() {
                terminated = Some((notify, summary.cseq, event));
            }
        }
    }
}

/// The Contacts that the subscriber has given, as written, each once.
fn contacts(case: &Case<'_>, subscription: &Subscription) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for &id in &subscription.messages {
        let Some(summary) = case.messages()[id].sip() else { continue };
        // It sends all requests but NOTIFY, and the responses to that.
        if summary.is_request == (summary.method == Method::Notify) {
            continue;
        }
        // Who moves so often is not followed.
        if found.len() > MAX_CONTACTS {
            return Vec::new();
        }
        let message = case.sip(id);
        let contact = message.as_ref().and_then(|message| Identity::of_header(message, Name::Contact));
        found.extend(contact.map(|contact| contact.uri).filter(|uri| !found.contains(uri)));
    }
    found
}

/// Contacts of one subscriber that are told apart.
const MAX_CONTACTS: usize = 100;

/// Is a URI none of the Contacts, nor what a NAT makes of one?
fn is_elsewhere(case: &Case<'_>, uri: &str, contacts: &[String]) -> bool {
    if contacts.is_empty() || contacts.iter().any(|contact| contact == uri || case.key(contact) == case.key(uri)) {
        return false;
    }
    let Some(parsed) = Uri::parse(uri) else { return true };
    let is_users = |contact: &String| Uri::parse(contact).is_some_and(|contact| contact.user() == parsed.user());
    !parsed.has_address() || !contacts.iter().any(is_users)
}

/// The event package, without parameters.
fn package(event: &str) -> &str {
    event.split(';').next().unwrap_or_default().trim()
}

/// Did a SUBSCRIBE in the dialog ask for this package, or a REFER for what it brings?
fn has_asked(case: &Case<'_>, subscription: &Subscription, wanted: &str) -> bool {
    let dialog = &case.sessions().calls[subscription.call].transactions;
    let requests = dialog.iter().filter_map(|one| Some((one.method, one.request()?)));
    let mut packages = requests.filter_map(|(method, id)| match method {
        Method::Refer => Some("refer".to_owned()),
        Method::Subscribe => Some(package(&case.sip(id)?.header(Name::Event)?).to_owned()),
        _ => None,
    });
    packages.any(|package| package.eq_ignore_ascii_case(wanted))
}

/// The answer and the next NOTIFY may cross.
const CROSSING_SECONDS: f64 = 0.5;
