use super::object::objects;
use crate::rules::deferred::away::is_rejoin;
use crate::rules::deferred::information::Information;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A group state object is given only to a client whose SDP lists its type.
    ///
    /// ## Why it matters
    /// The client answers 415, or shows XML to its user.
    ///
    /// ## Example
    /// The client has `a=accept-types:message/cpim`, and gets `application/group-state-object+xml`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.1, 5.2.3.4.1.2; RFC 4975 §8.6
    pub CPM_DEFERRED_GSO_SENT: Error = "cpm-deferred-gso-sent", ["5.2.3.4.1.1-d.ii.b", "5.2.3.4.1.2-1.1.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for object in objects(case) {
        let information = Information::of(case, object.leg);
        let statement = if is_rejoin(object.leg) { "5.2.3.4.1.2-1.1.c" } else { "5.2.3.4.1.1-d.ii.b" };
        // One that takes conference-info is to get that: for the rule on it.
        if information.takes_conference_info {
            continue;
        }
        if !information.is_known {
            judge.undecided(statement, format!("needs the SDP of {}", object.user));
            continue;
        }
        let what = || format!("{} is given a group state object, which its SDP does not list", object.user);
        judge.expect(statement, information.takes_objects, object.at(&object.state.start_tag), what);
    }
}
