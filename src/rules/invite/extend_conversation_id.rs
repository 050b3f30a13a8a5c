use super::extended::extended;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The INVITE that extends a 1-1 session has the Conversation-ID of that session.
    ///
    /// ## Why it matters
    /// The message store files the group apart from the talk that it came of.
    ///
    /// ## Example
    /// The 1-1 session has `Conversation-ID: X`, the INVITE that extends it `Conversation-ID: Y`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3, Appendix C
    pub CPM_INVITE_EXTEND_CONVERSATION_ID: Error = "cpm-invite-extend-conversation-id", ["5.2.3-10"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3-10";
    for one in extended(case, judge, statement) {
        let Some(expected) = one.value(Name::ConversationId) else { continue };
        let found = one.invitation.value(Name::ConversationId);
        let shown = found.clone().unwrap_or_else(|| "missing".to_owned());
        let message = || format!("extension INVITE Conversation-ID is {shown}, that of the 1-1 session is {expected}");
        let place = one.invitation.place(Name::ConversationId);
        let finding = judge.expect(statement, found.as_ref() == Some(&expected), place, message);
        finding.into_iter().for_each(|finding| one.leg.invited.into_iter().for_each(|id| _ = finding.also(id)));
    }
}
