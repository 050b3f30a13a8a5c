use super::address::Addressed;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A message for one participant is addressed to somebody who is in the group: listed in conference-info or in the list
    /// of recipients, or known as a sender.
    ///
    /// ## Why it matters
    /// The focus cannot deliver to anybody else, and drops it or sends it to all.
    ///
    /// ## Example
    /// `To: <sip:nobody@example.com>` in a group of `sip:alice@example.com` and `sip:bob@example.com`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1
    ///
    /// That a message was meant for one person is known only from its To: an address in the domain of the users is taken for
    /// a user.
    pub CPM_MSRP_CPIM_TO_SINGLE_RECIPIENT: Error = "cpm-msrp-cpim-to-single-recipient", ["5.2.3.1-1.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-1.a";
    for (sent, to, kind) in case.addressed() {
        match kind {
            Addressed::User => judge.pass(statement),
            Addressed::Nobody => {
                let what = format!("To of a message is {to}, who is not in the group");
                judge.fail(statement, sent.transfer.first, what).found(*to);
            }
            Addressed::Group | Addressed::Elsewhere => {}
        }
    }
}
