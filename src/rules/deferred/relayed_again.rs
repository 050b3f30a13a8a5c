use super::away::{is_rejoin, is_up, restart};
use super::kept::returns;
use crate::rules::pf::relayed::{key, keys, sent};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// A client that is back in an active group is in it again: its participating function passes on what the focus sends to
    /// it, and what it sends to the focus, and does not call the focus anew.
    ///
    /// ## Why it matters
    /// The client gets what was kept, and then nothing more.
    ///
    /// ## Example
    /// Carol has got what was kept, Alice writes, and Carol's function keeps that to itself: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1, 5.2.3.4.1.2
    ///
    /// Messages are known by their imdn.Message-ID; what has none is not judged.
    pub CPM_DEFERRED_REJOIN_ACTIVE_CONFERENCE: Error = "cpm-deferred-rejoin-active-conference", ["5.2.3.4.1.1-d.iii.1", "5.2.3.4.1.2-2.1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.relay;
    for back in returns(case) {
        let (Some(invited), Some(established)) = (back.leg.invited, back.leg.established) else { continue };
        let (user, network) = (back.lost.user(), back.lost.network);
        if !is_up(network, invited) {
            continue;
        }
        let statement = if is_rejoin(back.leg) { "5.2.3.4.1.2-2.1" } else { "5.2.3.4.1.1-d.iii.1" };
        let over = [network.ended, back.leg.ended].into_iter().flatten().map(|(bye, _)| bye).min();
        let anew = restart(case, back.lost, invited).filter(|one| over.is_none_or(|over| one.id < over));
        let anew = anew.filter(|_| is_rejoin(back.leg));
        if anew.is_some() && case.lossy {
            judge.undecided(statement, format!("needs the end of the session of {user}, which may be missing"));
        } else if let Some(anew) = anew {
            judge
                .fail(statement, anew.id, format!("the session of {user} is up, and its function calls the focus anew"))
                .also(invited);
        }
        for (from, to, from_focus) in [(network, back.leg, true), (back.leg, network, false)] {
            let passed = keys(case, to, from_focus);
            let is_meanwhile = |one: MessageId| one > established && over.is_none_or(|over| one < over);
            for transfer in sent(case, from, from_focus).filter(|one| is_meanwhile(one.first)) {
                let Some(id) =
                    key(case, transfer).filter(|_| transfer.response.is_some_and(|(_, status)| status < 300))
                else {
                    continue;
                };
                let is_seen = over.map_or(case.seconds_captured_after(transfer.first), |over| {
                    case.seconds_between(transfer.first, over)
                }) > wait;
                if passed.contains(&id) {
                    judge.pass(statement);
                } else if case.lossy || !is_seen {
                    judge.undecided(statement, format!("needs the other leg of {user} after the message"));
                } else {
                    let towards = if from_focus { "it" } else { "the focus" };
                    let what = format!("{user} is back, and message {id} is not passed on towards {towards}");
                    judge.fail(statement, transfer.first, what);
                }
            }
        }
    }
}
