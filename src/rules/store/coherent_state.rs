use super::object::latest;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A group state object is made of all NOTIFYs of a subscription, merged as RFC 4575 tells, and not of the last one
    /// alone.
    ///
    /// ## Why it matters
    /// A partial NOTIFY names one user; the client then shows a group of one.
    ///
    /// ## Example
    /// The last NOTIFY is partial and names Bob, and Bob is the only participant of the object: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_COHERENT_STATE: Error = "cpm-store-gso-coherent-state", ["5.2.3.2.1-3-create"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2.1-3-create";
    for object in latest(case) {
        if object.known().is_none() || case.lossy {
            judge
                .undecided(statement, format!("needs the NOTIFYs that tell the function of {} who is in", object.user));
            continue;
        }
        let is_alone = object.is_of_last_alone();
        let what = || format!("the group state object for {} lists only whom the last NOTIFY names", object.user);
        let finding = judge.expect(statement, !is_alone, object.at(&object.state.start_tag), what);
        finding.zip(object.source).into_iter().for_each(|(finding, source)| _ = finding.also(source.message));
    }
}
