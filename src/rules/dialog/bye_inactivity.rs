use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::reason::Reason;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A session in which nobody writes for the time that the network sets is ended by the focus with the cause 480, and not
    /// before.
    ///
    /// ## Why it matters
    /// Ended too early, it tears a conversation apart; with another cause, clients do not know that they can come back.
    ///
    /// ## Example
    /// The profile has `inactivity-seconds = 600`, and the focus ends the session with 480 five seconds after a message: a
    /// warning.
    ///
    /// ## Source
    /// OMA CPM 5.2, 5.2.3.3
    pub CPM_BYE_INACTIVITY_480: Warning = "cpm-bye-inactivity-480", ["5.2-4.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-4.a";
    let Some(limit) = case.profile.policy.inactivity_seconds else {
        if case.is_group() {
            judge.undecided(statement, "needs policy.inactivity-seconds in the profile");
        }
        return;
    };
    for (_, leg) in case.legs().filter(|_| case.is_group()) {
        let (Some((bye, _)), Some(up)) = (leg.ended, leg.established) else { continue };
        if leg.ended_by() != Some("focus") {
            continue;
        }
        let Some(message) = case.sip(bye).filter(|_| !case.messages()[bye].incomplete) else { continue };
        let cause =
            message.all(Name::Reason).find_map(|field| Reason::parse(&field.value()).find_map(|one| one.sip_status()));
        let sent = case.timeline.messages.iter().map(|message| message.sent).filter(|&sent| sent < bye);
        let last = sent.max().unwrap_or(up).max(up);
        let quiet = case.seconds_between(last, bye);
        if cause == Some(480) {
            let what = || format!("the focus ended the session for inactivity {quiet:.0} s after the last message");
            let kept = quiet + TOLERANCE_SECONDS >= limit;
            let finding = judge.expect(statement, kept, bye, what);
            finding.into_iter().for_each(|finding| _ = finding.expected(format!("{limit:.0} s")).also(last));
        }
    }
}

/// Messages that were not captured, and clocks, move the moment a little.
const TOLERANCE_SECONDS: f64 = 2.0;
