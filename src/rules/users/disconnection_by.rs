use super::execution::{is_asked, judge_by, over_msrp};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::State;

rule! {
    /// ## What it checks
    /// The `by` of a participant who was removed is the address of the participant who asked for it.
    ///
    /// ## Why it matters
    /// Clients show it: "removed by Alice".
    ///
    /// ## Example
    /// Alice removes Dave by REFER, and the document says `<by>sip:bob@ims.example</by>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.7, RFC 3892
    ///
    /// `by` may be left out. One that is no URI is a warning. Judged are documents over MSRP.
    pub CPM_CINFO_DISCONNECTION_BY: Error = "cpm-cinfo-disconnection-by", ["9.2.14.3-m-a.vi.b2.d.ii.3", "9.2.14.3-m-a.vi.b2.d.ii.3.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for listed in over_msrp(case) {
        let Some(info) = &listed.endpoint.disconnection_info else { continue };
        let asked = listed.change(case, State::Disconnected).filter(|change| is_asked(case, listed.who, change));
        let statements = ["9.2.14.3-m-a.vi.b2.d.ii.3", "9.2.14.3-m-a.vi.b2.d.ii.3.s2"];
        judge_by(judge, &listed, info, asked, statements, "removal");
    }
}
