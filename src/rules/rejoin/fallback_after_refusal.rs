use super::fallback::{FALLBACK_SECONDS, refusals};
use crate::rules::invite::invitation::{Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// After its re-join was refused, a client makes a new group, or lets it be; calling the same focus again leads nowhere.
    ///
    /// ## Why it matters
    /// The focus has just said no.
    ///
    /// ## Example
    /// A re-join is answered with 404, and ten seconds later the same INVITE goes to the same address: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4
    pub CPM_REJOIN_FALLBACK_AFTER_REFUSAL: Note = "cpm-rejoin-fallback-after-refusal", ["5.2.1.4-err-new"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.4-err-new";
    for refused in refusals(case) {
        let again = case.invitations().iter().find(|other| {
            other.purpose == Purpose::Rejoin
                && other.id > refused.id
                && refused.leg.answered.is_some_and(|(answer, _)| answer < other.id)
                && same_user(other.user(), refused.user())
                && other.leg.request_uri.as_ref().map(|uri| &uri.key)
                    == refused.leg.request_uri.as_ref().map(|uri| &uri.key)
                && case.seconds_between(refused.id, other.id) <= FALLBACK_SECONDS
        });
        match again {
            Some(again) => {
                let what = format!("{} calls the focus again that has just refused it", refused.user());
                judge.remark(statement, Severity::Note, again.start_line(), what).also(refused.id);
            }
            None => judge.pass(statement),
        }
    }
}
