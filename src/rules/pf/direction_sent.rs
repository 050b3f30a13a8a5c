use super::devices::all;
use super::relayed::{key, sent};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Transfer;

rule! {
    /// ## What it checks
    /// The copy of a message that a participating function gives to another client of its sender says so: `Message-Direction:
    /// sent`.
    ///
    /// ## Why it matters
    /// The other telephone shows what its own user has written as written by somebody else.
    ///
    /// ## Example
    /// Bob writes with one telephone, and the copy for the other has no Message-Direction: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.4, C.1.9
    ///
    /// The header may stand in the MSRP request or in its CPIM envelope.
    pub CPM_MSRP_MESSAGE_DIRECTION_SENT: Error = "cpm-msrp-message-direction-sent", ["5.2.4-2.b.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.4-2.b.i";
    for user in all(case) {
        for &leg in &user.clients {
            for written in sent(case, leg, false) {
                let Some(id) = key(case, written) else { continue };
                let others = user.clients.iter().filter(|other| !std::ptr::eq(**other, leg));
                let copies = others.flat_map(|other| sent(case, other, true));
                for copy in copies.filter(|copy| copy.first > written.first && key(case, copy).as_ref() == Some(&id)) {
                    let found = direction(case, copy);
                    let is_right = found.as_deref().is_some_and(|found| found.eq_ignore_ascii_case("sent"));
                    let what = || match &found {
                        Some(found) => format!(
                            "the copy of message {id} for another client of {} has Message-Direction {found}",
                            user.hop.user()
                        ),
                        None => format!(
                            "the copy of message {id} for another client of {} has no Message-Direction",
                            user.hop.user()
                        ),
                    };
                    let finding = judge.expect(statement, is_right, copy.first, what);
                    finding
                        .into_iter()
                        .for_each(|finding| _ = finding.expected("Message-Direction: sent").also(written.first));
                }
            }
        }
    }
}

/// The Message-Direction of a SEND, or of the envelope in it.
fn direction(case: &Case<'_>, transfer: &Transfer) -> Option<String> {
    let message = case.msrp(transfer.first)?;
    if let Some(value) = message.header("Message-Direction") {
        return Some(value.trim().to_owned());
    }
    let body = transfer.body(case.messages());
    let (head, _) = body.split_at(memchr::memmem::find(&body, b"\r\n\r\n").unwrap_or(body.len()));
    let head = String::from_utf8_lossy(head);
    let line = head
        .lines()
        .find_map(|line| line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("message-direction")));
    line.map(|(_, value)| value.trim().to_owned())
}
