use crate::rules::invite::invitation::{Purpose, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A re-join carries what the session had: the subject and the InReplyTo-Contribution-ID, if it has them at all, are
    /// those of the session.
    ///
    /// ## Why it matters
    /// The focus, and the store, file the session under other names.
    ///
    /// ## Example
    /// The group was made with `Subject: Holidays`, and the re-join has `Subject: Work`: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4
    ///
    /// Conversation-ID and Contribution-ID are for rules of their own.
    pub CPM_REJOIN_HEADERS_FROM_SESSION_INFO: Error = "cpm-rejoin-headers-from-session-info", ["5.2.1.4-A.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.4-A.a";
    let all = case.invitations();
    let is_changed = case.timeline.group_data.iter().any(|request| request.target.as_deref() == Some("subject"));
    for one in all.iter().filter(|one| one.purpose == Purpose::Rejoin) {
        let Some(origin) = originating(all, one.id) else {
            judge.undecided(statement, "needs the session before the re-join");
            continue;
        };
        let pairs = [(Name::Subject, "Subject"), (Name::InReplyToContributionId, "InReplyTo-Contribution-ID")];
        let differs = pairs.into_iter().find_map(|(name, written)| {
            let (wanted, found) = (origin.value(name)?, one.value(name)?);
            let is_meant = wanted == found || name == Name::Subject && is_changed;
            (!is_meant).then_some((name, written, wanted, found))
        });
        match differs {
            Some((name, written, wanted, found)) => {
                let what = format!("{written} {found} of the re-join is not that of the session");
                let finding = judge.remark(statement, Severity::Warning, one.place(name), what);
                finding.expected(wanted).found(found).also(origin.id);
            }
            None => judge.pass(statement),
        }
    }
}
