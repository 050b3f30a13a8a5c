//! The SIP of one end of a call: requests, their responses, the ACK of an INVITE.

use std::time::Duration;

use hashbrown::HashSet;

use super::Builder;
use crate::replay::parts::Part;
use crate::replay::plan::{Act, Kind};
use crate::replay::restore;
use crate::session::{Call, Transaction};
use crate::wire::sip::Method;
use crate::wire::{MessageId, Messages};

impl<'a> Builder<'a> {
    /// Adds the SIP of one end; tells the step that establishes the session, and its place.
    pub(super) fn add_sip(&mut self, part: &Part<'a>, is_caller: bool, leg: usize) -> Option<(usize, u32)> {
        let messages = &self.analysis.messages;
        let mut established: Option<(usize, u32)> = None;
        let mut opened: Option<usize> = None;
        // Provisional responses, which make an early dialog.
        let mut rang: Vec<(MessageId, usize)> = vec![];
        for (index, transaction) in part.call.transactions.iter().enumerate() {
            let restored = match transaction.request() {
                Some(_) => None,
                None if index == 0 => restore::request(transaction, messages),
                None => continue,
            };
            if transaction.request().is_none() && restored.is_none() {
                continue;
            }
            if !self.is_of(part, transaction) || is_challenged(part.call, index, messages) {
                continue;
            }
            let invite = (part.call.call_id.as_str(), transaction.from_tag.as_str(), transaction.cseq);
            let makes_dialog = transaction.method == Method::Invite && transaction.to_tag.is_empty();
            let invited = self.invites.get(&invite).copied();
            if part.is_fork && transaction.to_tag.is_empty() && (!makes_dialog || invited.is_none()) {
                continue;
            }
            if transaction.method == Method::Cancel && is_of_proxy(part.call, transaction, messages) {
                continue;
            }
            let by_caller = transaction.from_tag == part.caller_tag;
            let act = if by_caller == is_caller { Act::Send } else { Act::Expect };
            let other = if act == Act::Send { Act::Expect } else { Act::Send };
            let chosen = match (transaction.request(), act) {
                (Some(request), Act::Send) => request,
                (Some(_), Act::Expect) => last_hop(transaction, messages),
                (None, _) => transaction.responses[0],
            };
            let early = rang.iter().rfind(|(answer, _)| *answer < chosen).map(|(_, answer)| *answer);
            let is_early = |accepted: usize| self.drafts[accepted].order.0 > chosen.0;
            let needs = match transaction.method {
                Method::Cancel => invited,
                // What is sent in an early dialog does not wait for the 2xx (RFC 3262 §4, RFC 3311 §5.1).
                Method::Prack => early.or(opened),
                Method::Update if opened.is_none_or(is_early) => early.or(opened),
                // A NOTIFY may overtake the response to its SUBSCRIBE (RFC 6665 §4.1.2.4), but not the SUBSCRIBE.
                _ => opened,
            };
            let asked = match invited.filter(|_| part.is_fork && makes_dialog) {
                Some(invited) => invited,
                None => self.draft(chosen, leg, act, Kind::Request, needs.into_iter().collect(), None),
            };
            if let Some(message) = restored.filter(|_| !part.is_fork) {
                let step = &mut self.drafts[asked].step;
                (step.message, step.frame, step.at) = (message, 0, Duration::ZERO);
                step.label = "INVITE, not captured: made of its answer".into();
                // When it was sent is not known; nothing that it led to may come before it.
                self.drafts[asked].order = (0, 0);
                let name = self.leg_name(part, is_caller);
                self.plan.left_out.push(format!("{name}: what only its INVITE said; it was not captured"));
            }
            if transaction.method == Method::Invite {
                self.invites.insert(invite, asked);
            }
            if opened.is_none() && matches!(transaction.method, Method::Subscribe | Method::Refer | Method::Message) {
                opened = Some(asked);
            }
            let mut accepted = None;
            let mut seen = HashSet::new();
            for &id in &transaction.responses {
                let Some(summary) = messages[id].sip() else { continue };
                let fits = is_answer_of(part, transaction, id, messages);
                let is_final = summary.status >= 200;
                if summary.status == 100 || !fits || !seen.insert(if is_final { 200 } else { summary.status }) {
                    continue;
                }
                let answer = self.draft(id, leg, other, Kind::Response, vec![asked], Some(asked));
                self.drafts[answer].step.optional = !is_final;
                if !is_final && transaction.method == Method::Invite {
                    rang.push((id, answer));
                }
                if (200..300).contains(&summary.status) {
                    accepted = Some((answer, id.0 + 1));
                }
            }
            if transaction.method != Method::Invite {
                continue;
            }
            if let Some((accepted, mut order)) = accepted {
                let mut last = accepted;
                let tags = [part.caller_tag.as_bytes(), part.callee_tag.as_bytes()];
                let is_of_dialog = |&&ack: &&MessageId| tags.contains(&to_tag(ack, messages));
                let ack = transaction.acks.iter().find(|ack| part.callee_tag.is_empty() || is_of_dialog(ack));
                if let Some(&ack) = ack {
                    last = self.draft(ack, leg, act, Kind::Ack, vec![accepted], Some(accepted));
                    order = order.max(ack.0 + 1);
                }
                established = established.or(Some((last, order)));
                opened = opened.or(Some(last));
            }
        }
        established
    }

    /// Does the transaction belong to the dialog that is played?
    pub(super) fn is_of(&self, part: &Part<'_>, transaction: &Transaction) -> bool {
        if transaction.method == Method::Ack {
            return false;
        }
        let tags = [part.caller_tag.as_str(), part.callee_tag.as_str()];
        transaction.to_tag.is_empty() && transaction.from_tag == part.caller_tag
            || tags.contains(&transaction.from_tag.as_str()) && tags.contains(&transaction.to_tag.as_str())
            // Without an answer the tag of the callee is not known.
            || part.callee_tag.is_empty()
    }
}

fn to_tag(id: MessageId, messages: &Messages) -> &[u8] {
    messages[id].sip().map_or(b"", |summary| summary.to_tag.of(messages.head(&messages[id])))
}

/// Is a response to a request of the part one that its far end gave? Forks answer the same INVITE.
fn is_answer_of(part: &Part<'_>, transaction: &Transaction, response: MessageId, messages: &Messages) -> bool {
    if !transaction.to_tag.is_empty() {
        return true;
    }
    // A refusal speaks for all forks, unless one of them accepts: then no proxy passes it on (RFC 3261 §16.7).
    if messages[response].sip().is_some_and(|summary| summary.status >= 300) {
        return !part.is_fork && !is_accepted(transaction, messages);
    }
    let tag = to_tag(response, messages);
    tag == part.callee_tag.as_bytes() || !part.is_fork && (tag.is_empty() || part.callee_tag.is_empty())
}

fn is_accepted(transaction: &Transaction, messages: &Messages) -> bool {
    let mut statuses = transaction.responses.iter().filter_map(|&id| Some(messages[id].sip()?.status));
    statuses.any(|status| (200..300).contains(&status))
}

/// A CANCEL of a proxy, which takes an INVITE back from the other forks once one has accepted (RFC 3261 §16.7): it bears the branch that
/// the proxy gave the INVITE, not the caller's (§9.1).
fn is_of_proxy(call: &Call, cancel: &Transaction, messages: &Messages) -> bool {
    let is_invite =
        |one: &&Transaction| (one.method, one.cseq, &one.from_tag) == (Method::Invite, cancel.cseq, &cancel.from_tag);
    let Some(invite) = call.transactions.iter().find(is_invite) else { return false };
    let branch = |id: MessageId| messages[id].sip().map(|summary| summary.branch.of(messages.head(&messages[id])));
    let by_caller = invite.request().and_then(branch);
    is_accepted(invite, messages)
        && by_caller.is_some()
        && cancel.requests.iter().all(|&request| branch(request) != by_caller)
}

/// A request that was refused for want of credentials, and sent again with them. Challenges are answered when they come, not
/// replayed.
fn is_challenged(call: &Call, index: usize, messages: &Messages) -> bool {
    let one = &call.transactions[index];
    let status = one.final_response("", messages).map(|(_, status)| status);
    let again =
        |other: &Transaction| other.method == one.method && other.from_tag == one.from_tag && other.cseq > one.cseq;
    matches!(status, Some(401 | 407)) && call.transactions[index + 1..].iter().any(again)
}

/// The sighting of a request nearest to its receiver: proxies add what the sender did not say.
fn last_hop(transaction: &Transaction, messages: &Messages) -> MessageId {
    let first = transaction.requests[0];
    let other_flow = transaction.requests.iter().rev().find(|&&id| messages[id].flow != messages[first].flow);
    other_flow.copied().unwrap_or(first)
}
