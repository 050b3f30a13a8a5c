use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A request to change the data of the group that is no well-formed XML is answered by an error.
    ///
    /// ## Why it matters
    /// The participant believes that its change is done.
    ///
    /// ## Example
    /// A request whose root element is never closed is answered by `<response><code>200</code></response>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1, CF 6.8.1
    /// Both an MSRP error and an error in the response document are accepted. Who is authorised is not on the wire.
    pub CPM_MSRP_GROUPDATA_ERROR: Error = "cpm-msrp-groupdata-error", ["5.2.6.1-rx-3.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-rx-3.b";
    for request in case.timeline.group_data.iter().filter(|request| request.is_malformed) {
        let Some(participant) = request.participant else { continue };
        let from = case.uri(participant);
        match request.outcome {
            Some((answer, Some(200..=299))) => {
                let message = format!("invalid group-data request of {from} was answered with success");
                judge.fail(statement, answer, message).also(request.message);
            }
            Some(_) => judge.pass(statement),
            None if request.response.is_some_and(|status| status >= 400) => judge.pass(statement),
            None => judge.undecided(statement, format!("needs the answer to {from}")),
        }
    }
}
