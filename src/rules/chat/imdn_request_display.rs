use super::imdn_request::tokens;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The tokens that a client asks for notifications with are ones that others know: `display` is not spelt `displayed` or
    /// `read`.
    ///
    /// ## Why it matters
    /// An unknown token asks for nothing.
    ///
    /// ## Example
    /// `imdn.Disposition-Notification: positive-delivery, displayed`: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1; RFC 5438 §6.1.2
    pub CPM_MSRP_IMDN_REQUEST_DISPLAY: Note = "cpm-msrp-imdn-request-display", ["5.2.3.1-2-read"], check;
}

const KNOWN: [&str; 6] = ["positive-delivery", "negative-delivery", "processing", "display", "interworking", "none"];

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-2-read";
    for (sent, wish) in &case.glance().wishes {
        match tokens(wish).find(|token| !KNOWN.contains(token)) {
            Some(token) => {
                let what = format!("chat message of a client asks for {token}, which nobody knows");
                judge.remark(statement, Severity::Note, sent.transfer.first, what).found(*wish);
            }
            None => judge.pass(statement),
        }
    }
}
