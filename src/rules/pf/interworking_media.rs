use super::devices::{all, is_interworking};
use super::hop::{Cause, bye_of, cause};
use crate::rules::rule::rule;
use crate::rules::sdp::offers::descriptions;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// When one of several interworking functions leaves with another cause than 200 and 503, the participating function
    /// takes the streams that it served out of the session of its client: re-INVITE with port 0.
    ///
    /// ## Why it matters
    /// The client goes on to write to somebody who cannot be reached.
    ///
    /// ## Example
    /// One of two interworking functions sends BYE with the cause 488, and the client gets no re-INVITE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2; RFC 3264 §8.2
    ///
    /// Which streams a function served is not seen: one with port 0 is enough.
    pub CPM_BYE_IWF_REINVITE_REMOVES_MEDIA: Error = "cpm-bye-iwf-reinvite-removes-media", ["5.2.3.2-2.a.B.iii.1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2-2.a.B.iii.1";
    let wait = case.profile.timings.sip_transaction;
    for user in all(case) {
        let others = || user.clients.iter().copied().filter(|leg| is_interworking(case, leg) == Some(true));
        let Some(client) = user.clients.iter().copied().find(|leg| is_interworking(case, leg) == Some(false)) else {
            continue;
        };
        if others().count() < 2 {
            continue;
        }
        for leg in others() {
            let Some(bye) = bye_of(leg, true) else { continue };
            if !matches!(cause(case, bye), Some(Cause::Sip(code)) if !matches!(code, 200 | 503)) {
                continue;
            }
            let is_near = |id: MessageId| id > bye && case.seconds_between(bye, id) <= wait;
            let removes = descriptions(case, client).any(|one| {
                is_near(one.id)
                    && one.message.method() == Some("INVITE")
                    && one.session(case).is_some_and(|session| session.media.iter().any(|media| media.port == Some(0)))
            });
            let is_over = client.ended.is_some_and(|(end, _)| is_near(end) && bye_of(client, false) != Some(end));
            if !removes && (is_over || case.lossy || case.seconds_captured_after(bye) <= wait) {
                judge.undecided(statement, "needs what the function sends to its client after the BYE");
                continue;
            }
            let what = || {
                format!(
                    "an interworking function has left, and {} is offered its streams all the same",
                    user.hop.user()
                )
            };
            judge.expect(statement, removes, bye, what);
        }
    }
}
