use super::hop::bye_of;
use super::relayed::key;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// What a client sends after the network has ended the session is not passed on.
    ///
    /// ## Why it matters
    /// It would appear in a session that its sender is not in.
    ///
    /// ## Example
    /// The function sends BYE to the client, gets one more message, and sends it to the focus: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.3
    pub CPM_MSRP_DISCARD_AFTER_BYE: Error = "cpm-msrp-discard-after-bye", ["5.2.3.3-2.b.iv-discard"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.3-2.b.iv-discard";
    for hop in case.hops() {
        let Some(bye) = bye_of(hop.client, false) else { continue };
        let of = |leg| case.streams().iter().filter(move |stream| std::ptr::eq(stream.leg, leg));
        for (stream, transfer) in
            of(hop.client).flat_map(|stream| case.transfers(stream).map(move |transfer| (stream, transfer)))
        {
            if transfer.first < bye || stream.is_from_focus(transfer) != Some(false) {
                continue;
            }
            let Some(wanted) = key(case, transfer) else { continue };
            let passed = of(hop.network)
                .flat_map(|stream| case.transfers(stream))
                .find(|other| other.first > transfer.first && key(case, other).as_ref() == Some(&wanted));
            let what = || format!("a message that {} sent after the end of the session was passed on", hop.user());
            let place = passed.map_or(transfer.first, |other| other.first);
            let finding = judge.expect(statement, passed.is_none(), place, what);
            finding.into_iter().for_each(|finding| _ = finding.also(transfer.first).also(bye));
        }
    }
}
