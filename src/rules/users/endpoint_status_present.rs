use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Each `endpoint` has a `status`.
    ///
    /// ## Why it matters
    /// Without it nobody knows whether the user is in.
    ///
    /// ## Example
    /// `<endpoint entity="…"/>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.3
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_ENDPOINT_STATUS_PRESENT: Error = "cpm-cinfo-endpoint-status-present", ["9.2.14.3-n-9.b.iv.b2", "9.2.14.3-m-a.vi.b2.d.b1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.iv.b2", "9.2.14.3-m-a.vi.b2.d.b1");
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            let who = user.entity.as_ref().map_or("without entity", |entity| entity.as_str());
            for endpoint in &user.endpoints {
                let place = document.at_judged(&endpoint.start_tag);
                judge
                    .expect(statement, endpoint.status.is_some(), place, || format!("endpoint of {who} has no status"));
            }
        }
    }
}
