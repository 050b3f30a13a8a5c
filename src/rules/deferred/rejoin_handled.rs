use super::away::{all, is_rejoin, refusal, restart};
use super::kept::kept;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A client that comes back while something is kept for it is let in by its participating function, or brought to the
    /// focus: the function does not refuse it by itself.
    ///
    /// ## Why it matters
    /// The user cannot get at its messages.
    ///
    /// ## Example
    /// Carol comes back, and her function answers 404 without asking the focus: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.2
    pub CPM_REJOIN_PF_HANDLED: Error = "cpm-rejoin-pf-handled", ["5.2.3.4.1.2-p2-rejoin"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.2-p2-rejoin";
    for away in all(case).iter().filter(|away| away.cause == 503) {
        for leg in away.back.iter().filter(|leg| is_rejoin(leg)) {
            let Some(invited) = leg.invited.filter(|&invited| !kept(case, away.hop, invited).is_empty()) else {
                continue;
            };
            let refused = refusal(leg);
            let is_tried = restart(case, away.hop, invited).is_some();
            let what = || {
                let status = refused.map_or(0, |(_, status)| status);
                format!("{} comes back, and its function answers {status} without asking the focus", away.hop.user())
            };
            let place = refused.map_or(invited, |(answer, _)| answer);
            let finding = judge.expect(statement, refused.is_none() || is_tried, place, what);
            finding.into_iter().for_each(|finding| _ = finding.also(invited));
        }
    }
}
