use crate::rules::invite::invitation::Purpose;
use crate::rules::msrp::connection::{Agreed, focus_calls};
use crate::rules::msrp::path::first_address;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Where the focus has to open the MSRP connection of a session, it does so soon after the ACK.
    ///
    /// ## Why it matters
    /// The client waits for a connection that does not come, and the chat stays empty.
    ///
    /// ## Example
    /// The focus answers `a=setup:active`, and twenty seconds after the ACK there is no connection: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5, 5.2.6, 7.2.2, 7.2.3; RFC 4975 §8; RFC 6135 §4.2
    pub CPM_FOCUS_MEDIA_PLANE: Error = "cpm-focus-media-plane", ["5.2.5-ack-2", "5.2.6-ack", "7.2.2-ack", "7.2.3-ack-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.connect;
    for one in case.invitations() {
        let (Some(ack), Some(agreed)) = (one.leg.established, Agreed::of(case, one.leg)) else { continue };
        let statement = match one.purpose {
            Purpose::Invitation => "7.2.3-ack-1",
            Purpose::Rejoin => "5.2.6-ack",
            _ => "5.2.5-ack-2",
        };
        let (Some(caller_connects), Some(focus_calls)) = (agreed.caller_connects(), focus_calls(one.leg)) else {
            continue;
        };
        // Where the client connects, its rule judges.
        if caller_connects != focus_calls {
            continue;
        }
        if one.leg.msrp.is_some() {
            judge.pass(statement);
            continue;
        }
        // Media of this session were captured at all where another client's stream with the same node of the focus is seen.
        let own = if focus_calls { &agreed.offer } else { &agreed.answer };
        let node = first_address(&own.path).map(|(ip, _)| ip);
        let is_captured = case.streams().iter().any(|stream| {
            let flow = case.messages().flow(&case.messages()[stream.msrp.first]);
            node.is_some_and(|node| [flow.client.ip(), flow.server.ip()].contains(&node))
        });
        let stayed = one.leg.ended.map_or(f64::MAX, |(bye, _)| case.seconds_between(ack, bye));
        if case.lossy || !is_captured || stayed <= wait || case.seconds_captured_after(ack) <= wait {
            judge.undecided(statement, format!("needs the media of {}", one.user()));
            continue;
        }
        let what = format!("no MSRP connection from the focus to {} within {wait:.0} s after the ACK", one.user());
        judge.fail(statement, ack, what).also(one.id);
    }
    for change in case.changes().iter().filter(|change| change.is_new && !change.is_from_focus) {
        if let Some((_, 200..=299)) = change.answer {
            judge.undecided("7.2.2-ack", "needs media other than MSRP, which are not read");
        }
    }
}
