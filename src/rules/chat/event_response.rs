use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// An event that the focus sends is taken by the client, which answers what wants an answer.
    ///
    /// ## Why it matters
    /// The focus waits for it, or does without this client.
    ///
    /// ## Example
    /// `SEND` with an event that the client has listed, answered with 415: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1
    pub CPM_MSRP_EVENT_RESPONSE: Warning = "cpm-msrp-event-response", ["5.2.3.1-5", "5.2.3.1-5-response"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-5";
    let kinds = &case.profile.content_types.events;
    if kinds.is_empty() {
        return;
    }
    for stream in case.streams() {
        for transfer in case.transfers(stream).filter(|transfer| stream.is_from_focus(transfer) == Some(true)) {
            let kind = transfer.content_type(case.messages());
            if !kinds.iter().any(|known| kind.split(';').next().unwrap_or(kind).trim().eq_ignore_ascii_case(known)) {
                continue;
            }
            let Some((response, status)) = transfer.response else { continue };
            let what = || format!("an event was answered with {status}");
            let finding = judge.expect(statement, status < 300, response, what);
            finding.into_iter().for_each(|finding| _ = finding.expected("200").also(transfer.first));
            judge.undecided("5.2.3.1-5-response", "needs the schema of events, which is not part of the specification");
        }
    }
}
