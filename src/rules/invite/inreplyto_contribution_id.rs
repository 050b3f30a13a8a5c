use super::invitation::{Clauses, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// An InReplyTo-Contribution-ID is one value that is not the own Contribution-ID; the invitations of the focus repeat that of the INVITE which made
    /// the group, and have none where that had none.
    ///
    /// ## Why it matters
    /// The message store shows the session as an answer to something else.
    ///
    /// ## Example
    /// `InReplyTo-Contribution-ID` with the value of the `Contribution-ID` of the same INVITE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 7.2.3, Appendix C
    /// Whether a session is an answer is up to the user: it may be left out. One that the focus adds of its own is a warning.
    pub CPM_INVITE_INREPLYTO_CONTRIBUTION_ID: Error = "cpm-invite-inreplyto-contribution-id", ["5.2.1.1-11", "5.2.1.2-9", "7.2.3-12.s3"], check;
}

const CLAUSES: Clauses = Clauses {
    ad_hoc: Some("5.2.1.1-11"),
    pre_defined: Some("5.2.1.2-9"),
    invitation: Some("7.2.3-12.s3"),
    ..Clauses::NONE
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    let all = case.invitations();
    for one in all {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let values = one.values(Name::InReplyToContributionId);
        let place = one.place(Name::InReplyToContributionId);
        let own = one.value(Name::ContributionId);
        match values.as_slice() {
            [] => {}
            [value] if !value.is_empty() && Some(value) != own.as_ref() => {
                if !one.is_from_focus() {
                    judge.pass(statement);
                }
            }
            _ => {
                let found = values.join(", ");
                judge.fail(statement, place, format!("InReplyTo-Contribution-ID {found} names no other contribution"));
                continue;
            }
        }
        let Some(origin) = originating(all, one.id).filter(|_| one.is_from_focus()) else { continue };
        let (expected, found) = (origin.value(Name::InReplyToContributionId), values.first());
        match (expected, found) {
            (Some(expected), found) if found != Some(&expected) => {
                let message =
                    format!("INVITE to {} does not repeat the InReplyTo-Contribution-ID {expected}", one.user());
                judge.fail(statement, place, message).expected(expected).also(origin.id);
            }
            (None, Some(found)) => {
                let message = format!(
                    "INVITE to {} has the InReplyTo-Contribution-ID {found}, the INVITE that makes the group has none",
                    one.user()
                );
                judge.remark(statement, Severity::Warning, place, message).also(origin.id);
            }
            _ => judge.pass(statement),
        }
    }
}
