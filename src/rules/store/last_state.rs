use super::object::latest;
use crate::rules::deferred::away::{is_rejoin, is_up};
use crate::rules::deferred::information::Information;
use crate::rules::deferred::kept::returns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A client that does not take conference-info and comes back to a session that has ended gets the group state object:
    /// the latest one lists who was in at last.
    ///
    /// ## Why it matters
    /// The client shows who is long gone.
    ///
    /// ## Example
    /// Bob's function gives him the messages, and no object, though his SDP lists `application/group-state-object+xml`:
    /// broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4.1.2
    pub CPM_DEFERRED_GSO_LAST_STATE: Error = "cpm-deferred-gso-last-state", ["5.2.3.4.1.2-1.1.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4.1.2-1.1.b";
    let objects = latest(case);
    for back in returns(case).iter().filter(|back| is_rejoin(back.leg)) {
        let information = Information::of(case, back.leg);
        let is_inactive = back.leg.invited.is_some_and(|invited| !is_up(back.lost.network, invited));
        if !is_inactive || information.takes_conference_info || !information.takes_objects {
            continue;
        }
        // What the object says is for the rules on it; that there is none for this client, for the rule on its re-join.
        match objects.iter().find(|object| std::ptr::eq(object.leg, back.leg)) {
            Some(object) => {
                let what = || format!("the group state object for {} lists nobody", object.user);
                let is_listing = !object.state.participants.is_empty();
                judge.expect(statement, is_listing, object.at(&object.state.start_tag), what);
            }
            None => judge.undecided(statement, format!("needs the object that {} gets", back.lost.user())),
        }
    }
}
