//! Session → plan: which legs and which ends of them the roles stand for, and what each end sends and expects.
//!
//! Through a B2BUA a participant has a leg per hop; a client plays the hop that begins at it, the focus the one that ends at it.

use std::time::Duration;

use hashbrown::{HashMap, HashSet};

use super::parts::{Part, parts};
use super::plan::{Act, Kind, Leg, Plan, Side, Step};
use super::restore;
use super::roles::{PlanError, Roles};
use crate::Analysis;
use crate::session::{Call, SessionKind, Transaction, Transfer};
use crate::view::label;
use crate::wire::msrp::{self};
use crate::wire::sip::{self, Method};
use crate::wire::{MessageId, Messages};

/// Makes the plans for the roles: one per side, and two for both clients of a 1-1 session, since they speak to each other.
pub fn build(analysis: &Analysis, session: usize, roles: &Roles) -> Result<Vec<Plan>, PlanError> {
    let parts = parts(analysis, session);
    let one_to_one = analysis.sessions.sessions[session].kind == SessionKind::OneToOne;
    let mut plans = vec![];
    let mut why = "there is no leg of theirs".to_owned();
    // (side, does the played end call?)
    let views: &[(Side, Option<bool>)] = match one_to_one {
        true => &[(Side::Clients, Some(true)), (Side::Clients, Some(false))],
        false => &[(Side::Clients, None), (Side::Focus, None)],
    };
    for &(side, only_caller) in views {
        let mut builder = Builder::new(analysis, session, side);
        for part in &parts {
            let is_caller = match (side, only_caller) {
                (_, Some(caller)) => caller,
                (Side::Clients, None) => part.client_calls,
                (Side::Focus, None) => !part.client_calls,
            };
            let played = match (only_caller, side) {
                (Some(true), _) => roles.include(part.caller.as_ref()),
                (Some(false), _) => roles.include(part.callee.as_ref()),
                (None, Side::Clients) => roles.include(part.participant()),
                (None, Side::Focus) => roles.focus,
            };
            let at_this_hop = if is_caller { part.hop.first } else { part.hop.last };
            if played && at_this_hop {
                builder.add(part, is_caller);
            }
        }
        let plan = builder.finish();
        if !plan.steps.is_empty() {
            plans.push(plan);
        } else if let Some(left_out) = plan.left_out.first() {
            why = left_out.clone();
        }
    }
    if plans.is_empty() {
        let session = analysis.sessions.sessions[session].id.clone();
        let mut names: Vec<&str> = roles.clients.iter().map(String::as_str).collect();
        names.sort_unstable();
        if roles.all_clients {
            names.push("clients");
        }
        if roles.focus {
            names.push("focus");
        }
        return Err(PlanError::NothingToPlay { session, roles: names.join(", "), why });
    }
    Ok(plans)
}

/// A step and where it stands in the capture.
struct Draft {
    order: (u32, u32),
    step: Step,
    /// Drafts that it needs, and the one that it is about, by their keys.
    needs: Vec<usize>,
    about: Option<usize>,
}

struct Builder<'a> {
    analysis: &'a Analysis,
    session: usize,
    drafts: Vec<Draft>,
    plan: Plan,
}

impl<'a> Builder<'a> {
    fn new(analysis: &'a Analysis, session: usize, side: Side) -> Builder<'a> {
        let described = &analysis.sessions.sessions[session];
        let subject = described.subject.as_deref().map(|subject| format!(" “{subject}”")).unwrap_or_default();
        let session_name = format!("{} {}{subject}", described.id, described.kind.as_str());
        let plan = Plan { session: session_name, side, legs: vec![], steps: vec![], left_out: vec![] };
        Builder { analysis, session, drafts: vec![], plan }
    }

    /// Adds one end of a call.
    fn add(&mut self, part: &Part<'_>, is_caller: bool) {
        let messages = &self.analysis.messages;
        let name = self.leg_name(part, is_caller);
        let first = part.call.transactions.iter().find(|one| one.method != Method::Cancel);
        let begins = first.is_some_and(|one| match part.is_leg {
            true => one.method == Method::Invite && one.to_tag.is_empty(),
            false => true,
        });
        let is_there = first.is_some_and(|one| one.request().is_some() || restore::request(one, messages).is_some());
        if !begins || !is_there {
            self.plan.left_out.push(format!("{name}: neither its first request nor an answer to it was captured"));
            return;
        }
        let leg = self.plan.legs.len();
        let (own_tag, peer_tag) = match is_caller {
            true => (part.caller_tag.clone(), part.callee_tag.clone()),
            false => (part.callee_tag.clone(), part.caller_tag.clone()),
        };
        let before = self.drafts.len();
        let accepted = self.add_sip(part, is_caller, leg);
        if let (Some((msrp, first_end_calls)), Some((accepted, order))) = (part.msrp, accepted) {
            self.add_msrp(msrp, first_end_calls == is_caller, leg, accepted, order);
        }
        if self.drafts.len() > before {
            let participant = part.participant_uri.clone();
            let call_id = part.call.call_id.clone();
            self.plan.legs.push(Leg { name, participant, caller: is_caller, call_id, own_tag, peer_tag });
        }
    }

    fn leg_name(&self, part: &Part<'_>, is_caller: bool) -> String {
        let timeline = &self.analysis.timelines[self.session];
        let name = |key: &Option<String>| {
            let known = key.as_ref().and_then(|key| timeline.participant(key));
            let identity = known.map(|index| &timeline.participants[index].identity);
            identity.map_or("focus".into(), |one| one.display_name.clone().unwrap_or_else(|| one.uri.clone()))
        };
        let (own, peer) = if is_caller { (&part.caller, &part.callee) } else { (&part.callee, &part.caller) };
        let arrow = if is_caller { "→" } else { "←" };
        let what = if part.is_leg { "" } else { " (subscription)" };
        let (own, peer) = match (part.is_leg, self.plan.side) {
            (true, _) | (false, Side::Clients) => (name(own), name(peer)),
            (false, Side::Focus) => ("focus".into(), name(peer)),
        };
        crate::view::terminal(&format!("{own} {arrow} {peer}{what}")).to_string()
    }

    /// Adds the SIP of one end; tells the step that establishes the session, and its place.
    fn add_sip(&mut self, part: &Part<'_>, is_caller: bool, leg: usize) -> Option<(usize, u32)> {
        let messages = &self.analysis.messages;
        let mut established: Option<(usize, u32)> = None;
        // The INVITE that a CANCEL takes back, by CSeq.
        let mut invites: HashMap<(u32, &str), usize> = HashMap::new();
        let mut opened: Option<usize> = None;
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
            let by_caller = transaction.from_tag == part.caller_tag;
            let act = if by_caller == is_caller { Act::Send } else { Act::Expect };
            let other = if act == Act::Send { Act::Expect } else { Act::Send };
            let needs = match transaction.method {
                Method::Cancel => {
                    invites.get(&(transaction.cseq, transaction.from_tag.as_str())).copied().into_iter().collect()
                }
                // A NOTIFY may overtake the response to its SUBSCRIBE (RFC 6665 §4.1.2.4), but not the SUBSCRIBE.
                _ => opened.into_iter().collect(),
            };
            let chosen = match (transaction.request(), act) {
                (Some(request), Act::Send) => request,
                (Some(_), Act::Expect) => last_hop(transaction, messages),
                (None, _) => transaction.responses[0],
            };
            let asked = self.draft(chosen, leg, act, Kind::Request, needs, None);
            if let Some(message) = restored {
                let step = &mut self.drafts[asked].step;
                (step.message, step.frame, step.at) = (message, 0, Duration::ZERO);
                step.label = "INVITE, not captured: made of its answer".into();
                // When it was sent is not known; nothing that it led to may come before it.
                self.drafts[asked].order = (0, 0);
                let name = self.leg_name(part, is_caller);
                self.plan.left_out.push(format!("{name}: what only its INVITE said; it was not captured"));
            }
            if transaction.method == Method::Invite {
                invites.insert((transaction.cseq, &transaction.from_tag), asked);
            }
            if opened.is_none() && matches!(transaction.method, Method::Subscribe | Method::Refer | Method::Message) {
                opened = Some(asked);
            }
            let mut accepted = None;
            let mut seen = HashSet::new();
            for &id in &transaction.responses {
                let Some(summary) = messages[id].sip() else { continue };
                let tag = summary.to_tag.of(messages.head(&messages[id]));
                let fits = transaction.to_tag.is_empty()
                    && (tag.is_empty()
                        || part.callee_tag.is_empty()
                        || tag == part.callee_tag.as_bytes()
                        || summary.status >= 300)
                    || !transaction.to_tag.is_empty();
                let is_final = summary.status >= 200;
                if summary.status == 100 || !fits || !seen.insert(if is_final { 200 } else { summary.status }) {
                    continue;
                }
                let answer = self.draft(id, leg, other, Kind::Response, vec![asked], Some(asked));
                self.drafts[answer].step.optional = !is_final;
                if (200..300).contains(&summary.status) {
                    accepted = Some((answer, id.0 + 1));
                }
            }
            if transaction.method != Method::Invite {
                continue;
            }
            if let Some((accepted, mut order)) = accepted {
                let mut last = accepted;
                if let Some(&ack) = transaction.acks.first() {
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
    fn is_of(&self, part: &Part<'_>, transaction: &Transaction) -> bool {
        if transaction.method == Method::Ack {
            return false;
        }
        let tags = [part.caller_tag.as_str(), part.callee_tag.as_str()];
        transaction.to_tag.is_empty() && transaction.from_tag == part.caller_tag
            || tags.contains(&transaction.from_tag.as_str()) && tags.contains(&transaction.to_tag.as_str())
            // Without an answer the tag of the callee is not known.
            || part.callee_tag.is_empty()
    }

    fn add_msrp(&mut self, msrp: u32, first_end_is_own: bool, leg: usize, established: usize, order: u32) {
        let (messages, all) = (&self.analysis.messages, &self.analysis.sessions.msrp);
        let session = &all.sessions[msrp as usize];
        let transfers: Vec<&Transfer> = session.transfers.iter().map(|&index| &all.transfers[index as usize]).collect();
        let opens = self.opens_connection(leg, established);
        let connect = self.drafts.len();
        let at = self.drafts[established].step.at;
        self.drafts.push(Draft {
            order: (order, 1),
            step: Step {
                leg,
                act: if opens { Act::Send } else { Act::Expect },
                kind: Kind::Connect,
                at,
                after: vec![],
                needs: vec![],
                about: None,
                optional: false,
                message: vec![],
                chunks: vec![],
                answer: 200,
                label: "MSRP connection".into(),
                frame: 0,
                faults: vec![],
            },
            needs: vec![established],
            about: None,
        });
        for transfer in transfers {
            let act = if transfer.from_first_end == first_end_is_own { Act::Send } else { Act::Expect };
            let other = if act == Act::Send { Act::Expect } else { Act::Send };
            let Some(last) = transfer.chunks().last() else { continue };
            let sent = self.draft(last, leg, act, Kind::Msrp, vec![connect], None);
            let step = &mut self.drafts[sent].step;
            (step.message, step.chunks) = whole_message(transfer, messages);
            step.answer = transfer.response.map_or(200, |(_, status)| status);
            step.label = label(self.analysis, &messages[transfer.first]);
            if let (Some((response, _)), Act::Send) = (transfer.response, act) {
                self.draft(response, leg, Act::Expect, Kind::MsrpResponse, vec![sent], Some(sent));
            }
            for &report in transfer.reports() {
                self.draft(report, leg, other, Kind::Msrp, vec![connect, sent], None);
            }
        }
    }

    /// Does the played end open the MSRP connection (RFC 4975 §5.4, RFC 6135 §4)? By the captured offer and answer.
    fn opens_connection(&self, leg: usize, established: usize) -> bool {
        let mut own = None;
        let mut own_offers = false;
        for draft in self.drafts[..=established].iter().filter(|draft| draft.step.leg == leg) {
            let Some(message) = sip::Message::parse(&draft.step.message[..]) else { continue };
            let Some(media) = crate::session::msrp_media(&message) else { continue };
            if draft.step.act == Act::Send {
                own = media.setup;
                own_offers = draft.step.kind == Kind::Request;
            } else if draft.step.kind == Kind::Response {
                // The answer decides.
                return match media.setup {
                    Some(crate::wire::sdp::Setup::Passive) => true,
                    Some(crate::wire::sdp::Setup::Active) => false,
                    _ => true,
                };
            }
        }
        match own {
            Some(crate::wire::sdp::Setup::Active) => true,
            Some(crate::wire::sdp::Setup::Passive) => false,
            _ => own_offers,
        }
    }

    fn draft(
        &mut self,
        id: MessageId,
        leg: usize,
        act: Act,
        kind: Kind,
        needs: Vec<usize>,
        about: Option<usize>,
    ) -> usize {
        let messages = &self.analysis.messages;
        let message = &messages[id];
        let started = self.analysis.sessions.sessions[self.session].started;
        let at = Duration::from_nanos(message.time.nanos_since(started).max(0) as u64);
        let step = Step {
            leg,
            act,
            kind,
            at,
            after: vec![],
            needs: vec![],
            about: None,
            optional: false,
            message: messages.raw(message).into_owned(),
            chunks: vec![],
            answer: 200,
            label: label(self.analysis, message),
            frame: self.analysis.capture.table.place(message.frame).number,
            faults: vec![],
        };
        self.drafts.push(Draft { order: (id.0 + 1, 0), step, needs, about });
        self.drafts.len() - 1
    }

    /// Puts the steps in the order of the capture. Each comes after the last one before it that has to happen: who plays several
    /// participants knows of all of them what has happened.
    fn finish(mut self) -> Plan {
        // A capture may show an effect before its cause; drafts come after what they need.
        for index in 0..self.drafts.len() {
            let needs = self.drafts[index].needs.iter().chain(&self.drafts[index].about);
            let after = needs.map(|&need| self.drafts[need].order).max().map(|(id, place)| (id, place + 1));
            let draft = &mut self.drafts[index];
            draft.order = draft.order.max(after.unwrap_or_default());
        }
        let mut order: Vec<usize> = (0..self.drafts.len()).collect();
        order.sort_by_key(|&index| self.drafts[index].order);
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, &index)| place[index] = at);
        let mut previous = None;
        for (at, &index) in order.iter().enumerate() {
            let draft = &mut self.drafts[index];
            let mut step = std::mem::replace(&mut draft.step, empty_step());
            step.needs = draft.needs.iter().map(|&need| place[need]).collect();
            step.about = draft.about.map(|about| place[about]);
            step.after = Option::into_iter(previous).collect();
            // Which session a connection is for only its first message tells, whose turn may be later.
            let is_sign = step.kind == Kind::Connect && step.act == Act::Expect;
            if !step.optional && !is_sign {
                previous = Some(at);
            }
            self.plan.steps.push(step);
        }
        self.plan
    }
}

fn empty_step() -> Step {
    Step {
        leg: 0,
        act: Act::Expect,
        kind: Kind::Connect,
        at: Duration::ZERO,
        after: vec![],
        needs: vec![],
        about: None,
        optional: true,
        message: vec![],
        chunks: vec![],
        answer: 200,
        label: String::new(),
        frame: 0,
        faults: vec![],
    }
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

/// A transfer as one message with its whole body, and the lengths of its chunks where it had several.
fn whole_message(transfer: &Transfer, messages: &Messages) -> (Vec<u8>, Vec<usize>) {
    let first = messages.raw(&messages[transfer.first]).into_owned();
    if transfer.more().is_empty() {
        return (first, vec![]);
    }
    let lengths =
        transfer.chunks().map(|id| messages[id].msrp().map_or(0, |summary| summary.body.len as usize)).collect();
    let Some(message) = msrp::Message::parse(&first[..]) else { return (first, vec![]) };
    let body = message.body_range();
    let mut whole = first[..body.start].to_vec();
    whole.extend_from_slice(&transfer.body(messages));
    let flag = if transfer.end == msrp::EndFlag::Aborted { '#' } else { '$' };
    whole.extend_from_slice(format!("\r\n-------{}{flag}\r\n", message.transaction_id()).as_bytes());
    (whole, lengths)
}
