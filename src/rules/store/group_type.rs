use super::object::{latest, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A group state object says whether its group is closed: `group-type` is there, and agrees with the SDP of the session.
    ///
    /// ## Why it matters
    /// The client offers to add people to a group that nobody may be added to.
    ///
    /// ## Example
    /// The offer of the focus has `a=chatroom:org.openmobilealliance.groupchat.closed`, the object `group-type="Open"`:
    /// broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// The values `Open` and `Closed` are of OMA CPM Message Storage 5.2.8; others are accepted.
    pub CPM_STORE_GSO_GROUP_TYPE: Error = "cpm-store-gso-group-type", ["5.2.3.2.1-3.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2.1-3.c";
    for object in latest(case) {
        let written = text(&object.state.group_type);
        let range = object.state.group_type.as_ref().map_or(&object.state.start_tag, |written| &written.range);
        let offers = || case.legs().filter_map(|(_, leg)| leg.media.caller.as_ref().or(leg.media.callee.as_ref()));
        let (is_closed, is_known) = (offers().any(|media| media.chatroom), offers().next().is_some());
        let message = match written {
            None => Some("no group-type".to_owned()),
            Some(written) if written.eq_ignore_ascii_case("closed") && !is_closed && is_known => {
                Some(format!("group-type is {written}, and the session is not closed"))
            }
            Some(written) if written.eq_ignore_ascii_case("open") && is_closed => {
                Some(format!("group-type is {written}, and the session is closed"))
            }
            Some(_) => None,
        };
        let what = || format!("the group state object for {}: {}", object.user, message.as_deref().unwrap_or_default());
        judge.expect(statement, message.is_none(), object.at(range), what);
    }
}
