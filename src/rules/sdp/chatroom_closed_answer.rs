use super::chatroom::{CLOSED, is_closed};
use crate::rules::invite::answer::of_focus;
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where the offer asks for a closed group, the answer of the focus says that it is one.
    ///
    /// ## Why it matters
    /// Without it the client believes that the group is open, and shows a button to add people.
    ///
    /// ## Example
    /// `a=chatroom:org.openmobilealliance.groupchat.closed` in the offer only: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 7701 §8.1
    pub CPM_SDP_CHATROOM_CLOSED_ANSWER: Error = "cpm-sdp-chatroom-closed-answer", ["5.2.5-9.iii.2.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.iii.2.a";
    for answer in of_focus(case) {
        let one = answer.invitation;
        let is_whole = !answer.message.is_body_cut() && !one.message.is_body_cut();
        if one.purpose == Purpose::Rejoin || !is_whole || !is_closed(case, one.id, &one.message) {
            continue;
        }
        let what = || "the 200 of the focus does not say that the group is closed, as the INVITE asks".to_owned();
        let finding = judge.expect(statement, is_closed(case, answer.id, &answer.message), answer.id, what);
        finding.into_iter().for_each(|finding| _ = finding.expected(format!("a=chatroom:{CLOSED}")).also(one.id));
    }
}
