use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The MSRP requests of a client go over the paths that the two sides have agreed on: To-Path is the path of the focus,
    /// From-Path its own.
    ///
    /// ## Why it matters
    /// Another path is that of another session, or of none: the request is refused, or lands in another chat.
    ///
    /// ## Example
    /// `To-Path: msrp://…/other;tcp`, where the SDP of the focus has `a=path:msrp://…/3d4d;tcp`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1; RFC 4975 §6.1, §7.1
    ///
    /// How requests and responses are built is for the rules of RFC 4975 (`msrp-path-order`, `msrp-byte-range`,
    /// `msrp-end-flag`, `msrp-message-id`, `msrp-content-type`).
    pub CPM_MSRP_RFC4975: Error = "cpm-msrp-rfc4975", ["5.2.3.1-0"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-0";
    for stream in case.streams().iter().filter(|_| case.is_group()) {
        let Some(from_caller) = stream.focus_end.map(|end| Some(end) != stream.caller_end) else { continue };
        let who = stream.participant.map_or("a participant", |who| case.uri(who));
        let paths = case.paths(stream, from_caller);
        for (compared, written) in [(&paths.to, "To-Path"), (&paths.from, "From-Path")] {
            if compared.agreed > 0 {
                judge.pass(statement);
            }
            // What is wrong from the beginning is for the rule on the set-up.
            let mut own = case.transfers(stream).filter(|transfer| stream.is_from_focus(transfer) == Some(false));
            let first = own.next().map(|transfer| transfer.first);
            if compared.wrong.iter().any(|one| Some(one.place.message) == first) {
                continue;
            }
            for one in &compared.wrong {
                let what =
                    format!("{written} {} of {who} is not the path {} that was agreed on", one.found, one.expected);
                judge.fail(statement, one.place.clone(), what).expected(one.expected);
            }
        }
    }
}
