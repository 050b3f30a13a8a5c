use super::own::{of_user, subscribes};
use crate::rules::invite::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Outcome;

rule! {
    /// ## What it checks
    /// A client that is not told of the participants over MSRP subscribes to them, soon after it is in.
    ///
    /// ## Why it matters
    /// Its user does not see who is in the group.
    ///
    /// ## Example
    /// The answer of the focus does not list `application/conference-info+xml`, and in the minute after the ACK no SUBSCRIBE
    /// comes: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.2, 5.2.3; RFC 4575
    pub CPM_SUBSCRIBE_WHEN_CINFO_NOT_APPLICABLE: Error = "cpm-subscribe-when-cinfo-not-applicable", ["5.2.1.1-resp-2.c", "5.2.1.2-resp-sub", "5.2.1.3-resp-sub", "5.2.1.4-sub", "5.2.2-grp-a", "5.2.3-resp-6"], check;
}

const CLAUSES: Clauses = Clauses {
    invitation: Some("5.2.2-grp-a"),
    ..Clauses::of_clients(["5.2.1.1-resp-2.c", "5.2.1.2-resp-sub", "5.2.1.3-resp-sub", "5.2.1.4-sub", "5.2.3-resp-6"])
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    let wait = case.profile.timings.subscribe;
    for one in case.invitations() {
        let leg = one.leg;
        let (Some(statement), Some(ack)) = (CLAUSES.statement(one.purpose), leg.established) else { continue };
        let is_told =
            leg.media.conference_info_applicable() || leg.media.caller.is_none() || leg.media.callee.is_none();
        if is_told || leg.outcome != Outcome::Established {
            continue;
        }
        // A subscription of an earlier time may still be running.
        let until = leg.ended.map(|(bye, _)| bye);
        let is_there = of_user(case, one).any(|subscription| {
            let first = subscription.messages.first().copied();
            first.is_some_and(|first| until.is_none_or(|until| first < until))
                && (first > Some(one.id)
                    && first.is_some_and(|first| first < ack || case.seconds_between(ack, first) <= wait)
                    || subscription.notifies.last().copied() > Some(one.id)
                    || subscribes(case, subscription).any(|one| one.request() > Some(ack)))
        });
        if is_there {
            judge.pass(statement);
            continue;
        }
        let stayed = until.map_or(f64::MAX, |bye| case.seconds_between(ack, bye));
        if case.lossy || stayed <= wait || case.seconds_captured_after(ack) <= wait {
            judge.undecided(statement, "needs more of the session after the ACK");
            continue;
        }
        let what = format!("{} is not told of the participants over MSRP, and did not subscribe to them", one.user());
        judge.fail(statement, ack, what).expected("SUBSCRIBE").also(one.id);
    }
}
