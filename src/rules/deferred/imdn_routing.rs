use std::borrow::Cow;

use hashbrown::HashSet;

use super::away::{is_up, restart};
use super::kept::returns;
use crate::rules::pager::pagers;
use crate::rules::pf::relayed::{keys, sent};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Transfer;
use crate::wire::{MessageId, cpim, imdn};

rule! {
    /// ## What it checks
    /// A notification of a client that has got what was kept goes on: in the session of the group where that is active, else
    /// as a SIP MESSAGE, one or the other.
    ///
    /// ## Why it matters
    /// The sender never learns that its message was delivered.
    ///
    /// ## Example
    /// The group has ended; Carol's client sends its notification, and her function keeps it: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4
    ///
    /// Where the function restarts the group for it, as 5.2.3.4.1.1 step d.iv asks, that is right, too: the two clauses
    /// contradict each other.
    pub CPM_DEFERRED_IMDN_ROUTING: Error = "cpm-deferred-imdn-routing", ["5.2.3.4-p5-route"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4-p5-route";
    let wait = case.profile.timings.sip_transaction;
    for back in returns(case) {
        let (user, network) = (back.lost.user(), back.lost.network);
        let outside: Vec<(MessageId, String)> =
            pagers(case).iter().filter_map(|pager| Some((pager.id, pager.notified()?))).collect();
        let mut inside: Option<HashSet<Cow<'_, str>>> = None;
        for (notice, id, notified) in sent(case, back.leg, false).filter_map(|one| notification(case, one)) {
            let is_active = is_up(network, notice);
            let passed = restart(case, back.lost, notice).is_some()
                || inside.get_or_insert_with(|| keys(case, network, false)).contains(id.as_str());
            let as_message = outside.iter().find(|(at, of)| *at > notice && *of == notified);
            let is_seen = !case.lossy && case.seconds_captured_after(notice) > wait;
            let message = match (passed, as_message) {
                (true, Some(_)) => format!("the notification of {user} goes on in the session, and as SIP MESSAGE"),
                (false, Some(_)) if is_active && !case.lossy => {
                    format!("the group is active, and the notification of {user} goes on as SIP MESSAGE")
                }
                (false, None) if is_seen => format!("the notification of {user} does not go on"),
                (false, as_message) if is_active || as_message.is_none() => {
                    judge.undecided(statement, format!("needs what the function of {user} sends"));
                    continue;
                }
                _ => {
                    judge.pass(statement);
                    continue;
                }
            };
            let finding = judge.fail(statement, notice, message);
            as_message.into_iter().for_each(|(at, _)| _ = finding.also(*at));
        }
    }
}

/// A notification (RFC 5438): its SEND, its imdn.Message-ID, and that of the message it is about.
fn notification(case: &Case<'_>, transfer: &Transfer) -> Option<(MessageId, String, String)> {
    let body = transfer.body(case.messages());
    let envelope = cpim::parse(&body).ok()?;
    let told = imdn::parse(envelope.body()).ok()?;
    let id = envelope.message_id()?.into_owned();
    Some((transfer.first, id, told.message_id?.as_str().trim().to_owned()))
}
