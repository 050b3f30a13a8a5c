use crate::rules::cinfo::lexical::is_date_time;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A `disconnection-info` over MSRP has a `when`, which is an xs:dateTime.
    ///
    /// ## Why it matters
    /// Clients show it, and sort by it.
    ///
    /// ## Example
    /// `<when>yesterday</when>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.7; XML Schema Part 2 dateTime
    pub CPM_CINFO_DISCONNECTION_WHEN: Error = "cpm-cinfo-disconnection-when", ["9.2.14.3-m-a.vi.b2.d.ii.1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_notify()) {
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            let who = user.entity.as_ref().map_or("without entity", |entity| entity.as_str());
            for endpoint in &user.endpoints {
                let Some(info) = &endpoint.disconnection_info else { continue };
                let statement = "9.2.14.3-m-a.vi.b2.d.ii.1";
                match &info.when {
                    None => {
                        let message = format!("disconnection-info of {who} has no when");
                        judge.fail(statement, document.at(&info.range), message);
                    }
                    Some(when) if is_date_time(when.as_str()) => judge.pass(statement),
                    Some(when) => {
                        let message = format!("disconnection-info of {who} has when {:?}", when.value);
                        judge.fail(statement, document.at(&when.range), message).expected("an xs:dateTime");
                    }
                }
            }
        }
    }
}
