use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};

rule! {
    /// ## What it checks
    /// The first two headers of an MSRP request or response are `To-Path`, then `From-Path`.
    ///
    /// ## Why it matters
    /// A relay reads the paths to route a chunk before it has seen the rest of it.
    ///
    /// ## Example
    /// `From-Path` first: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1, §9 (production headers)
    pub MSRP_PATH_ORDER: Error = "msrp-path-order", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for &(sent, id) in &case.glance().disordered {
        let Some(message) = case.msrp(id) else { continue };
        let first: Vec<String> = message.headers().take(2).map(|(name, _)| name.into_owned()).collect();
        let is_response = message.status().is_some();
        let actor = if is_response { sent.receiver(case) } else { sent.sender(case) };
        let place = Place { message: id, range: message.header_spans().first().map(|span| span.name.range()) };
        judge.report(actor, place, format!("message starts with {}", first.join(", "))).expected("To-Path, From-Path");
    }
}
