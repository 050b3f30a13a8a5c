use super::execution::{is_asked, over_msrp};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::State;
use crate::timeline::conference::{Presence, Stage};

rule! {
    /// ## What it checks
    /// Who was added by REFER has a `joining-info` while it is connected.
    ///
    /// ## Why it matters
    /// Nothing else tells the others that it was brought in, when and by whom.
    ///
    /// ## Example
    /// Alice adds Dave by REFER, Dave accepts, and documents list Dave as connected without `<joining-info>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.5, RFC 3515
    ///
    /// Judged are documents over MSRP after the REFER and the 200 of the user, both captured. Users of the first list may have one, too.
    pub CPM_CINFO_JOINING_INFO_PRESENT: Error = "cpm-cinfo-joining-info-present", ["9.2.14.3-m-a.vi.b2.d.iii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "9.2.14.3-m-a.vi.b2.d.iii";
    for listed in over_msrp(case) {
        if Presence::of(listed.user).stage != Stage::Connected {
            continue;
        }
        let added = listed.change(case, State::Connected).filter(|change| is_asked(case, listed.who, change));
        match (added, &listed.endpoint.joining_info) {
            (Some(_), Some(_)) => judge.pass(statement),
            (Some(added), None) => {
                let message = format!("{} was added by REFER but its endpoint has no joining-info", listed.uri());
                let place = listed.document.at(&listed.endpoint.start_tag);
                judge.fail(statement, place, message).expected("<joining-info>").also(added.at);
            }
            (None, _) if listed.who.is_none() => judge.undecided(statement, "needs the leg of the user"),
            (None, _) => {}
        }
    }
}
