use hashbrown::HashMap;

use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity, Stream};
use crate::timeline::{Channel, Source};
use crate::wire::conference_info::MEDIA_TYPE;

rule! {
    /// ## What it checks
    /// conference-info goes over MSRP only where the SDP of both sides lists its type, and where the participant has no subscription.
    ///
    /// ## Why it matters
    /// A client that did not ask for the type refuses the message with 415, or shows XML as a chat message.
    ///
    /// ## Example
    /// ```text
    /// a=accept-types:message/cpim                                       conference-info over MSRP is broken
    /// a=accept-types:message/cpim application/conference-info+xml       right, when the other side lists it, too
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4975 §8.6. A `*` in place of the type is a note. Documents over both transports are a warning, where
    /// NOTIFYs before and after show that the subscription stood; the first one after the set-up is right (5.2.6.1).
    pub CPM_CINFO_MSRP_NOT_NEGOTIATED: Error = "cpm-cinfo-msrp-not-negotiated", ["9.2.14.3-m-0.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let id = "9.2.14.3-m-0.s2";
    let streams: HashMap<u32, &Stream<'_>> = case.streams().iter().map(|one| (one.msrp_index, one)).collect();
    let mut subscribed: HashMap<usize, Vec<_>> = HashMap::new();
    for observer in case.timeline.observers.iter().filter(|observer| observer.source == Source::Notify) {
        if let (Some(who), [first, .., last]) = (observer.who, observer.told.as_slice()) {
            let end = observer.ended.map_or(last.at, |ended| ended.min(last.at));
            subscribed.entry(who).or_default().push((first.at, end));
        }
    }
    for document in case.documents().iter() {
        let Channel::Msrp(index) = document.notification.channel else { continue };
        let sides = streams.get(&index).map(|stream| (&stream.leg.media.caller, &stream.leg.media.callee));
        let Some((Some(caller), Some(callee))) = sides else {
            judge.undecided(id, "needs offer and answer of the leg");
            continue;
        };
        let names = [("offer", caller), ("answer", callee)];
        if names.iter().any(|(_, media)| media.accept_types.is_empty()) {
            judge.undecided(id, "needs the accept-types of both sides");
            continue;
        }
        let lists = |types: &[String], what: &str| types.iter().any(|kind| kind.eq_ignore_ascii_case(what));
        let unlisted = || names.iter().filter(|(_, media)| !lists(&media.accept_types, MEDIA_TYPE));
        let to = document.to().map_or("a participant", |who| case.uri(who));
        let spans = document.to().and_then(|who| subscribed.get(&who)).into_iter().flatten();
        let is_subscribed = spans.into_iter().any(|(from, until)| (*from..*until).contains(&document.message));
        if let Some((side, media)) = unlisted().find(|(_, media)| !lists(&media.accept_types, "*")) {
            judge
                .fail(
                    id,
                    document.message,
                    format!("conference-info is sent to {to} over MSRP although the {side} does not accept it"),
                )
                .expected(MEDIA_TYPE)
                .found(media.accept_types.join(" "));
        } else if let Some((side, _)) = unlisted().next() {
            let text = format!("conference-info is sent to {to} over MSRP, which the {side} accepts only by *");
            judge.remark(id, Severity::Note, document.message, text);
        } else if is_subscribed && document.number > 0 {
            let text = format!("conference-info is sent to {to} over MSRP although its subscription is active");
            judge.remark(id, Severity::Warning, document.message, text);
        } else {
            judge.pass(id);
        }
    }
}
