use crate::rules::pf::hop::is_alone;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Subscription;
use crate::timeline::Channel;

rule! {
    /// ## What it checks
    /// Right after an MSRP session stands, a participant who takes conference-info over MSRP is sent a document.
    ///
    /// ## Why it matters
    /// Until then the participant does not know who else is there.
    ///
    /// ## Example
    /// A participant joins, chats, and is sent the first conference-info when the next one leaves: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1 (5.2.6.1-est); RFC 4975 §7.1
    /// Who has a subscription is told by NOTIFY instead. The content of the document is judged by the rules of conference-info.
    pub CPM_CINFO_MSRP_INITIAL: Error = "cpm-cinfo-msrp-initial", ["5.2.6.1-est"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let id = "5.2.6.1-est";
    let wait = case.profile.timings.first_conference_info;
    for stream in case.streams().iter().filter(|stream| stream.leg.media.conference_info_applicable()) {
        // What a function delivers late need not be about the participants. Where functions are on the way, one leg alone is such a
        // delivery, or its other leg was not captured.
        if is_alone(case, stream.leg) {
            continue;
        }
        let (Some(participant), Some(_), Some(_)) = (stream.participant, stream.leg.established, stream.focus_end)
        else {
            continue;
        };
        let key = &case.timeline.participants[participant].identity.key;
        let subscribes =
            |one: &Subscription| one.tells_who_is_in() && one.subscriber.as_ref().is_some_and(|who| who.key == *key);
        if case.subscriptions().any(|(_, one)| subscribes(one)) {
            continue;
        }
        let uri = case.uri(participant);
        let channel = Channel::Msrp(stream.msrp_index);
        // Behind a participating function the document is counted on the hop nearest to the client.
        let to_it = case.documents().iter().filter(|document| document.to() == Some(participant));
        let first = to_it.map(|document| document.message).find(|&message| message > stream.msrp.first);
        let is_nearest = case.documents().iter().any(|document| document.notification.channel == channel);
        let start = stream.msrp.first;
        match first {
            Some(first) if case.seconds_between(start, first) <= wait => judge.pass(id),
            _ if case.lossy || case.seconds_captured_after(start) < wait => {
                judge.undecided(id, format!("needs the MSRP session with {uri}"));
            }
            _ if stream.leg.ended.is_some_and(|(bye, _)| case.seconds_between(start, bye) < wait) => {
                judge.undecided(id, format!("needs more time of the MSRP session with {uri}"));
            }
            Some(first) if is_nearest => {
                let late = case.seconds_between(start, first);
                judge
                    .fail(
                        id,
                        first,
                        format!("the first conference-info for {uri} came {late:.0} s after its MSRP session"),
                    )
                    .also(start);
            }
            Some(_) => {}
            None => _ = judge.fail(id, start, format!("no conference-info SEND after MSRP set-up with {uri}")),
        }
    }
}
