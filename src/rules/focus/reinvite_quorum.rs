use crate::rules::invite::change::Modification;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// Where all others accept a change of the streams, whoever asked for it gets 200; where all refuse it, 488.
    ///
    /// ## Why it matters
    /// The answer tells the client what the group does: with another one it sends what nobody takes.
    ///
    /// ## Example
    /// Bob and Carol answer 488, and the focus answers Alice 200: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.2
    pub CPM_FOCUS_REINVITE_QUORUM: Error = "cpm-focus-reinvite-quorum", ["7.2.2-4", "7.2.2-4.a", "7.2.2-4.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in Modification::all(case.changes()) {
        let answers: Vec<Option<(MessageId, u16)>> = one.answers().map(|(_, answer)| answer).collect();
        let (Some((answer, status)), false) = (one.asked.answer, answers.is_empty()) else { continue };
        let statuses: Vec<u16> = answers.iter().flatten().map(|(_, status)| *status).collect();
        let is_complete = statuses.len() == answers.len() && !case.lossy;
        let accepted = statuses.iter().filter(|status| **status < 300).count();
        let (statement, kept, expected) = match () {
            () if !is_complete => {
                judge.undecided("7.2.2-4.a", "needs the answers of all participants");
                continue;
            }
            () if accepted == statuses.len() => ("7.2.2-4.a", status < 300, "200"),
            () if accepted == 0 => ("7.2.2-4.b", status >= 300, "488"),
            () => {
                judge.undecided("7.2.2-4.a", "needs to know how many have to accept, which no capture shows");
                continue;
            }
        };
        judge.pass("7.2.2-4");
        let what = || {
            format!(
                "{accepted} of {} participants accepted the change, and {} got {status}",
                statuses.len(),
                one.asked.user()
            )
        };
        if let Some(finding) = judge.expect(statement, kept, answer, what) {
            finding.expected(expected);
            answers.iter().flatten().for_each(|(id, _)| _ = finding.also(*id));
        }
    }
}
