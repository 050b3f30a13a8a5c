use super::original::judge_id;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A deferred INVITE has the Conversation-ID of the session whose messages it delivers.
    ///
    /// ## Why it matters
    /// The client shows the messages in another conversation.
    ///
    /// ## Example
    /// The session has Conversation-ID `abc`, the deferred INVITE `def`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_DEFERRED_INVITE_CONVERSATION_ID: Error = "cpm-deferred-invite-conversation-id", ["5.2.3.4.1.1-a.i-conversation"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_id(case, judge, "5.2.3.4.1.1-a.i-conversation", Name::ConversationId, "Conversation-ID");
}
