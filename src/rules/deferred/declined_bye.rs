use super::away::{is_up, refusal};
use super::original::deferred;
use crate::rules::pf::hop::{Cause, bye_of, cause};
use crate::rules::pf::relayed::sent;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// When its client declines a deferred INVITE (603), a participating function leaves the session: BYE to the focus with
    /// the cause 200, and no message to it after that.
    ///
    /// ## Why it matters
    /// The user stays listed in a group that it does not want, and whoever writes believes that it will read.
    ///
    /// ## Example
    /// The client answers 603, and the function goes on to take messages: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1
    pub CPM_DEFERRED_603_BYE_FOCUS: Error = "cpm-deferred-603-bye-focus", ["5.2.3.4.1.1-c.1.ii.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.1-c.1.ii.a";
    let wait = case.profile.timings.sip_transaction;
    for one in deferred(case) {
        let Some((declined, 603)) = refusal(one.invite.leg) else { continue };
        let (user, network) = (one.invite.user(), one.lost.network);
        if !is_up(network, declined) || bye_of(network, false).is_some() {
            continue;
        }
        let Some(bye) = bye_of(network, true) else {
            if case.lossy || case.seconds_captured_after(declined) <= wait {
                judge.undecided(statement, format!("needs the network's side of {user} after its 603"));
            } else {
                judge.fail(statement, declined, format!("{user} has declined, and its function stays in the session"));
            }
            continue;
        };
        let written = cause(case, bye);
        let late = sent(case, network, false).find(|one| one.first > bye);
        let message = match (written, late) {
            _ if case.seconds_between(declined, bye) > wait => {
                format!("the function of {user} leaves long after its 603")
            }
            (Some(Cause::None), _) => format!("the BYE of the function of {user} has no Reason"),
            (Some(Cause::Sip(code)), _) if code != 200 => {
                format!("the BYE of the function of {user} has the cause {code}")
            }
            (_, Some(_)) => format!("the function of {user} goes on to write after its BYE"),
            _ => {
                judge.pass(statement);
                continue;
            }
        };
        judge.fail(statement, bye, message).expected("SIP;cause=200").also(declined);
    }
}
