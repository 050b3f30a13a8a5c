use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// Nobody asks to be told of the delivery of an isComposing status.
    ///
    /// ## Why it matters
    /// Each status would be answered with another message.
    ///
    /// ## Example
    /// `imdn.Disposition-Notification: positive-delivery` around `application/im-iscomposing+xml`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2; RFC 5438 §7.2.1
    pub CPM_MSRP_ISCOMPOSING_NO_IMDN_REQUEST: Error = "cpm-msrp-iscomposing-no-imdn-request", ["5.2-10.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-10.b";
    for status in case.composing().iter().filter(|status| status.body.actor != Actor::ControllingFunction) {
        let message = status.is_wrapped.then(|| cpim::parse(&status.body.body).ok()).flatten();
        let wishes: Vec<String> = message.iter().flat_map(|message| message.disposition_notification()).collect();
        let asks = wishes.iter().any(|wish| !wish.is_empty() && !wish.eq_ignore_ascii_case("none"));
        let what = || format!("isComposing asks for notifications: {}", wishes.join(", "));
        judge.expect(statement, !asks, status.body.first(), what);
    }
}
