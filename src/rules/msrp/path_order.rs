use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Place};

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

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for stream in case.streams() {
        for transfer in case.transfers(stream) {
            let response = transfer.response.map(|(response, _)| response);
            for id in transfer.chunks().chain(response) {
                let Some(message) = case.msrp(id) else { continue };
                let first: Vec<String> = message.headers().take(2).map(|(name, _)| name.into_owned()).collect();
                let is_right = first.len() == 2
                    && first[0].eq_ignore_ascii_case("To-Path")
                    && first[1].eq_ignore_ascii_case("From-Path");
                if !is_right && !case.messages()[id].incomplete {
                    let from_focus = stream.is_from_focus(transfer);
                    let is_sender = Some(id) != response;
                    let actor = match from_focus {
                        Some(focus) if focus == is_sender => Actor::ControllingFunction,
                        Some(_) => Actor::Client,
                        None => Actor::Unknown,
                    };
                    let place =
                        Place { message: id, range: message.header_spans().first().map(|span| span.name.range()) };
                    judge
                        .report(actor, place, format!("message starts with {}", first.join(", ")))
                        .expected("To-Path, From-Path");
                }
            }
        }
    }
}
