use super::dated::is_of_function;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// A message that its function sends once more has the time of then, not that of the first time.
    ///
    /// ## Why it matters
    /// It sorts in where it was not read.
    ///
    /// ## Example
    /// The same imdn.Message-ID twice, a minute apart, both with `DateTime: 2026-03-01T12:00:00Z`: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2
    pub CPM_MSRP_DATETIME_RETRANSMISSION: Warning = "cpm-msrp-datetime-retransmission", ["5.2-11.e"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-11.e";
    for (first, again) in &case.glance().repeated {
        if !is_of_function(case, again) || case.seconds_between(first.transfer.first, again.transfer.first) <= 1.0 {
            continue;
        }
        let time = |sent: &crate::rules::Sent<'_>| {
            let body = sent.transfer.body(case.messages());
            cpim::peek(&body).and_then(|message| message.date_time.map(str::to_owned))
        };
        let (Some(before), Some(after)) = (time(first), time(again)) else { continue };
        // Times of one writer in one zone compare as text.
        let what = || format!("a message is sent again with the DateTime {after} of before");
        let finding = judge.expect(statement, after > before, again.transfer.first, what);
        finding.into_iter().for_each(|finding| _ = finding.also(first.transfer.first));
    }
}
