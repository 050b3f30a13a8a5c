use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::SessionKind;

rule! {
    /// ## What it checks
    /// In a 1-1 session an isComposing status is sent as it is, without a CPIM envelope.
    ///
    /// ## Why it matters
    /// The other client does not look into an envelope for it.
    ///
    /// ## Example
    /// `Content-Type: message/cpim` around `application/im-iscomposing+xml` in a 1-1 session: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2, 5.2.3.1
    pub CPM_MSRP_ISCOMPOSING_NO_CPIM_1_1: Error = "cpm-msrp-iscomposing-no-cpim-1-1", ["5.2-10.a", "5.2.3.1-3-nocpim"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    if case.session.kind != SessionKind::OneToOne {
        return;
    }
    for status in case.composing() {
        let what = || "isComposing in a CPIM envelope in a 1-1 session".to_owned();
        judge.expect("5.2-10.a", !status.is_wrapped, status.body.first(), what);
        judge.same("5.2.3.1-3-nocpim", !status.is_wrapped);
    }
}
