use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Each `user` has exactly one `endpoint`.
    ///
    /// ## Why it matters
    /// CPM shows users, not devices; the state of a user is that of its one endpoint.
    ///
    /// ## Example
    /// `<user entity="…"/>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_ENDPOINT_SINGLE: Error = "cpm-cinfo-endpoint-single", ["9.2.14.3-n-9.b.iv", "9.2.14.3-m-a.vi.b2.d"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.iv", "9.2.14.3-m-a.vi.b2.d");
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            let count = user.endpoints.len();
            let who = user.entity.as_ref().map_or("without entity", |entity| entity.as_str());
            let place = document.at_judged(&user.start_tag);
            judge.expect(statement, count == 1, place, || format!("user {who} has {count} endpoints, expected one"));
        }
    }
}
