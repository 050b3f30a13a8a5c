use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A disconnected `endpoint` has a `disconnection-method`.
    ///
    /// ## Why it matters
    /// It says whether the user left, was removed, or was lost.
    ///
    /// ## Example
    /// `<status>disconnected</status>` alone: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.6
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_DISCONNECTION_METHOD_PRESENT: Error = "cpm-cinfo-disconnection-method-present", ["9.2.14.3-n-9.b.iv.b3", "9.2.14.3-m-a.vi.b2.d.i-bis"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.iv.b3", "9.2.14.3-m-a.vi.b2.d.i-bis");
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            let who = user.entity.as_ref().map_or("without entity", |entity| entity.as_str());
            for endpoint in &user.endpoints {
                if endpoint.status.as_ref().is_none_or(|status| status.as_str() != "disconnected") {
                    continue;
                }
                let place = document.at_judged(&endpoint.start_tag);
                let message = || format!("disconnected endpoint of {who} has no disconnection-method");
                judge.expect(statement, endpoint.disconnection_method.is_some(), place, message);
            }
        }
    }
}
