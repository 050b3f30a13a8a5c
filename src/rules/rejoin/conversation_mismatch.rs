use crate::rules::invite::answer::{of_focus, refusals_of_focus};
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The focus refuses with 403 a re-join whose Conversation-ID is not that of the session.
    ///
    /// ## Why it matters
    /// Else somebody who only knows the address reads the conversation of others.
    ///
    /// ## Example
    /// The session has `Conversation-ID: f81d…`, the re-join `0000…`, and the focus answers 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6
    pub CPM_REJOIN_CONVERSATION_MISMATCH: Error = "cpm-rejoin-conversation-mismatch", ["5.2.6-2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6-2";
    for answer in of_focus(case).chain(refusals_of_focus(case)) {
        let one = answer.invitation;
        if one.purpose != Purpose::Rejoin {
            continue;
        }
        // The first value that the session had.
        let earlier = case.invitations().iter().filter(|other| other.id < one.id && other.purpose != Purpose::Rejoin);
        let Some(stored) = earlier.into_iter().find_map(|other| other.agreed_value(case, Name::ConversationId)) else {
            judge.undecided(statement, "needs the session before the re-join");
            continue;
        };
        // That there is none is for a rule of its own.
        let Some(found) = one.value(Name::ConversationId) else { continue };
        if found == stored {
            judge.pass(statement);
            continue;
        }
        let what = || format!("re-join with Conversation-ID {found} was accepted, the session has {stored}");
        let finding = judge.expect(statement, answer.status >= 300, answer.id, what);
        finding.into_iter().for_each(|finding| _ = finding.expected("403").also(one.id));
    }
}
