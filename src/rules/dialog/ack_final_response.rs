use super::unacknowledged::{Acknowledgement, acknowledgement};
use crate::rules::invite::answer::refusals_of_focus;
use crate::rules::invite::invitation::{Clauses, Purpose};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// A client acknowledges the final response to its INVITE: the 200 with an ACK of the dialog, a refusal with an ACK of
    /// the transaction. So does a participating function that delivers what was deferred.
    ///
    /// ## Why it matters
    /// Without the ACK the focus repeats its 200 for half a minute, and then ends the session.
    ///
    /// ## Example
    /// `200 OK` after 0.5, 1, 2, 4 s, and no ACK: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.3, 5.2.3.4.1.1; RFC 3261 §13.2.2.4, §17.1.1.3
    pub CPM_ACK_FINAL_RESPONSE: Error = "cpm-ack-final-response", ["5.2.1.1-resp-1", "5.2.1.2-resp-1", "5.2.1.3-resp-a", "5.2.1.4-resp-a", "5.2.1.4-err", "5.2.3-resp-1", "5.2.3.4.1.1-c", "5.2.3.4.1.1-d"], check;
}

const CLAUSES: Clauses =
    Clauses::of_clients(["5.2.1.1-resp-1", "5.2.1.2-resp-1", "5.2.1.3-resp-a", "5.2.1.4-resp-a", "5.2.3-resp-1"]);

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let is_deferred = one.is_deferred(case);
        let statement = if is_deferred { Some("5.2.3.4.1.1-d") } else { CLAUSES.statement(one.purpose) };
        let (Some(statement), Some((answer, known))) = (statement, acknowledgement(case, one.leg)) else { continue };
        match known {
            Acknowledgement::Unknown => judge.undecided(statement, "needs the ACK of the 200"),
            _ => {
                let kept = known == Acknowledgement::Seen;
                let what = || format!("the 200 to the INVITE of {} was not acknowledged", one.user());
                judge.expect(statement, kept, answer, what).into_iter().for_each(|finding| _ = finding.expected("ACK"));
                if is_deferred {
                    judge.same("5.2.3.4.1.1-c", kept);
                }
            }
        }
    }
    for refusal in refusals_of_focus(case) {
        let one = refusal.invitation;
        if one.purpose != Purpose::Rejoin || !matches!(refusal.status, 403 | 404) {
            continue;
        }
        let call = &case.sessions().calls[one.leg.call];
        let invite = call
            .transactions
            .iter()
            .find(|transaction| transaction.method == Method::Invite && transaction.requests.contains(&one.id));
        let Some(transaction) = invite else { continue };
        // Whoever waits for the ACK repeats the refusal.
        let is_repeated =
            transaction.responses.iter().filter(|&&id| id > refusal.id).count() >= crate::rules::loss::REPEATED;
        match () {
            () if !transaction.acks.is_empty() => judge.pass("5.2.1.4-err"),
            () if is_repeated && !case.lossy => {
                let what =
                    format!("the {} to the re-join INVITE of {} was not acknowledged", refusal.status, one.user());
                judge.fail("5.2.1.4-err", refusal.id, what).expected("ACK").also(one.id);
            }
            () => judge.undecided("5.2.1.4-err", "needs the ACK of the refusal"),
        }
    }
}
