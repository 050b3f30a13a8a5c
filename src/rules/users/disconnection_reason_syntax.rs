use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The `reason` of a `disconnection-info` is the value of a Reason header.
    ///
    /// ## Why it matters
    /// Clients read cause and text out of it.
    ///
    /// ## Example
    /// `<reason>Bob was tired</reason>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 3326 §2; RFC 4575 §5.7.7
    /// RFC 4575 prints `Reason:` before the value: that is accepted.
    pub CPM_CINFO_DISCONNECTION_REASON_SYNTAX: Warning = "cpm-cinfo-disconnection-reason-syntax", ["9.2.14.3-m-a.vi.b2.d.ii.2", "9.2.14.3-m-a.vi.b2.d.ii.2.a.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_notify()) {
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            let who = user.entity.as_ref().map_or("without entity", |entity| entity.as_str());
            for endpoint in &user.endpoints {
                let Some(info) = &endpoint.disconnection_info else { continue };
                let Some(reason) = &info.reason else { continue };
                let place = document.at(&reason.range);
                let message = || format!("reason of {who} is no Reason value: {}", reason.value);
                judge.expect("9.2.14.3-m-a.vi.b2.d.ii.2", info.to_reason().is_some(), place, message);
            }
        }
    }
}
