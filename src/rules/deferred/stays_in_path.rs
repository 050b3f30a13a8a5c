use super::away::all;
use crate::rules::pf::hop::{Hop, bye_of};
use crate::rules::pf::relayed::sent;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::{Direction, Transfer};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// A participating function that defers for a client which is away stays in the path: it refuses nothing that the focus
    /// sends, and does not end the session. The client may have been lost (BYE with another cause than 200), may not have
    /// answered its INVITE, or may have lost its MSRP connection.
    ///
    /// ## Why it matters
    /// What the focus sends is lost, and the user is out of the group without having left it.
    ///
    /// ## Example
    /// The INVITE to Carol's client is answered with 408, her function has accepted for her, and two seconds later sends BYE:
    /// broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4
    ///
    /// Where nothing shows that the function defers, it may leave.
    pub CPM_DEFERRED_PF_STAYS_IN_PATH: Error = "cpm-deferred-pf-stays-in-path", ["5.2.3.4-p2-1", "5.2.3.4-p2-2", "5.2.3.4-p2-3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for away in all(case) {
        // Of a lost connection (503) the rule on that clause says whether the function may leave.
        let wrong = away.given_up().filter(|_| away.cause != 503);
        let what = || format!("{} is away, and its function leaves the session", away.hop.user());
        let finding = judge.expect("5.2.3.4-p2-1", wrong.is_none(), wrong.unwrap_or(away.since), what);
        finding.into_iter().for_each(|finding| _ = finding.also(away.since));
    }
    for hop in case.hops().iter().filter(|hop| hop.network.direction == Direction::FocusToClient) {
        let is_accepted = hop.network.answered.is_some_and(|(_, status)| status < 300);
        let refused = hop.client.answered.filter(|(_, status)| matches!(status, 408 | 487));
        if let (true, Some((refused, status))) = (is_accepted, refused) {
            let wrong = bye_of(hop.network, true);
            let what = || format!("the INVITE to {} came to {status}, and its function leaves the session", hop.user());
            let finding = judge.expect("5.2.3.4-p2-2", wrong.is_none(), wrong.unwrap_or(refused), what);
            finding.into_iter().for_each(|finding| _ = finding.also(refused));
        }
        // After its last word over MSRP nothing reaches the client, though no BYE came.
        let Some(dead) = silence(case, hop) else { continue };
        for transfer in sent(case, hop.network, true).filter(|one| one.first > dead) {
            let Some((response, status)) = transfer.response else { continue };
            let kept = status < 300 || matches!(status, 413 | 415);
            let what = || format!("the connection of {} is gone, and its function answers with {status}", hop.user());
            let finding = judge.expect("5.2.3.4-p2-3", kept, response, what);
            finding.into_iter().for_each(|finding| _ = finding.also(transfer.first));
        }
    }
}

/// The message of the focus that a client never answered over MSRP while its function answered for it; nothing came from the client
/// after that, and no BYE.
fn silence(case: &Case<'_>, hop: &Hop<'_>) -> Option<MessageId> {
    let is_unanswered = |one: &&Transfer| one.response.is_none() && !case.lossy;
    let dead = sent(case, hop.client, true).find(is_unanswered)?.first;
    let mut later =
        [true, false].into_iter().flat_map(|side| sent(case, hop.client, side)).filter(|one| one.first > dead);
    let is_alive = later.any(|one| one.response.is_some()) || bye_of(hop.client, true).is_some();
    (!is_alive).then_some(dead)
}
