use std::net::SocketAddr;

use super::connection::{Agreed, Connection, focus_calls};
use super::path::first_address;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where the focus opens the connection, it connects to the address that the participant's SDP gives.
    ///
    /// ## Why it matters
    /// A client behind another port, or several of them at one address, is not reached.
    ///
    /// ## Example
    /// `a=path:msrp://192.0.2.4:2855/s1;tcp` and `a=setup:passive` in the answer, and a SYN to port 9: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1; RFC 4975 §8.1, RFC 6135 §4.2.2, RFC 6714 §4
    ///
    /// Judged are new connections between the addresses of the SDP; with `a=msrp-cema` on both sides, relays, or nodes that rewrite addresses the
    /// path does not tell. A connection that never came is found by `cpm-msrp-setup`.
    pub CPM_MSRP_CONNECT_TARGET: Error = "cpm-msrp-connect-target", ["5.2.6.1-conn-3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-conn-3";
    for stream in case.streams().iter().filter(|_| case.is_group()) {
        let Some(agreed) = Agreed::of(case, stream.leg) else { continue };
        let Some(focus_calls) = focus_calls(stream.leg) else { continue };
        let to = if focus_calls { &agreed.answer } else { &agreed.offer };
        let who = stream.participant.map_or("a participant", |who| case.uri(who));
        if agreed.caller_connects() != Some(focus_calls) || (agreed.offer.cema && agreed.answer.cema) {
            continue;
        }
        let connection = Connection::of(case, stream, &agreed);
        let Some(connection) = connection.filter(|one| one.opened_by_caller == Some(focus_calls)) else {
            judge.undecided(statement, format!("needs the beginning of the connection to {who}"));
            continue;
        };
        let Some((ip, Some(port))) = first_address(&to.path) else { continue };
        let wanted = SocketAddr::new(ip, port);
        let found = connection.flow.server;
        let place = if focus_calls { agreed.answered } else { agreed.offered };
        let message = || format!("focus did not connect to {wanted} given in the SDP of {who}");
        if let Some(finding) = judge.expect(statement, found == wanted, place, message) {
            finding.expected(wanted.to_string()).found(found.to_string()).also(stream.msrp.first);
        }
    }
}
