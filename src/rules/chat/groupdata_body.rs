use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A client asks for changes of the group's data with a document that can be read, sent as it is.
    ///
    /// ## Why it matters
    /// The focus understands nothing else, and the subject stays as it was.
    ///
    /// ## Example
    /// The request in a CPIM envelope, or XML that is not closed: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1
    pub CPM_MSRP_GROUPDATA_BODY: Error = "cpm-msrp-groupdata-body", ["5.2.3.1-7.a", "5.2.3.1-7.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for request in case.timeline.group_data.iter().filter(|request| request.participant.is_some()) {
        let is_role = request.target.as_deref().is_some_and(|target| target.to_ascii_lowercase().contains("role"));
        let statement = if is_role { "5.2.3.1-7.b" } else { "5.2.3.1-7.a" };
        let kind =
            case.msrp(request.message).and_then(|message| message.header("Content-Type").map(|kind| kind.into_owned()));
        let is_wrapped = kind.is_some_and(|kind| kind.to_ascii_lowercase().starts_with("message/cpim"));
        let wrong = match () {
            () if request.is_malformed => Some("cannot be read"),
            () if is_wrapped => Some("is in a CPIM envelope"),
            () => None,
        };
        let what = || format!("the request for a change of the group's data {}", wrong.unwrap_or_default());
        judge.expect(statement, wrong.is_none(), request.message, what);
    }
}
