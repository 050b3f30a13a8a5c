use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};
use crate::wire::MessageId;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// Each NOTIFY of a conference subscription has one Subscription-State, which is `active`, `pending` or `terminated`, and none
    /// follows one that is `terminated`.
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
    /// OMA CPM 9.2.14.3; RFC 6665 §4.1.3, §4.2.2, §8.2.3. The route of the NOTIFY is not judged.
    pub CPM_NOTIFY_RFC6665: Error = "cpm-notify-rfc6665", ["9.2.14.3-n-0.s2", "9.2.14.3-n-send"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    let id = "9.2.14.3-n-0.s2";
    for (_, subscription) in case.subscriptions().filter(|(_, one)| one.tells_who_is_in()) {
        let mut terminated: Option<(MessageId, u32, String)> = None;
        for &notify in &subscription.notifies {
            let raw = &case.messages()[notify];
            let (Some(summary), Some(message)) = (raw.sip(), case.sip(notify)) else { continue };
            let event = message.header(Name::Event).unwrap_or_default().trim().to_owned();
            let is_conference =
                event.split(';').next().is_some_and(|one| one.trim().eq_ignore_ascii_case("conference"));
            if !is_conference || raw.incomplete {
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
            } else {
                judge.pass(id);
            }
            if word == "terminated" && terminated.is_none() {
                terminated = Some((notify, summary.cseq, event));
            }
        }
    }
}
