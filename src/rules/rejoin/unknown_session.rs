use crate::rules::focus::farewell::farewell;
use crate::rules::invite::answer::{of_focus, refusals_of_focus};
use crate::rules::invite::invitation::{Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The focus answers a re-join with 404 only where the session is gone: not while others are in it.
    ///
    /// ## Why it matters
    /// The user is told that the group does not exist, and sees its messages come in on another device.
    ///
    /// ## Example
    /// Alice and Bob are in the session, and Carol's INVITE to it is answered with 404: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6
    pub CPM_REJOIN_UNKNOWN_SESSION: Error = "cpm-rejoin-unknown-session", ["5.2.6-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6-1";
    for answer in of_focus(case).chain(refusals_of_focus(case)) {
        let one = answer.invitation;
        if one.purpose != Purpose::Rejoin {
            continue;
        }
        let others = case.invitations().iter().filter(|other| !same_user(other.user(), one.user()));
        let up = others.into_iter().find(|other| {
            let is_called = other.leg.focus.as_ref().map(|(focus, _)| &focus.key)
                == one.leg.request_uri.as_ref().map(|uri| &uri.key);
            is_called
                && other.leg.established.is_some_and(|ack| ack < one.id)
                && other.leg.ended.is_none_or(|(bye, _)| bye > answer.id)
        });
        // Whoever was sent away for good is to be answered so.
        let is_gone = farewell(case, one).is_some_and(|(_, cause)| cause == 410);
        match up {
            Some(other) if answer.status == 404 && !is_gone && case.lossy => {
                judge.undecided(statement, format!("needs the BYE of {}, which may be missing", other.user()));
            }
            Some(other) if answer.status == 404 && !is_gone => {
                let what = format!("404 to the re-join of {}, while {} is in the session", one.user(), other.user());
                judge.fail(statement, answer.id, what).also(one.id).also(other.id);
            }
            _ => judge.pass(statement),
        }
    }
}
