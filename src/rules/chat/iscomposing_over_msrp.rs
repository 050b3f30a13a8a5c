use crate::rules::pager::pagers;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};

rule! {
    /// ## What it checks
    /// While its session is up, a client sends isComposing over MSRP, and not as SIP MESSAGE.
    ///
    /// ## Why it matters
    /// Every key that is pressed would pass all proxies, and some of them count.
    ///
    /// ## Example
    /// Alice's session is up, and her client sends `MESSAGE` with `application/im-iscomposing+xml`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1; RFC 3994
    pub CPM_MSRP_ISCOMPOSING_VIA_MSRP: Error = "cpm-msrp-iscomposing-via-msrp", ["5.2.3.1-3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-3";
    let all = pagers(case);
    let composing = || all.iter().filter(|pager| pager.content_type == "application/im-iscomposing+xml");
    for pager in composing() {
        let Some(leg) = pager.session_of_sender(case) else { continue };
        let what = format!("{} sends isComposing as SIP MESSAGE while its session is up", pager.sender(leg));
        judge.fail(statement, Place::start_line(pager.id, &pager.message), what);
    }
    if composing().next().is_none() && !case.timeline.composing.is_empty() {
        judge.pass(statement);
    }
}
