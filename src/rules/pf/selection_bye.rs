use super::hop::{Cause, cause};
use super::selection::selections;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A participating function that goes on with the client which wrote first ends the session with the others: BYE with the
    /// cause 200.
    ///
    /// ## Why it matters
    /// Another cause looks like a lost connection, and the client comes back.
    ///
    /// ## Example
    /// Bob writes with one telephone, and the other gets `Reason: SIP;cause=480`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.4; RFC 3326
    ///
    /// That the function goes on with one client is told by such a BYE while the others stay in.
    pub CPM_BYE_OTHER_CLIENTS_ON_SELECTION: Error = "cpm-bye-other-clients-on-selection", ["5.2.4-2.a.i.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.4-2.a.i.a";
    for selection in selections(case) {
        let found = cause(case, selection.bye);
        if found != Some(Cause::Sip(200)) && case.lossy {
            judge.undecided(statement, format!("needs all that the clients of {} were sent", selection.user));
            continue;
        }
        let what = || match found {
            Some(Cause::Sip(code)) => {
                format!("a client of {} that was not chosen is sent BYE with the cause {code}", selection.user)
            }
            _ => format!("a client of {} that was not chosen is sent BYE without a cause", selection.user),
        };
        let finding = judge.expect(statement, found == Some(Cause::Sip(200)), selection.bye, what);
        finding.into_iter().for_each(|finding| _ = finding.expected("SIP;cause=200"));
    }
}
