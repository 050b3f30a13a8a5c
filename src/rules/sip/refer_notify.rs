use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::MessageId;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// Whoever accepts a REFER tells by NOTIFY with a `message/sipfrag` how it goes.
    ///
    /// ## Why it matters
    /// Who asked for a participant does not learn whether it came.
    ///
    /// ## Example
    /// REFER, `202 Accepted`, and no NOTIFY: broken.
    ///
    /// ## Source
    /// RFC 3515 §2.4.4, §2.4.5; RFC 4488
    /// With `Refer-Sub: false` or `norefersub` there is none. Silent where packets are missing, and where capture or dialog end within the deadline.
    pub SIP_REFER_NOTIFY: Error = "sip-refer-notify", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.sip_transaction;
    for referral in case.timeline.referrals.iter().filter(|_| !case.lossy) {
        let Some((answer, 200..=299)) = referral.answered else { continue };
        if referral.progress.is_empty() {
            let goes_without = |id: MessageId| {
                let Some(message) = case.sip(id) else { return true };
                let has = |name: Name, word: &str| {
                    message.all(name).any(|field| field.value().to_ascii_lowercase().contains(word))
                };
                has(Name::ReferSub, "false") || has(Name::Require, "norefersub") || has(Name::Supported, "norefersub")
            };
            let ends =
                case.legs().filter(|(_, leg)| leg.messages.contains(&referral.at)).filter_map(|(_, leg)| leg.ended);
            let stays = ends.into_iter().all(|(bye, _)| case.seconds_between(answer, bye) > wait);
            if !goes_without(referral.at)
                && !goes_without(answer)
                && stays
                && case.seconds_captured_after(answer) > wait
            {
                judge
                    .report(Actor::ControllingFunction, answer, "no NOTIFY tells how the REFER goes")
                    .also(referral.at);
            }
        }
    }
}
