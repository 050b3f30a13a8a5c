use hashbrown::HashMap;

use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Stream};
use crate::timeline::GroupDataRequest;

rule! {
    /// ## What it checks
    /// A request to change the data of the group is for the focus, and not sent on to the other participants.
    ///
    /// ## Why it matters
    /// A client is asked for something that only the focus can do; what it needs to know comes in the conference-info.
    ///
    /// ## Example
    /// Bob sets the subject, and Carol gets his `application/vnd.oma.cpm-groupdata+xml` as well: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1, CF 6.8
    /// What is sent within 60 s counts as sent on.
    pub CPM_MSRP_GROUPDATA_NOT_FORWARDED: Error =
        "cpm-msrp-groupdata-not-forwarded", ["5.2.6.1-gen-2.s2", "5.2.6.1-rx-3.d"], check;
}

const FORWARDED_SECONDS: f64 = 60.0;

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-rx-3.d";
    if case.timeline.group_data.is_empty() {
        return;
    }
    let streams: HashMap<u32, &Stream<'_>> = case.streams().iter().map(|one| (one.msrp_index, one)).collect();
    let mut asked: Vec<(&GroupDataRequest, usize)> = Vec::new();
    for request in &case.timeline.group_data {
        if let Some(participant) = request.participant {
            judge.pass(statement);
            judge.same("5.2.6.1-gen-2.s2", true);
            asked.push((request, participant));
            continue;
        }
        let index = case.sessions().msrp.session_of[request.message.0 as usize];
        let Some(to) = streams.get(&index).and_then(|stream| stream.participant) else { continue };
        let is_it = |(earlier, by): &&(&GroupDataRequest, usize)| {
            let same = earlier.target == request.target && earlier.operation == request.operation;
            same && earlier.value == request.value && *by != to
        };
        let recent = asked
            .iter()
            .rev()
            .take_while(|(earlier, _)| case.seconds_between(earlier.message, request.message) <= FORWARDED_SECONDS);
        let Some((earlier, by)) = recent.into_iter().find(is_it) else { continue };
        let message = format!("group-data request of {} was forwarded to {}", case.uri(*by), case.uri(to));
        judge.fail(statement, request.message, message).also(earlier.message);
        judge.same("5.2.6.1-gen-2.s2", false);
    }
}
