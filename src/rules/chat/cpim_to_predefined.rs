use super::address::{Addressed, group_address, is_predefined};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// In the session of a pre-defined group a message for everybody is addressed to the group.
    ///
    /// ## Why it matters
    /// The address of one session is not that of the next: what is stored under it is lost for the group.
    ///
    /// ## Example
    /// `To: <sip:anonymous@anonymous.invalid>` in the session of `sip:club@groups.example.com`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1
    pub CPM_MSRP_CPIM_TO_PREDEFINED: Error = "cpm-msrp-cpim-to-predefined", ["5.2.3.1-1.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-1.c";
    let Some(group) = group_address(case).filter(|_| is_predefined(case)) else { return };
    for (sent, to, kind) in case.addressed() {
        let kept = *case.address_key(to) == *group.key;
        match kind {
            _ if kept => judge.pass(statement),
            Addressed::Group | Addressed::Elsewhere => {
                let what = format!("To of a message to the group is {to}");
                judge.fail(statement, sent.transfer.first, what).expected(&group.uri).found(*to);
            }
            Addressed::User | Addressed::Nobody => {}
        }
    }
}
