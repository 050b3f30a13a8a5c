use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::State;
use crate::timeline::conference::Stage;

rule! {
    /// ## What it checks
    /// A user is `connected` while its dialog with the focus stands, and not after.
    ///
    /// ## Why it matters
    /// Clients show who is there by nothing else.
    ///
    /// ## Example
    /// Bob has accepted and acknowledged, and seconds later is listed as `pending`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.3
    ///
    /// Judged are users whose legs show one state for a second before and after the document. `on-hold` and `muted-via-focus` are connected,
    /// too. After a partial document the merged state is judged.
    pub CPM_CINFO_STATUS_CONNECTED: Error = "cpm-cinfo-status-connected", ["9.2.14.3-m-a.vi.b2.d.b1.a", "9.2.14.3-n-9.b.iv.b2.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let attendance = case.attendance();
    for (document, users, listing) in attendance.documents(case) {
        let statement = document.pick("9.2.14.3-n-9.b.iv.b2.a", "9.2.14.3-m-a.vi.b2.d.b1.a");
        for ((user, who), stage) in users.users.iter().zip(&listing.who).zip(&listing.stages) {
            let Some(who) = *who else { continue };
            let state = attendance.settled_state(case, who, document.message);
            let shown = match (state, stage) {
                (Some(State::Connected), Stage::Connected) => {
                    judge.pass(statement);
                    continue;
                }
                (Some(State::Connected), Stage::Disconnected) => "has joined, but is listed as disconnected",
                (Some(State::Connected), Stage::Pending) => "has joined, but is listed as pending",
                (Some(State::Disconnected), Stage::Connected) => "has left, but is listed as connected",
                (None, Stage::Connected) => {
                    judge.undecided(statement, "needs the leg of the user for a second before and after the document");
                    continue;
                }
                _ => continue,
            };
            let status = user.endpoints.iter().find_map(|endpoint| endpoint.status.as_ref());
            let place = document.at_judged(status.map_or(&user.range, |status| &status.range));
            let finding = judge.fail(statement, place, format!("{} {shown}", case.uri(who)));
            let settled = attendance.settled_change(case, who, document.message);
            settled.into_iter().for_each(|change| _ = finding.also(change.at));
        }
    }
}
