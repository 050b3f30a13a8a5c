use super::extended::extended;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The INVITE that extends a 1-1 session has the InReplyTo-Contribution-ID of that session, if it had one.
    ///
    /// ## Why it matters
    /// The message store shows the group as an answer to something else.
    ///
    /// ## Example
    /// The 1-1 session has `InReplyTo-Contribution-ID: Z`, the INVITE that extends it none: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3, Appendix C
    /// One that the 1-1 session did not have is a note: the sentence can be read in two ways.
    pub CPM_INVITE_EXTEND_INREPLYTO: Error = "cpm-invite-extend-inreplyto", ["5.2.3-10-inreplyto"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3-10-inreplyto";
    for one in extended(case, judge, statement) {
        let (expected, found) =
            (one.value(Name::InReplyToContributionId), one.invitation.value(Name::InReplyToContributionId));
        let place = one.invitation.place(Name::InReplyToContributionId);
        match (expected, found) {
            (Some(expected), found) if found.as_ref() != Some(&expected) => {
                let found = found.unwrap_or_else(|| "missing".to_owned());
                let message =
                    format!("extension INVITE InReplyTo-Contribution-ID is {found}, the 1-1 INVITE had {expected}");
                judge.fail(statement, place, message).expected(expected);
            }
            (None, Some(found)) => {
                let message =
                    format!("extension INVITE has InReplyTo-Contribution-ID {found}, the 1-1 INVITE had none");
                judge.remark(statement, Severity::Note, place, message);
            }
            _ => judge.pass(statement),
        }
    }
}
