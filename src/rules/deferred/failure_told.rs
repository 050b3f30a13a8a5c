use super::away::{all, is_rejoin, refusal, restart};
use crate::rules::pf::hop::bye_of;
use crate::rules::pf::relayed::{key, sent};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Transfer;
use crate::timeline::{Content, Envelope};
use crate::wire::{MessageId, cpim, imdn};

rule! {
    /// ## What it checks
    /// When the focus refuses to restart a session, the client is told of each message that it has written meanwhile that it
    /// did not get through: by REPORT or by a notification.
    ///
    /// ## Why it matters
    /// The user believes that the group has read it.
    ///
    /// ## Example
    /// Carol writes, the focus answers 404, and her function ends the session without a word on the message: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.2; RFC 4975 §7.1.2, RFC 5438
    pub CPM_REJOIN_FAILED_MSRP_FAILURE_REPORT: Error = "cpm-rejoin-failed-msrp-failure-report", ["5.2.3.4.1.2-1.3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.2-1.3";
    for away in all(case).iter().filter(|away| away.cause == 503) {
        for leg in away.back.iter().filter(|leg| is_rejoin(leg)) {
            let refused = leg.invited.and_then(|id| refusal(restart(case, away.hop, id)?.leg));
            let Some((refused, _)) = refused.filter(|(_, status)| !matches!(status, 401 | 407)) else { continue };
            let told: Vec<String> = sent(case, leg, true).filter_map(|one| failed(case, one)).collect();
            for transfer in sent(case, leg, false).filter(|one| is_chat(case, one)) {
                let Some(id) = key(case, transfer) else { continue };
                let is_refused = transfer.response.is_some_and(|(_, status)| status >= 300);
                let is_reported = transfer.reports().iter().any(|&report| tells_of_failure(case, report));
                let kept = is_refused || is_reported || told.iter().any(|told| *told == id);
                if !kept && (case.lossy || bye_of(leg, false).is_none()) {
                    judge.undecided(
                        statement,
                        format!("needs all that the function of {} sends to it", away.hop.user()),
                    );
                    continue;
                }
                let what = || format!("{} is not told that its message {id} did not get through", away.hop.user());
                judge
                    .expect(statement, kept, transfer.first, what)
                    .into_iter()
                    .for_each(|finding| _ = finding.also(refused));
            }
        }
    }
}

fn is_chat(case: &Case<'_>, transfer: &Transfer) -> bool {
    let body = transfer.body(case.messages());
    Envelope::open(transfer.content_type(case.messages()), &body).content(body.len()) == Content::User
}

/// The message of which a notification says that it was not delivered.
fn failed(case: &Case<'_>, transfer: &Transfer) -> Option<String> {
    let body = transfer.body(case.messages());
    let told = imdn::parse(cpim::parse(&body).ok()?.body()).ok()?;
    let status = told.notification?.status?;
    let is_failure = matches!(status, imdn::Status::Failed | imdn::Status::Error | imdn::Status::Forbidden);
    is_failure.then(|| told.message_id.map(|id| id.as_str().trim().to_owned()))?
}

/// Does a REPORT say that the message did not get through (RFC 4975 §7.1.2)?
fn tells_of_failure(case: &Case<'_>, report: MessageId) -> bool {
    let Some(message) = case.msrp(report) else { return false };
    message.header("Status").is_some_and(|status| !status.trim().starts_with("000 200"))
}
