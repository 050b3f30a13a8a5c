use crate::rules::invite::invitation::Purpose;
use crate::rules::notify::own::{of_user, subscribes};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::{MessageId, conference_info};

rule! {
    /// ## What it checks
    /// A client that comes back, and does not offer to be told of the participants over MSRP, subscribes to the focus: before
    /// its INVITE, or soon after.
    ///
    /// ## Why it matters
    /// Its user does not see who has come and gone meanwhile.
    ///
    /// ## Example
    /// Bob's INVITE to the focus has no `application/conference-info+xml`, and no SUBSCRIBE comes: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4; RFC 4575
    pub CPM_REJOIN_SUBSCRIBE_FOCUS: Warning = "cpm-rejoin-subscribe-focus", ["5.2.1.4-A.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.4-A.c";
    let wait = case.profile.timings.subscribe;
    for one in case.invitations().iter().filter(|one| one.purpose == Purpose::Rejoin && one.is_of_client()) {
        let (Some(ack), Some(offer)) = (one.leg.established, &one.leg.media.caller) else { continue };
        if offer.accept_types.iter().any(|kind| kind.eq_ignore_ascii_case(conference_info::MEDIA_TYPE)) {
            continue;
        }
        let is_near = |request: MessageId| {
            request > ack && case.seconds_between(ack, request) <= wait
                || request < ack && case.seconds_between(request, one.id) <= wait
        };
        let is_there = of_user(case, one).any(|subscription| {
            subscription.messages.first().is_some_and(|&first| is_near(first))
                || subscribes(case, subscription).any(|one| one.request().is_some_and(is_near))
        });
        let stayed = one.leg.ended.map_or(f64::MAX, |(bye, _)| case.seconds_between(ack, bye));
        let is_seen = !case.lossy && stayed > wait && case.seconds_captured_after(ack) > wait;
        if !is_there && !is_seen {
            judge.undecided(statement, "needs more of the session around the re-join");
            continue;
        }
        let what = || format!("{} comes back, and does not subscribe to the participants", one.user());
        judge.expect(statement, is_there, one.id, what);
    }
}
