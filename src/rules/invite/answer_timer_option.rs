use super::answer::of_focus;
use super::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The 200 of the focus has `Require: timer` and `Supported: timer`.
    ///
    /// ## Why it matters
    /// A client that does not see them does not refresh the session.
    ///
    /// ## Example
    /// A 200 without `Require: timer`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 4028 §9
    /// Only where the INVITE supports timers.
    pub CPM_200_TIMER_OPTION: Error = "cpm-200-timer-option", ["5.2.5-9.iii.1.e.s3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.iii.1.e.s3";
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose != Purpose::Rejoin) {
        if !answer.invitation.values(Name::Supported).join(",").to_ascii_lowercase().contains("timer") {
            continue;
        }
        let missing = [(Name::Require, "Require"), (Name::Supported, "Supported")]
            .into_iter()
            .find(|(name, _)| !answer.has_tag(*name, "timer"));
        let place = answer.place(missing.map_or(Name::Require, |(name, _)| name));
        let message = || format!("200 lacks {}: timer", missing.map_or("", |(_, written)| written));
        judge.expect(statement, missing.is_none(), place, message);
    }
}
