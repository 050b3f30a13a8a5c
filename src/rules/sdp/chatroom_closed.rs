use super::chatroom::{CLOSED, is_closed};
use super::offers::Described;
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where every group is to be a closed one, the offer that makes it says so.
    ///
    /// ## Why it matters
    /// Else the focus makes an open group.
    ///
    /// ## Example
    /// The profile has `closed-groups = true`, and the offer has no `a=chatroom`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1; RFC 7701 §8.1
    pub CPM_SDP_CHATROOM_CLOSED: Error = "cpm-sdp-chatroom-closed", ["5.2.1.1-13"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.1-13";
    for one in case.invitations().iter().filter(|one| one.purpose == Purpose::AdHoc) {
        match case.profile.policy.closed_groups {
            None => judge.undecided(statement, "needs policy.closed-groups in the profile"),
            Some(false) => judge.pass(statement),
            Some(true) => {
                let Some(offer) = Described::of(case, one.leg, one.id) else { continue };
                let what = || "the offer does not ask for a closed group".to_owned();
                let finding =
                    judge.expect(statement, is_closed(case, one.id, &one.message), offer.attribute("chatroom"), what);
                finding.into_iter().for_each(|finding| _ = finding.expected(format!("a=chatroom:{CLOSED}")));
            }
        }
    }
}
