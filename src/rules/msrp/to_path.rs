use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// What the focus sends to a participant has the path of the participant's SDP in `To-Path`.
    ///
    /// ## Why it matters
    /// A client answers 481 to a session-id that it did not give, and the message is lost.
    ///
    /// ## Example
    /// `a=path:msrp://192.0.2.4:9/s1;tcp` in the answer, and `To-Path: msrp://192.0.2.4:9/s2;tcp`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1; RFC 4975 §6.1, §7.1
    ///
    /// The clause speaks of the answer only; who called gave its path in the offer. With `a=msrp-cema`, and where addresses are rewritten on the
    /// way, the session-id alone is compared. What comes over the connection of a leg under a session-id of nobody is taken for a message of it.
    pub CPM_MSRP_TO_PATH: Error = "cpm-msrp-to-path", ["5.2.6.1-rx-2.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-rx-2.a";
    for stream in case.streams().iter().filter(|_| case.is_group()) {
        let Some(from_caller) = stream.focus_end.map(|end| Some(end) == stream.caller_end) else { continue };
        let paths = case.paths(stream, from_caller);
        let to = stream.participant.map_or("a participant", |who| case.uri(who));
        if paths.to.agreed > 0 {
            judge.pass(statement);
        }
        for one in &paths.to.wrong {
            let message = format!("To-Path {} does not match a=path {} of {to}", one.found, one.expected);
            judge.fail(statement, one.place.clone(), message).expected(one.expected);
        }
    }
}
