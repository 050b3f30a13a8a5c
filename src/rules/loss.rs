//! Signs that packets are missing from a capture. TCP tells by its numbers; of SIP over UDP a response without its request, an ACK without the
//! answer, or a final answer that never came although its dialog went on.

use hashbrown::HashSet;
use rayon::prelude::*;

use crate::capture::{Problem, ProblemKind};
use crate::net::Transport;
use crate::session::{Call, Sessions, Transaction};
use crate::wire::sip::Method;
use crate::wire::{MessageId, Messages};

/// How often a request is sent again before it is certain that its sender got no answer.
pub const REPEATED: usize = 3;

/// Does the capture show that packets are missing?
pub(super) fn signs_of_loss<'p>(
    problems: impl IntoIterator<Item = &'p Problem>,
    messages: &Messages,
    sessions: &Sessions,
) -> bool {
    use ProblemKind::{CutFrame, IpFragmentMissing, MsrpIncomplete, SipIncomplete, TcpGap};
    let missing = [CutFrame, IpFragmentMissing, TcpGap, SipIncomplete, MsrpIncomplete];
    problems.into_iter().any(|problem| missing.contains(&problem.kind))
        || sessions.calls.par_iter().any(|call| is_torn(call, messages))
}

/// Is something of the call missing? A response that came by the branch of another request is no sign of it, nor is a request that was
/// repeated again and again: those are faults.
fn is_torn(call: &Call, messages: &Messages) -> bool {
    let has_final = |transaction: &Transaction| transaction.final_response("", messages).is_some();
    if call.transactions.iter().all(|transaction| !transaction.requests.is_empty() && has_final(transaction)) {
        return false;
    }
    let answered = [Method::Invite, Method::Bye, Method::Subscribe, Method::Notify, Method::Refer];
    let branch = |id: MessageId| {
        let message = &messages[id];
        message.sip().map_or(&[][..], |summary| summary.branch.of(messages.head(message)))
    };
    // A CANCEL has the branch of its INVITE.
    let is_cancel = |transaction: &Transaction| transaction.method == Method::Cancel;
    let requests = call.transactions.iter().flat_map(|one| one.requests.iter().map(move |&id| (id, is_cancel(one))));
    let branches: HashSet<(&[u8], bool)> =
        requests.map(|(id, is_cancel)| (branch(id), is_cancel)).filter(|(branch, _)| !branch.is_empty()).collect();
    let is_orphan = |transaction: &Transaction| {
        let first = transaction.responses.first().filter(|_| transaction.requests.is_empty());
        first.is_some_and(|&id| {
            let flow = messages.flow(&messages[id]);
            // On a connection that was captured from its beginning, its numbers tell what is missing.
            let is_followed = flow.transport == Transport::Tcp && flow.start_seen;
            !is_followed && !branches.contains(&(branch(id), is_cancel(transaction)))
        })
    };
    // Going back, the sides that went on with their next request as if they had their answer.
    let mut went_on: HashSet<(&str, &str, Method)> = HashSet::new();
    call.transactions.iter().rev().any(|transaction| {
        let has_final = has_final(transaction);
        let key = (transaction.from_tag.as_str(), transaction.to_tag.as_str(), transaction.method);
        let is_repeated = transaction.requests.len() > REPEATED;
        let is_unanswered =
            answered.contains(&transaction.method) && !has_final && !is_repeated && went_on.contains(&key);
        let is_unacknowledged = transaction.method == Method::Invite && !has_final && !transaction.acks.is_empty();
        went_on.insert(key);
        is_orphan(transaction) || is_unanswered || is_unacknowledged
    })
}
