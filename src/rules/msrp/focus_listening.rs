use super::connection::Agreed;
use super::path::first_address;
use crate::rules::pf::hop::ends_of;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use std::net::SocketAddr;

rule! {
    /// ## What it checks
    /// A focus that has accepted a session, and lets the client open the MSRP connection, listens at the address in its
    /// answer: it does not refuse the connection.
    ///
    /// ## Why it matters
    /// The client is in a session in which it can neither read nor write.
    ///
    /// ## Example
    /// The answer has `a=setup:passive` and `a=path:msrp://198.51.100.2:2855/…`, and the SYN of the client is answered by
    /// RST: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 4975 §5.4, RFC 6135 §4.2
    pub CPM_MSRP_FOCUS_LISTENING: Error = "cpm-msrp-focus-listening", ["5.2.5-9.iii.2.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.iii.2.s2";
    for one in case.invitations().iter().filter(|one| !one.is_from_focus()) {
        let Some(agreed) = Agreed::of(case, one.leg).filter(|agreed| agreed.caller_connects() == Some(true)) else {
            continue;
        };
        let Some((ip, Some(port))) = first_address(&agreed.answer.path) else { continue };
        let (listens, client) = (SocketAddr::new(ip, port), ends_of(case, one.id).0);
        let until = one.leg.ended.map(|(bye, _)| case.time(bye));
        let refused = case.messages().refused.iter().find(|flow| {
            let is_during =
                flow.first_time >= case.time(agreed.answered) && until.is_none_or(|until| flow.first_time < until);
            is_during && flow.server == listens && flow.client.ip() == client
        });
        if refused.is_none() && one.leg.msrp.is_none() {
            judge.undecided(statement, format!("needs the connection of {} to the focus", one.user()));
            continue;
        }
        let what = || format!("the focus refuses the connection of {} to {listens}", one.user());
        judge.expect(statement, refused.is_none(), agreed.answered, what);
    }
}
