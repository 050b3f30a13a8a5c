use crate::rules::look::{is_kind, is_of_kind};
use crate::rules::msrp::unanswered::unanswered;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::Transfer;
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// A client takes the chat messages of the session that it has accepted: it answers each with 200.
    ///
    /// ## Why it matters
    /// What a client refuses is lost, and the sender believes that it was read.
    ///
    /// ## Example
    /// `MSRP … 415` to a `message/cpim` that the client has listed in `a=accept-types`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2; RFC 4975 §7.2
    pub CPM_MSRP_ACCEPT_CHAT: Error = "cpm-msrp-accept-chat", ["5.2.2-3.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.2-3.a";
    for stream in case.streams().iter().filter(|_| case.is_group()) {
        let who = stream.participant.map_or("a participant", |participant| case.uri(participant));
        for one in unanswered(case, stream, true) {
            if !one.message.header("Content-Type").is_some_and(|kind| is_kind(&kind, "message/cpim")) {
                continue;
            }
            if one.is_certain {
                let tid = one.message.transaction_id();
                judge
                    .fail(statement, one.id, format!("{who} did not answer SEND {tid} with a chat message"))
                    .expected("200");
            } else {
                judge.undecided(statement, "needs more of the session after the SEND");
            }
        }
        // Of a client that is away its participating function answers.
        let gone = case.hops().iter().filter(|hop| std::ptr::eq(hop.network, stream.leg));
        let gone: Vec<MessageId> = gone.filter_map(|hop| hop.client.ended).map(|(bye, _)| bye).collect();
        let is_away = |transfer: &Transfer| gone.iter().any(|bye| *bye < transfer.first);
        for transfer in case.transfers(stream).filter(|transfer| stream.is_from_focus(transfer) == Some(true)) {
            let Some((response, status)) = transfer.response else { continue };
            let is_late = stream.leg.ended.is_some_and(|(bye, _)| bye <= response);
            if !is_of_kind(case, transfer, "message/cpim") || is_late || is_away(transfer) {
                continue;
            }
            match status {
                200..=299 => judge.pass(statement),
                413 => {
                    let what = format!("{who} refused a chat message as too large (413)");
                    judge.remark(statement, Severity::Warning, response, what).also(transfer.first);
                }
                _ => {
                    let what = format!("{who} answered a chat message with {status}");
                    judge.fail(statement, response, what).expected("200").also(transfer.first);
                }
            }
        }
    }
}
