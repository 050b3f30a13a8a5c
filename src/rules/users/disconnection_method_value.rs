use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The `disconnection-method` is `departed`, `booted` or `failed`.
    ///
    /// ## Why it matters
    /// Clients of CPM know these three.
    ///
    /// ## Example
    /// `<disconnection-method>left</disconnection-method>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.6
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_DISCONNECTION_METHOD_VALUE: Error = "cpm-cinfo-disconnection-method-value", ["9.2.14.3-n-9.b.iv.b3.s2", "9.2.14.3-m-a.vi.b2.d.i-bis.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.iv.b3.s2", "9.2.14.3-m-a.vi.b2.d.i-bis.s2");
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            let who = user.entity.as_ref().map_or("without entity", |entity| entity.as_str());
            for endpoint in &user.endpoints {
                let Some(method) = &endpoint.disconnection_method else { continue };
                let place = document.at_judged(&method.range);
                match method.as_str() {
                    "departed" | "booted" | "failed" => judge.pass(statement),
                    "busy" => {
                        let message = format!("disconnection-method of {who} is busy, which CPM does not know");
                        judge.remark(statement, Severity::Warning, place, message);
                    }
                    other => {
                        let finding =
                            judge.fail(statement, place, format!("disconnection-method of {who} is {other:?}"));
                        finding.expected("departed, booted or failed");
                    }
                }
            }
        }
    }
}
