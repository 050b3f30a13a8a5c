use super::fallback::fallbacks;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A client that makes the group anew, because its re-join was refused, keeps the Conversation-ID.
    ///
    /// ## Why it matters
    /// For everybody else it is a conversation that they have never seen.
    ///
    /// ## Example
    /// The re-join has `Conversation-ID: f81d…` and is answered with 404; the INVITE to the factory that follows has another
    /// one: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4
    ///
    /// The two belong together where the user, the Contribution-ID, or the Conversation-ID says so.
    pub CPM_REJOIN_FALLBACK_CONVERSATION_ID: Error = "cpm-rejoin-fallback-conversation-id", ["5.2.1.4-err-ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.4-err-ii";
    for (refused, new) in fallbacks(case) {
        let (Some(expected), found) = (refused.value(Name::ConversationId), new.value(Name::ConversationId)) else {
            continue;
        };
        let kept = found.as_ref() == Some(&expected);
        let shown = found.unwrap_or_else(|| "none".to_owned());
        let what = || format!("Conversation-ID {shown} of the new group is not that of the refused re-join");
        let finding = judge.expect(statement, kept, new.place(Name::ConversationId), what);
        finding.into_iter().for_each(|finding| _ = finding.expected(&expected).found(&shown).also(refused.id));
    }
}
