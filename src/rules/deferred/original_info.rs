use super::original::deferred;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A deferred INVITE tells of the group what the focus's invitation told: its subject, and the session that it goes on
    /// from.
    ///
    /// ## Why it matters
    /// The client shows a group without its name.
    ///
    /// ## Example
    /// The focus's INVITE has `Subject: Weekend plans`, the deferred INVITE has none: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    ///
    /// After a change of the subject by a participant the new one is accepted. The clause does not list the fields; others
    /// are not judged.
    pub CPM_DEFERRED_INVITE_ORIGINAL_INFO: Warning = "cpm-deferred-invite-original-info", ["5.2.3.4.1.1-a.ii-info"], check;
}

const FIELDS: [(Name, &str); 2] =
    [(Name::Subject, "Subject"), (Name::InReplyToContributionId, "InReplyTo-Contribution-ID")];

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-a.ii-info";
    for one in deferred(case) {
        let Some(original) = one.invitation(case) else { continue };
        // A subject that was changed since is the better one.
        let differs = |(name, _): &&(Name, &str)| {
            let (was, is) = (original.value(*name), one.invite.value(*name));
            was != is && (*name != Name::Subject || is.is_none() || case.timeline.group_data.is_empty())
        };
        let lost = FIELDS.iter().find(differs);
        let message = || {
            let (name, written) = lost.unwrap_or(&FIELDS[0]);
            let found = one.invite.value(*name);
            let found = found.map_or("missing".to_owned(), |found| format!("“{found}”"));
            format!("{written} of the deferred INVITE to {} is {found}", one.invite.user())
        };
        let place = one.invite.place(lost.map_or(Name::Subject, |(name, _)| *name));
        let finding = judge.expect(statement, lost.is_none(), place, message);
        let expected = lost.and_then(|(name, _)| original.value(*name)).unwrap_or_else(|| "none".to_owned());
        finding.into_iter().for_each(|finding| _ = finding.expected(expected.as_str()).also(original.id));
    }
}
