use super::invitation::{Purpose, of_session};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// Who comes back to a group repeats its Conversation-ID.
    ///
    /// ## Why it matters
    /// The focus refuses it, or the message store files what follows under another session.
    ///
    /// ## Example
    /// The group has `Conversation-ID: X`, and the re-join INVITE `Conversation-ID: Y`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4, Appendix C
    /// The value of the group is that of the INVITE that made it, or of the invitation of this user; where neither was captured, that of the 200.
    pub CPM_REJOIN_INVITE_CONVERSATION_ID: Error = "cpm-rejoin-invite-conversation-id", ["5.2.1.4-8"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    let statement = "5.2.1.4-8";
    let all = case.invitations();
    for one in all.iter().filter(|one| one.purpose == Purpose::Rejoin) {
        let values = one.values(Name::ConversationId);
        let place = one.place(Name::ConversationId);
        let [value] = values.as_slice() else {
            let what = if values.is_empty() { "missing" } else { "repeated" };
            judge.fail(statement, place, format!("Conversation-ID of the re-join INVITE is {what}"));
            continue;
        };
        // Who refused it need not have known the session.
        let Some(expected) = of_session(case, all, one, Name::ConversationId) else {
            judge.undecided(statement, "needs the session before the re-join");
            continue;
        };
        let message = || format!("Conversation-ID {value} of the re-join INVITE is not that of the group session");
        let finding = judge.expect(statement, *value == expected, place, message);
        finding.into_iter().for_each(|finding| _ = finding.expected(&expected).found(value));
    }
}
