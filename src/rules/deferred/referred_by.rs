use super::original::deferred;
use crate::rules::invite::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A deferred INVITE names in `Referred-By` who is named there in the invitation of the focus.
    ///
    /// ## Why it matters
    /// The user does not learn who has invited to the group.
    ///
    /// ## Example
    /// The focus's INVITE has Referred-By: Alice, the deferred INVITE has none: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1; RFC 3892
    pub CPM_DEFERRED_INVITE_REFERRED_BY: Error = "cpm-deferred-invite-referred-by", ["5.2.3.4.1.1-a.vi"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-a.vi";
    for one in deferred(case) {
        let Some(original) = one.invitation(case) else { continue };
        let Some(expected) = original.value(Name::ReferredBy).as_deref().and_then(Identity::parse) else { continue };
        let found = one.invite.value(Name::ReferredBy).as_deref().and_then(Identity::parse);
        let is_right = found.as_ref().is_some_and(|found| same_user(&found.uri, &expected.uri));
        let message = || match &found {
            Some(found) => format!("Referred-By of the deferred INVITE to {} is {}", one.invite.user(), found.uri),
            None => format!("the deferred INVITE to {} has no Referred-By", one.invite.user()),
        };
        let finding = judge.expect(statement, is_right, one.invite.place(Name::ReferredBy), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(expected.uri.as_str()).also(original.id));
    }
}
