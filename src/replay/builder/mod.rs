//! Session → plan: which legs and which ends of them the roles stand for, and what each end sends and expects.
//!
//! Through a B2BUA a participant has a leg per hop; a client plays the hop that begins at it, the focus the one that ends at it.

mod msrp;
mod sip;

use std::time::Duration;

use hashbrown::HashMap;

use super::parts::{Part, parts};
use super::plan::{Act, Kind, Leg, Plan, Side, Step};
use super::restore;
use super::roles::{PlanError, Roles};
use crate::Analysis;
use crate::session::SessionKind;
use crate::view::label;
use crate::wire::MessageId;
use crate::wire::sip::Method;

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
    /// INVITEs by Call-ID, tag of the caller and CSeq.
    invites: HashMap<(&'a str, &'a str, u32), usize>,
    plan: Plan,
}

impl<'a> Builder<'a> {
    fn new(analysis: &'a Analysis, session: usize, side: Side) -> Builder<'a> {
        let described = &analysis.sessions.sessions[session];
        let subject = described.subject.as_deref().map(|subject| format!(" “{subject}”")).unwrap_or_default();
        let session_name = format!("{} {}{subject}", described.id, described.kind.as_str());
        let plan = Plan { session: session_name, side, legs: vec![], steps: vec![], left_out: vec![] };
        Builder { analysis, session, drafts: vec![], invites: HashMap::new(), plan }
    }

    /// Adds one end of a call.
    fn add(&mut self, part: &Part<'a>, is_caller: bool) {
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
        let what = match (part.is_leg, part.is_fork) {
            (true, false) => "",
            (true, true) => " (fork)",
            (false, _) => " (subscription)",
        };
        let (own, peer) = match (part.is_leg, self.plan.side) {
            (true, _) | (false, Side::Clients) => (name(own), name(peer)),
            (false, Side::Focus) => ("focus".into(), name(peer)),
        };
        crate::view::terminal(&format!("{own} {arrow} {peer}{what}")).to_string()
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
