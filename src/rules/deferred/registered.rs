use super::away::all;
use super::kept::kept;
use crate::rules::pf::hop::ends_of;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;
use crate::wire::sip::{Method, Name, Summary};

rule! {
    /// ## What it checks
    /// When the network tells a participating function that its user has registered, the function invites the client for each
    /// group in which something was kept, unless the client comes by itself.
    ///
    /// ## Why it matters
    /// The messages stay where they are, though the client is there again.
    ///
    /// ## Example
    /// The S-CSCF sends a third-party REGISTER for Carol, and two minutes later nothing was delivered: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4, 5.2.3.4.1.1; 3GPP TS 24.229 §5.4.1.7
    ///
    /// `timings.deferred` in the profile says how long it may take: a minute, where it is not set.
    pub CPM_DEFERRED_TRIGGER_THIRD_PARTY_REGISTER: Error = "cpm-deferred-trigger-third-party-register", ["5.2.3.4-p4-A", "5.2.3.4.1.1-p1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let delay = case.profile.timings.deferred;
    let (statement, same) = ("5.2.3.4.1.1-p1", "5.2.3.4-p4-A");
    for away in all(case).iter().filter(|away| away.cause == 503) {
        let Some(user) = away.hop.client.participant() else { continue };
        let registers = case.sessions().outside.get(&user.key).into_iter().flatten().copied();
        let node = away.hop.node(case);
        let told =
            registers.filter(|&id| id > away.since && Some(ends_of(case, id).1) == node && is_registration(case, id));
        let Some(told) = told.min() else { continue };
        if away.given_up().is_some_and(|bye| bye < told) || kept(case, away.hop, told).is_empty() {
            continue;
        }
        let came = away
            .back
            .iter()
            .filter_map(|leg| leg.invited)
            .find(|&invited| invited > told && case.seconds_between(told, invited) <= delay);
        let is_back = away.back.iter().any(|leg| leg.invited < Some(told));
        if came.is_none() && !is_back && (case.lossy || case.seconds_captured_after(told) <= delay) {
            judge.undecided(statement, format!("needs what the function of {} does", away.hop.user()));
            judge.undecided(same, format!("needs what the function of {} does", away.hop.user()));
            continue;
        }
        let kept = came.is_some() || is_back;
        let what = || format!("{} has registered, and what was kept for it is not delivered", away.hop.user());
        judge.expect(statement, kept, told, what).into_iter().for_each(|finding| _ = finding.also(away.since));
        judge.same(same, kept);
    }
}

/// Does a REGISTER register, rather than take away?
fn is_registration(case: &Case<'_>, id: MessageId) -> bool {
    let is_register = |summary: &Summary| summary.is_request && summary.method == Method::Register;
    let is_register = case.messages()[id].sip().is_some_and(is_register);
    let Some(message) = case.sip(id) else { return false };
    is_register && message.header(Name::Expires).is_none_or(|value| value.trim() != "0")
}
