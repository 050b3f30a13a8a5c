use super::relayed::streams;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where the clock of a client is wrong, its participating function puts the right time into the message.
    ///
    /// ## Why it matters
    /// Its messages would stand at the top or the end of everybody's conversation.
    ///
    /// ## Example
    /// The client sends `DateTime: 2000-01-01T00:00:00Z`, and the copy towards the focus still has it: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2
    ///
    /// The time of the capture is taken as the right one.
    pub CPM_MSRP_DATETIME_OVERWRITTEN: Error = "cpm-msrp-datetime-overwritten", ["5.2-11.d"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-11.d";
    for hop in case.hops() {
        let sent = streams(case, hop.network)
            .flat_map(|stream| case.transfers(stream).map(move |transfer| (stream, transfer)));
        for (_, transfer) in sent.filter(|(stream, transfer)| stream.is_from_focus(transfer) == Some(false)) {
            let Some(written) = case.envelope(transfer.first).and_then(|envelope| envelope.date_time) else { continue };
            let Ok(written) = written.trim().parse::<jiff::Timestamp>() else { continue };
            let captured = case.time(transfer.first).nanos_since(crate::capture::Time::default()) as f64 / 1e9;
            let off = (written.as_second() as f64 - captured).abs();
            let what =
                || format!("message of {} goes on with the DateTime {written}, which is {off:.0} s off", hop.user());
            judge.expect(statement, off <= TOLERANCE_SECONDS, transfer.first, what);
        }
    }
}

/// Clocks that are so near are right.
const TOLERANCE_SECONDS: f64 = 60.0;
