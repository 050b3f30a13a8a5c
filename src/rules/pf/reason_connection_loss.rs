use super::hop::{Cause, bye_of, cause};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// A BYE from the network whose cause is neither 200 nor 410 nor 480 tells that a connection was lost on the far side.
    ///
    /// ## Why it matters
    /// It explains why somebody is gone who did not leave.
    ///
    /// ## Example
    /// `Reason: SIP;cause=503` in the BYE of the focus: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.3
    pub CPM_BYE_REASON_CONNECTION_LOSS: Note = "cpm-bye-reason-connection-loss", ["5.2.3.3-2.b.other"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.3-2.b.other";
    for hop in case.hops() {
        let Some(bye) = bye_of(hop.network, false) else { continue };
        match cause(case, bye) {
            Some(Cause::Sip(200 | 410 | 480)) | Some(Cause::None) | None => {}
            Some(Cause::Sip(other)) => {
                let what =
                    format!("BYE of the network for {} has the cause {other}: a connection was lost", hop.user());
                judge.remark(statement, Severity::Note, bye, what);
            }
        }
    }
}
