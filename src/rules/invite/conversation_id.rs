use super::invitation::{Clauses, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The INVITE has one Conversation-ID that is not empty; the invitations of the focus have that of the INVITE which made the group.
    ///
    /// ## Why it matters
    /// The message store files what belongs together by it.
    ///
    /// ## Example
    /// An INVITE without Conversation-ID: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 7.2.3, Appendix C
    ///
    /// Whether a client goes on with a conversation or begins a new one is up to its user, and not judged.
    pub CPM_INVITE_CONVERSATION_ID: Error = "cpm-invite-conversation-id", ["5.2.1.1-9", "5.2.1.1-9-else", "5.2.1.2-7", "5.2.1.2-7-else", "5.2.1.3-8", "7.2.3-12"], check;
}

const CLAUSES: Clauses = Clauses {
    ad_hoc: Some("5.2.1.1-9"),
    pre_defined: Some("5.2.1.2-7"),
    join_in: Some("5.2.1.3-8"),
    invitation: Some("7.2.3-12"),
    ..Clauses::NONE
};

/// The other branch of the same sentence.
const OTHERWISE: Clauses =
    Clauses { ad_hoc: Some("5.2.1.1-9-else"), pre_defined: Some("5.2.1.2-7-else"), ..Clauses::NONE };

fn check(case: &Case<'_>, judge: &mut Judge) {
    let all = case.invitations();
    for one in all.iter().filter(|one| !one.is_deferred(case)) {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let values = one.values(Name::ConversationId);
        let place = one.place(Name::ConversationId);
        let [value] = values.as_slice() else {
            let what = if values.is_empty() { "missing" } else { "repeated" };
            judge.fail(statement, place, format!("INVITE Conversation-ID is {what}"));
            continue;
        };
        if value.is_empty() {
            judge.fail(statement, place, "INVITE Conversation-ID is empty");
            continue;
        }
        let origin = originating(all, one.id).filter(|_| one.is_from_focus());
        let expected = origin.and_then(|origin| origin.value(Name::ConversationId));
        match (origin, expected) {
            (Some(origin), Some(expected)) if expected != *value => {
                let message = format!(
                    "INVITE to {} has another Conversation-ID than the INVITE that makes the group",
                    one.user()
                );
                judge.fail(statement, place, message).expected(expected).found(value).also(origin.id);
            }
            _ => {
                judge.pass(statement);
                OTHERWISE.statement(one.purpose).into_iter().for_each(|id| judge.same(id, true));
            }
        }
    }
}
