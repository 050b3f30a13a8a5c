use super::invitation::{Clauses, Purpose, originating, session_replaces};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The INVITE has one Contribution-ID: a new one of who makes or joins a group, that of the INVITE which made the group in the invitations of the
    /// focus.
    ///
    /// ## Why it matters
    /// The legs of a group are known as one session by nothing else, in the message store and in every log.
    ///
    /// ## Example
    /// An INVITE to the conference factory without Contribution-ID: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.3, 7.2.3, Appendix C
    ///
    /// Whether a value is new can be seen where another session of the capture had it before. Functions on the way repeat it, and so do retries in the
    /// same call. Who was added by REFER is invited with the value of the group.
    pub CPM_INVITE_CONTRIBUTION_ID: Error = "cpm-invite-contribution-id", ["5.2.1.1-10", "5.2.1.2-8", "5.2.1.3-9", "5.2.3-10-contribution", "7.2.3-12.s2"], check;
}

const CLAUSES: Clauses = Clauses {
    ad_hoc: Some("5.2.1.1-10"),
    pre_defined: Some("5.2.1.2-8"),
    join_in: Some("5.2.1.3-9"),
    extension: Some("5.2.3-10-contribution"),
    invitation: Some("7.2.3-12.s2"),
    ..Clauses::NONE
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    let all = case.invitations();
    for one in all.iter().filter(|one| !one.is_deferred(case)) {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let values = one.values(Name::ContributionId);
        let place = one.place(Name::ContributionId);
        let value = match values.as_slice() {
            [value] if !value.is_empty() => value,
            [] => {
                judge.fail(statement, place, "INVITE has no Contribution-ID");
                continue;
            }
            _ => {
                judge.fail(
                    statement,
                    place,
                    format!("INVITE Contribution-ID is empty or repeated: {}", values.join(", ")),
                );
                continue;
            }
        };
        let replaced = one.recipients().iter().find_map(|uri| session_replaces(uri));
        if one.purpose == Purpose::Extension && replaced.as_ref() == Some(value) {
            let message = format!("INVITE Contribution-ID {value} is that of the session which is extended");
            judge.fail(statement, place, message).expected("a new one");
            continue;
        }
        let origin = originating(all, one.id).filter(|_| one.is_from_focus());
        let expected = origin.and_then(|origin| origin.value(Name::ContributionId));
        match (origin, expected) {
            (Some(origin), Some(expected)) if expected != *value => {
                let message = format!(
                    "INVITE to {} has another Contribution-ID than the INVITE that makes the group",
                    one.user()
                );
                judge.fail(statement, place, message).expected(expected).found(value).also(origin.id);
            }
            _ => judge.pass(statement),
        }
    }
}
