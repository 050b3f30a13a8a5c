use super::address::{Addressed, is_predefined};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// In an ad-hoc group a message for everybody is addressed to the focus, to what the focus calls itself, to the factory,
    /// or to the anonymous URI.
    ///
    /// ## Why it matters
    /// With another address the focus does not know that the group is meant.
    ///
    /// ## Example
    /// `To: <sip:mygroup@elsewhere.example>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1
    ///
    /// A To that looks like one of the users, by its domain, is for `cpm-msrp-cpim-to-single-recipient`.
    pub CPM_MSRP_CPIM_TO_GROUP: Error = "cpm-msrp-cpim-to-group", ["5.2.3.1-1.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-1.b";
    let all = case.addressed();
    if all.is_empty() || is_predefined(case) {
        return;
    }
    for (sent, to, kind) in all {
        match kind {
            Addressed::Group => judge.pass(statement),
            // What is missing may have named it.
            Addressed::Elsewhere if case.lossy => judge.undecided(statement, "needs all INVITEs of the group"),
            Addressed::Elsewhere => {
                let what = format!("To of a message to the group is {to}, which is not the group");
                judge.fail(statement, sent.transfer.first, what).found(*to);
            }
            Addressed::User | Addressed::Nobody => {}
        }
    }
}
