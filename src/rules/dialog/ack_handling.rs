use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// A client that has its ACK is quiet: it neither repeats its 200 nor answers the ACK.
    ///
    /// ## Why it matters
    /// A 200 that is repeated looks as if the ACK had been lost; an answer to an ACK belongs to no transaction.
    ///
    /// ## Example
    /// `200 OK`, `ACK`, and four seconds later the `200 OK` once more: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2; RFC 3261 §13.3.1.4, §17
    pub CPM_ACK_HANDLING: Error = "cpm-ack-handling", ["5.2.2-ack-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.2-ack-1";
    for one in case.invitations().iter().filter(|one| one.is_from_focus()) {
        let (Some(ack), Some((answer, 200..=299))) = (one.leg.established, one.leg.answered) else { continue };
        let cseq = case.sip(answer).and_then(|message| message.cseq());
        let wrong = one.leg.messages.iter().filter(|&&id| id > ack).find_map(|&id| {
            let summary = case.messages()[id].sip().filter(|summary| !summary.is_request)?;
            let is_repeated = summary.method == Method::Invite
                && case.sessions().is_retransmission(id)
                && (200..300).contains(&summary.status)
                && case.seconds_between(ack, id) > IN_FLIGHT_SECONDS
                && case.sip(id).and_then(|message| message.cseq()) == cseq;
            match () {
                () if is_repeated => Some((id, "repeats its 200 after the ACK")),
                () if summary.method == Method::Ack => Some((id, "answers the ACK")),
                () => None,
            }
        });
        match wrong {
            Some((id, what)) => {
                judge.fail(statement, id, format!("{} {what}", one.user())).also(ack).also(answer);
            }
            None => judge.pass(statement),
        }
    }
}

/// A 200 may be on its way when the ACK comes.
const IN_FLIGHT_SECONDS: f64 = 0.5;
