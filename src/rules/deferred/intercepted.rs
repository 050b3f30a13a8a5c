use super::away::all;
use super::kept::returns;
use crate::rules::pf::relayed::sent;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// What the focus sends while a client is away its participating function takes, with 200, and delivers once.
    ///
    /// ## Why it matters
    /// A message that is refused is lost; one that comes twice confuses.
    ///
    /// ## Example
    /// Carol's connection is lost, and her function answers the next SEND with 480: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2
    pub CPM_DEFERRED_INTERCEPT_MESSAGES: Error = "cpm-deferred-intercept-messages", ["5.2.3.2-2.a.B.ii.b.ii.2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2-2.a.B.ii.b.ii.2";
    for away in all(case).iter().filter(|away| away.cause == 503) {
        let until = away.back.first().and_then(|leg| leg.invited);
        let meanwhile = sent(case, away.hop.network, true)
            .filter(|one| one.first > away.since && until.is_none_or(|until| one.first < until));
        for transfer in meanwhile {
            let Some((response, status)) = transfer.response else { continue };
            // What it cannot take at all, it may refuse.
            let kept = status < 300 || matches!(status, 413 | 415 | 481);
            let what = || format!("{} is away, and its function answers a message with {status}", away.hop.user());
            let finding = judge.expect(statement, kept, response, what);
            finding.into_iter().for_each(|finding| _ = finding.expected("200").also(transfer.first).also(away.since));
        }
    }
    for back in returns(case) {
        for (id, _) in &back.kept {
            let mut times = back.given.iter().filter(|(given, _)| given == id);
            if let (Some((_, first)), Some((_, again))) = (times.next(), times.next()) {
                let what = format!("message {id} is delivered to {} twice", back.lost.user());
                judge.fail(statement, *again, what).also(*first);
            }
        }
    }
}
