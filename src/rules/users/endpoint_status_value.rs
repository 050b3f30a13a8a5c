use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The `status` of an endpoint is `connected`, `disconnected` or `pending`.
    ///
    /// ## Why it matters
    /// Clients of CPM know these three.
    ///
    /// ## Example
    /// `<status>online</status>`: broken. `<status>alerting</status>`: known to RFC 4575 only, a warning.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.3
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_ENDPOINT_STATUS_VALUE: Error = "cpm-cinfo-endpoint-status-value", ["9.2.14.3-n-9.b.iv.b2.s2", "9.2.14.3-m-a.vi.b2.d.b1.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.iv.b2.s2", "9.2.14.3-m-a.vi.b2.d.b1.s2");
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            let who = user.entity.as_ref().map_or("without entity", |entity| entity.as_str());
            for endpoint in &user.endpoints {
                let Some(status) = &endpoint.status else { continue };
                let place = document.at_judged(&status.range);
                match status.as_str() {
                    "connected" | "disconnected" | "pending" => judge.pass(statement),
                    "on-hold" | "muted-via-focus" | "alerting" | "dialing-in" | "dialing-out" | "disconnecting" => {
                        let message = format!("status of {who} is {}, which CPM does not know", status.value);
                        judge.remark(statement, Severity::Warning, place, message);
                    }
                    other => {
                        let finding = judge.fail(statement, place, format!("status of {who} is {other:?}"));
                        finding.expected("connected, disconnected or pending");
                    }
                }
            }
        }
    }
}
