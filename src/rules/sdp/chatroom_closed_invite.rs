use super::chatroom::{CLOSED, closed_since, is_closed};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The invitations to a closed group say that it is one.
    ///
    /// ## Why it matters
    /// An invitee who is not told believes that the group is open.
    ///
    /// ## Example
    /// Alice makes a closed group, and the INVITE to Bob has no `a=chatroom`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5, 7.2.3; RFC 7701 §8.1
    pub CPM_SDP_CHATROOM_CLOSED_INVITE: Error = "cpm-sdp-chatroom-closed-invite", ["5.2.5-4.ii.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-4.ii.s2";
    let Some(closed) = closed_since(case) else { return };
    let invitations = case.invitations().iter().filter(|one| one.is_from_focus() && one.id > closed.invitation.id);
    for one in invitations.filter(|one| !one.message.is_body_cut()) {
        let what = || format!("INVITE to {} does not say that the group is closed", one.user());
        let finding = judge.expect(statement, is_closed(case, one.id, &one.message), one.id, what);
        finding
            .into_iter()
            .for_each(|finding| _ = finding.expected(format!("a=chatroom:{CLOSED}")).also(closed.said_by));
    }
}
