use super::extended::replaced;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A client that has accepted a group in place of its 1-1 session writes into the group from then on.
    ///
    /// ## Why it matters
    /// What it writes into the old session is read by one only, or by nobody.
    ///
    /// ## Example
    /// Bob accepts the group, and goes on writing over his 1-1 session with Alice: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2
    pub CPM_INVITE_SESSION_REPLACES_SWITCH: Error = "cpm-invite-session-replaces-switch", ["5.2.2-7.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.2-7.b";
    for one in case.invitations().iter().filter(|one| one.is_from_focus()) {
        let (Some(named), Some(ack)) = (replaced(case, one.leg), one.leg.established) else { continue };
        if named.is_empty() {
            judge.undecided(statement, "needs the 1-1 session that is replaced");
            continue;
        }
        let key = one.leg.participant().map(|who| &who.key);
        let all = &case.sessions().msrp.transfers;
        let late = named.iter().find_map(|leg| {
            let session = &case.sessions().msrp.sessions[leg.msrp? as usize];
            let is_caller = leg.caller.as_ref().map(|who| &who.key) == key;
            let media = if is_caller { &leg.media.caller } else { &leg.media.callee };
            let path = media.as_ref().and_then(|media| media.session_id())?;
            let end = session.ends.iter().position(|end| crate::wire::msrp::session_id(end) == Some(path))?;
            let own = session
                .transfers
                .iter()
                .map(|&index| &all[index as usize])
                .filter(|transfer| (end == 0) == transfer.from_first_end);
            own.filter(|transfer| transfer.first > ack).find(|transfer| {
                let body = transfer.body(case.messages());
                let kind = cpim::peek(&body).and_then(|message| message.content_type.map(str::to_ascii_lowercase));
                kind.is_some_and(|kind| kind.starts_with("text/"))
            })
        });
        let what = || format!("{} goes on writing over the 1-1 session that the group replaces", one.user());
        let place = late.map_or(ack, |transfer| transfer.first);
        judge.expect(statement, late.is_none(), place, what).into_iter().for_each(|finding| _ = finding.also(one.id));
    }
}
