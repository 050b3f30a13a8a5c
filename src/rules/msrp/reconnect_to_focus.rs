use crate::rules::invite::answer::of_focus;
use crate::rules::invite::extended::extended;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A client that has made a group of its 1-1 session writes to the focus from then on, and no more over the 1-1 session.
    ///
    /// ## Why it matters
    /// The others of the group do not get what goes on over the old session.
    ///
    /// ## Example
    /// Alice extends her session with Bob, and goes on writing to Bob's path: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3
    pub CPM_MSRP_RECONNECT_TO_FOCUS: Error = "cpm-msrp-reconnect-to-focus", ["5.2.3-resp-7"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3-resp-7";
    for one in extended(case, judge, statement) {
        let Some(ack) = one.invitation.leg.established else { continue };
        let own = of_focus(case).find(|answer| answer.invitation.leg_index == one.invitation.leg_index);
        let Some(own) = own else { continue };
        let Some(old) = one.leg.msrp.map(|msrp| &case.sessions().msrp.sessions[msrp as usize]) else {
            judge.undecided(statement, "needs the MSRP session of the 1-1 session");
            continue;
        };
        // From the client: the end of whose path is the one of the SDP that it sent.
        let media = if one.is_caller() { &one.leg.media.caller } else { &one.leg.media.callee };
        let path = media.as_ref().and_then(|media| media.session_id());
        let end = old.ends.iter().position(|end| crate::wire::msrp::session_id(end) == path && path.is_some());
        let all = &case.sessions().msrp.transfers;
        let late = old.transfers.iter().map(|&index| &all[index as usize]).find(|transfer| {
            let is_own = end.is_some_and(|end| (end == 0) == transfer.from_first_end);
            is_own && transfer.first > ack && is_chat(&transfer.body(case.messages()))
        });
        let what = || "the client goes on writing over the 1-1 session that it has extended".to_owned();
        let place = late.map_or(ack, |transfer| transfer.first);
        let finding = judge.expect(statement, late.is_none(), place, what);
        finding.into_iter().for_each(|finding| _ = finding.also(own.id).also(one.invitation.id));
    }
}

/// Is it something that a user wrote, and no notification about what came before?
fn is_chat(body: &[u8]) -> bool {
    cpim::peek(body)
        .and_then(|message| message.content_type)
        .is_some_and(|kind| kind.to_ascii_lowercase().starts_with("text/"))
}
