use super::body::imdns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A notification has `Content-Disposition: notification`, and does not ask for a notification itself.
    ///
    /// ## Why it matters
    /// Clients show it as a message of the user, and answer notifications with notifications without end.
    ///
    /// ## Example
    /// A `message/imdn+xml` with `imdn.Disposition-Notification: positive-delivery`: broken.
    ///
    /// ## Source
    /// RFC 5438 §7.2.1.1, §7.2.1.2, §8
    /// Without Content-Disposition it is a warning: the type tells as well.
    pub IMDN_CONTENT_DISPOSITION: Error = "imdn-content-disposition", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (one, _) in imdns(case) {
        let Ok(message) = cpim::parse(&one.body) else { continue };
        if message.disposition_notification().any(|wish| !wish.eq_ignore_ascii_case("none")) {
            judge.report(one.actor, one.first(), "notification asks for a notification");
        }
        let disposition = message.content_headers.get("Content-Disposition").unwrap_or_default();
        let kind = disposition.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("notification") {
            let found = if kind.is_empty() { "no Content-Disposition" } else { "another Content-Disposition" };
            let finding = judge.report(one.actor, one.first(), format!("notification has {found}"));
            finding.severity(Severity::Warning).expected("Content-Disposition: notification");
        }
    }
}
