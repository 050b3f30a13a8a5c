//! A plan with what is looked up in it while it is played.

use std::sync::Arc;
use std::time::Duration;

use crate::replay::msrp_template::{self, MsrpTemplate};
use crate::replay::originals::Originals;
use crate::replay::plan::{Act, Kind, Plan};
use crate::replay::sip_template::{self, SipTemplate};
use crate::wire;

/// A plan with what is looked up in it while it is played; shared by all copies.
pub struct Score {
    pub plan: Plan,
    /// Steps that come after each, and those that need it.
    pub(super) followers: Vec<Vec<usize>>,
    pub(super) dependents: Vec<Vec<usize>>,
    /// Responses to each request, the ACK of each 2xx.
    pub(super) about: Vec<Vec<usize>>,
    /// The messages of the steps, taken apart, and the identifiers in them.
    pub(super) sip: Vec<Option<SipTemplate>>,
    pub(super) msrp: Vec<Option<MsrpTemplate>>,
    pub(super) originals: Arc<Originals>,
    /// How long after its predecessors each step came.
    pub(super) gap: Vec<Duration>,
    /// Of each leg: the requests and the MSRP messages that are expected, in order.
    pub(super) requests: Vec<Vec<usize>>,
    pub(super) messages: Vec<Vec<usize>>,
    /// Of each leg: all legs that answer the same INVITE, in the order captured, the one that has it first. Mostly the leg alone.
    pub(super) forks: Vec<Vec<usize>>,
    /// The first step of each leg.
    pub(super) first: Vec<Option<usize>>,
    /// Has the leg steps of MSRP?
    pub(super) speaks_msrp: Vec<bool>,
    /// So many steps at the beginning register those who are played.
    pub(super) registrations: usize,
}

impl Score {
    /// `hosts`: what `--map` puts something in place of.
    pub fn new(plan: Plan, hosts: Vec<String>) -> Score {
        let count = plan.steps.len();
        let legs = plan.legs.len();
        let messages = |step: &crate::replay::plan::Step| {
            let bytes = || step.message.clone();
            (wire::sip::Message::parse(bytes()), wire::msrp::Message::parse(bytes()))
        };
        let (sip, msrp): (Vec<_>, Vec<_>) = plan.steps.iter().map(messages).unzip();
        let of_legs = plan.legs.iter().flat_map(|leg| [leg.own_tag.clone(), leg.call_id.clone()]);
        let of_sip = sip.iter().flatten().flat_map(sip_template::identifiers);
        let of_msrp = msrp.iter().flatten().flat_map(msrp_template::identifiers);
        let originals = Originals::new(of_legs.chain(of_sip).chain(of_msrp), hosts);
        let mut score = Score {
            followers: vec![vec![]; count],
            dependents: vec![vec![]; count],
            about: vec![vec![]; count],
            sip: sip.into_iter().map(|message| Some(SipTemplate::new(message?, &originals))).collect(),
            msrp: msrp.into_iter().map(|message| Some(MsrpTemplate::new(message?, &originals))).collect(),
            originals: Arc::new(originals),
            gap: vec![Duration::ZERO; count],
            requests: vec![vec![]; legs],
            messages: vec![vec![]; legs],
            forks: (0..legs).map(|leg| vec![leg]).collect(),
            first: vec![None; legs],
            speaks_msrp: vec![false; legs],
            registrations: 0,
            plan,
        };
        score.registrations = score.sip.iter().take_while(|message| is_registration(message.as_ref())).count();
        for index in 0..count {
            score.add_fork(index);
        }
        for (index, step) in score.plan.steps.iter().enumerate() {
            step.after.iter().for_each(|&before| score.followers[before].push(index));
            step.needs.iter().for_each(|&need| score.dependents[need].push(index));
            step.about.iter().for_each(|&about| score.about[about].push(index));
            let before = step.after.iter().map(|&before| score.plan.steps[before].at).max();
            score.gap[index] = step.at.saturating_sub(before.unwrap_or(step.at));
            score.first[step.leg].get_or_insert(index);
            score.speaks_msrp[step.leg] |= matches!(step.kind, Kind::Connect | Kind::Msrp);
            match (step.act, step.kind) {
                (Act::Expect, Kind::Request) => score.requests[step.leg].push(index),
                (Act::Expect, Kind::Msrp) => score.messages[step.leg].push(index),
                _ => {}
            }
        }
        score
    }

    /// A response on another leg than its INVITE is that of a fork.
    fn add_fork(&mut self, step: usize) {
        let planned = &self.plan.steps[step];
        let (Some(request), Kind::Response) = (planned.about, planned.kind) else { return };
        let (first, fork) = (self.plan.steps[request].leg, planned.leg);
        let makes_dialog = self.sip[request]
            .as_ref()
            .is_some_and(|template| template.message.method() == Some("INVITE") && !template.is_inside);
        if makes_dialog && self.forks[first][0] == first && self.forks[fork] == [fork] && first != fork {
            self.forks[first].push(fork);
            for &leg in &self.forks[first].clone() {
                self.forks[leg] = self.forks[first].clone();
            }
        }
    }

    /// Status of the response that a step is about.
    pub(super) fn status(&self, step: usize) -> Option<u16> {
        self.sip[step].as_ref()?.message.status()
    }
}

/// A REGISTER request or its response.
fn is_registration(template: Option<&SipTemplate>) -> bool {
    let cseq = template.and_then(|template| template.message.header(wire::sip::Name::CSeq));
    cseq.is_some_and(|cseq| cseq.trim_end().ends_with(" REGISTER"))
}
