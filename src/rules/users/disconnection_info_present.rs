use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Over MSRP a disconnected `endpoint` has a `disconnection-info`.
    ///
    /// ## Why it matters
    /// It says when and why the user is gone.
    ///
    /// ## Example
    /// `<status>disconnected</status><disconnection-method>departed</disconnection-method>` alone: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.7
    pub CPM_CINFO_DISCONNECTION_INFO_PRESENT: Error = "cpm-cinfo-disconnection-info-present", ["9.2.14.3-m-a.vi.b2.d.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_notify()) {
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            let who = user.entity.as_ref().map_or("without entity", |entity| entity.as_str());
            for endpoint in &user.endpoints {
                if endpoint.status.as_ref().is_none_or(|status| status.as_str() != "disconnected") {
                    continue;
                }
                let place = document.at(&endpoint.start_tag);
                let message = || format!("disconnected endpoint of {who} has no disconnection-info");
                judge.expect("9.2.14.3-m-a.vi.b2.d.ii", endpoint.disconnection_info.is_some(), place, message);
            }
        }
    }
}
