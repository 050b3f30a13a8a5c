use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Sent};

rule! {
    /// ## What it checks
    /// A SEND for a session that has ended is answered with 481.
    ///
    /// ## Why it matters
    /// The sender takes a message for delivered that nobody has read.
    ///
    /// ## Example
    /// The focus ends the session by BYE, and answers the SEND that crosses it with 200: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.3, §10.8
    /// Who has sent the BYE knows at once; who received it, after its 200. Judged are SENDs a second later. No answer at all, on a connection that is being closed,
    /// is right as well.
    pub MSRP_481_AFTER_CLOSE: Error = "msrp-481-after-close", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (index, stream) in case.streams().iter().enumerate() {
        let Some((bye, _)) = stream.leg.ended else { continue };
        // A BYE that was refused has ended nothing.
        let call = &case.sessions().calls[stream.leg.call];
        let of_bye = call.transactions.iter().find(|one| one.requests.contains(&bye));
        let refused =
            of_bye.and_then(|one| one.final_response("", case.messages())).is_some_and(|(_, status)| status >= 300);
        if refused {
            continue;
        }
        let transfers = &stream.msrp.transfers;
        let all = &case.sessions().msrp.transfers;
        let next = transfers.partition_point(|&transfer| all[transfer as usize].first < bye);
        for transfer in transfers[next..].iter().map(|&transfer| &all[transfer as usize]) {
            let sent = Sent { stream: index, transfer };
            let Some((response, 200..=299)) = transfer.response else { continue };
            let has_body =
                case.messages()[transfer.first].msrp().is_some_and(|summary| !summary.body.range().is_empty());
            if has_body && case.seconds_between(bye, transfer.first) > CROSSING_SECONDS {
                let what = "SEND after the end of the session was answered with 200";
                judge.report(sent.receiver(case), response, what).expected("481").also(transfer.first).also(bye);
            }
        }
    }
}

/// The BYE and the SEND may cross.
const CROSSING_SECONDS: f64 = 1.0;
