use super::hop::bye_of;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// What a client sends after its participating function has ended the session is answered with 481.
    ///
    /// ## Why it matters
    /// With 200 the client believes that the message was taken.
    ///
    /// ## Example
    /// The function sends BYE, the client writes once more, and gets 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.3; RFC 4975 §10.7
    pub CPM_MSRP_481_AFTER_BYE: Error = "cpm-msrp-481-after-bye", ["5.2.3.3-2.b.iv-481"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.3-2.b.iv-481";
    for hop in case.hops() {
        let Some(bye) = bye_of(hop.client, false) else { continue };
        let streams = case.streams().iter().filter(|stream| std::ptr::eq(stream.leg, hop.client));
        for (stream, transfer) in
            streams.flat_map(|stream| case.transfers(stream).map(move |transfer| (stream, transfer)))
        {
            let summary = case.messages()[transfer.first].msrp();
            let has_body = summary.is_some_and(|summary| !summary.body.range().is_empty());
            if transfer.first < bye || stream.is_from_focus(transfer) != Some(false) || !has_body {
                continue;
            }
            match transfer.response {
                Some((response, status)) => {
                    let what =
                        || format!("SEND of {} after the end of the session was answered with {status}", hop.user());
                    let finding = judge.expect(statement, status == 481, response, what);
                    finding.into_iter().for_each(|finding| _ = finding.expected("481").also(transfer.first).also(bye));
                }
                None => judge.undecided(statement, "needs the response to the SEND"),
            }
        }
    }
}
