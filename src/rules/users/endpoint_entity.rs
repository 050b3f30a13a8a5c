use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The `entity` of an `endpoint` is that of its `user`.
    ///
    /// ## Why it matters
    /// CPM does not tell devices apart: whoever looks an endpoint up by its entity finds the user.
    ///
    /// ## Example
    /// `<user entity="sip:bob@example.net"><endpoint entity="sip:bob@10.0.0.1">`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_ENDPOINT_ENTITY: Error = "cpm-cinfo-endpoint-entity", ["9.2.14.3-n-9.b.iv.b1", "9.2.14.3-m-a.vi.b2.d.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.iv.b1", "9.2.14.3-m-a.vi.b2.d.i");
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            for endpoint in &user.endpoints {
                let (Some(of_user), found) = (&user.entity, &endpoint.entity) else { continue };
                let value = found.as_ref().map_or("", |entity| entity.as_str());
                if value == of_user.value {
                    judge.pass(statement);
                } else if !value.is_empty() && case.key(value) == case.key(&of_user.value) {
                    let place = document.at_judged(&endpoint.start_tag);
                    let message = format!("endpoint of {} spells its entity {value}", of_user.value);
                    judge.remark(statement, Severity::Note, place, message);
                } else {
                    let place = document.at_judged(&endpoint.start_tag);
                    let finding =
                        judge.fail(statement, place, format!("endpoint of {} has entity {value:?}", of_user.value));
                    finding.expected(of_user.value.as_str());
                }
            }
        }
    }
}
