use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::timeline::State;
use crate::timeline::conference::Stage;

rule! {
    /// ## What it checks
    /// A user is `pending` while it is being invited, and only then.
    ///
    /// ## Why it matters
    /// The group takes somebody for a reader who has not answered, or goes on waiting for somebody who has refused.
    ///
    /// ## Example
    /// Frank's phone is ringing, and he is listed as `connected`: broken. Dave declined with 603, and is still `pending` seconds later: a
    /// warning.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3, 7.2.3; RFC 4575 §5.7.3
    ///
    /// Who is being invited may be left out. Judged are users whose legs show one state for a second before and after the document. Who has
    /// joined and is listed as pending is an error of `cpm-cinfo-status-connected`.
    pub CPM_CINFO_STATUS_PENDING: Error = "cpm-cinfo-status-pending",
        ["7.2.3-14", "9.2.14.3-m-a.vi.b2.d.b1.c", "9.2.14.3-n-9.b.iv.b2.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let attendance = case.attendance();
    let invited = "7.2.3-14";
    for (document, users, listing) in attendance.documents(case) {
        let statement = document.pick("9.2.14.3-n-9.b.iv.b2.c", "9.2.14.3-m-a.vi.b2.d.b1.c");
        for ((user, who), &stage) in users.users.iter().zip(&listing.who).zip(&listing.stages) {
            let settled = who.and_then(|who| attendance.settled_change(case, who, document.message));
            let Some((who, change)) = who.zip(settled) else {
                if stage == Stage::Pending {
                    judge.pass(statement);
                }
                continue;
            };
            let uri = case.uri(who);
            let status = user.endpoints.iter().find_map(|endpoint| endpoint.status.as_ref());
            let place = document.at_judged(status.map_or(&user.range, |status| &status.range));
            match (change.state, stage) {
                (State::Pending, Stage::Connected) if !attendance.is_up(case, who, document.message) => {
                    let message = format!("{uri} has not answered yet but is listed as connected");
                    judge.fail(invited, place, message).expected("pending").also(change.at);
                }
                (State::Pending, Stage::Pending) => {
                    judge.pass(invited);
                    judge.pass(statement);
                }
                (State::Disconnected, Stage::Pending) => {
                    let message = format!("{uri} is listed as pending, but its invitation is over");
                    judge.remark(statement, Severity::Warning, place, message).also(change.at);
                }
                (_, Stage::Pending) => judge.pass(statement),
                _ => {}
            }
        }
    }
}
