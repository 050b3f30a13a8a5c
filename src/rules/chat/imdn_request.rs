use super::body::odd_cpim;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// Every chat message of a client asks to be told of its delivery: it has an `imdn.Message-ID`, and `positive-delivery`
    /// in its `imdn.Disposition-Notification`.
    ///
    /// ## Why it matters
    /// Its sender sees no tick, and nobody can tell whether the message arrived.
    ///
    /// ## Example
    /// `imdn.Disposition-Notification: display`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1; RFC 5438 §6, §7.1.1
    pub CPM_MSRP_IMDN_REQUEST: Error = "cpm-msrp-imdn-request", ["5.2.3.1-2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-2";
    for (sent, wish) in &case.glance().wishes {
        let asks = tokens(wish).any(|token| token == "positive-delivery");
        let found = if wish.is_empty() { "none" } else { wish };
        let what = || {
            format!(
                "chat message of a client does not ask for delivery notifications (Disposition-Notification: {found})"
            )
        };
        let finding = judge.expect(statement, asks, sent.transfer.first, what);
        finding.into_iter().for_each(|finding| _ = finding.expected("positive-delivery").found(found));
    }
    for one in odd_cpim(case).filter(|one| one.actor == Actor::Client) {
        let Ok(message) = cpim::parse(&one.body) else { continue };
        let kind = message.content_headers.content_type();
        let is_of_client = ["message/imdn+xml", "application/im-iscomposing+xml"];
        if is_of_client.iter().any(|own| kind.as_ref().is_some_and(|kind| kind.is(own))) {
            continue;
        }
        if message.message_id().is_none() {
            judge.fail(statement, one.first(), "chat message of a client has no imdn.Message-ID");
        }
    }
}

/// The tokens of a `Disposition-Notification`, without parameters.
pub fn tokens(wish: &str) -> impl Iterator<Item = &str> {
    wish.split(',').map(|token| token.split(';').next().unwrap_or_default().trim()).filter(|token| !token.is_empty())
}
