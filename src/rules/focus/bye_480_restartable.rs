use super::farewell::farewell;
use crate::rules::invite::answer::{of_focus, refusals_of_focus};
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A session that the focus ended with the cause 480 is not gone: whoever was in it comes back by calling its address.
    ///
    /// ## Why it matters
    /// The client keeps the group on its screen; with 404 the user cannot write to it any more.
    ///
    /// ## Example
    /// `BYE` with `Reason: SIP;cause=480` to Bob; his INVITE to the focus is answered with 404: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.3
    pub CPM_FOCUS_BYE_480_RESTARTABLE: Warning = "cpm-focus-bye-480-restartable", ["5.2.3.3-2.b.iii-meaning"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.3-2.b.iii-meaning";
    for answer in of_focus(case).chain(refusals_of_focus(case)) {
        if answer.invitation.purpose != Purpose::Rejoin {
            continue;
        }
        let one = answer.invitation;
        let Some((bye, 480)) = farewell(case, one) else { continue };
        if one.value(Name::ConversationId).is_none() || one.value(Name::ConversationId) != case.session.conversation_id
        {
            continue;
        }
        let what = || format!("{} came back after BYE with cause 480, and was answered with 404", one.user());
        let finding = judge.expect(statement, answer.status != 404, answer.id, what);
        finding.into_iter().for_each(|finding| _ = finding.also(bye));
    }
}
