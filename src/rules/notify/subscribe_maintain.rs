use super::own::{expires, of_user, subscribes};
use crate::rules::invite::invitation::{Clauses, Invitation};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Subscription;
use crate::wire::MessageId;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A client keeps its subscription as long as it is in the session: it refreshes it in time, and does not end it before.
    ///
    /// ## Why it matters
    /// From then on its list of participants is that of an hour ago.
    ///
    /// ## Example
    /// `Expires: 60`, a session of five minutes, and no other SUBSCRIBE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.2, 5.2.3; RFC 6665 §4.1.2
    pub CPM_SUBSCRIBE_MAINTAIN: Error = "cpm-subscribe-maintain", ["5.2.1.1-resp-2.c-maintain", "5.2.1.2-resp-sub-maintain", "5.2.1.3-resp-sub-maintain", "5.2.1.4-sub-maintain", "5.2.2-grp-a-maintain", "5.2.3-resp-6-maintain"], check;
}

const CLAUSES: Clauses = Clauses {
    invitation: Some("5.2.2-grp-a-maintain"),
    ..Clauses::of_clients([
        "5.2.1.1-resp-2.c-maintain",
        "5.2.1.2-resp-sub-maintain",
        "5.2.1.3-resp-sub-maintain",
        "5.2.1.4-sub-maintain",
        "5.2.3-resp-6-maintain",
    ])
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let (Some(statement), Some(ack)) = (CLAUSES.statement(one.purpose), one.leg.established) else { continue };
        let until = one.leg.ended.map(|(bye, _)| bye);
        // One that was opened in this stay; what counts is the one that is renewed last.
        let own: Vec<&Subscription> = of_user(case, one)
            .filter(|subscription| {
                subscription.status < 300
                    && subscription
                        .messages
                        .first()
                        .is_some_and(|&first| first > one.id && until.is_none_or(|until| first < until))
            })
            .collect();
        let Some(subscription) = own.last() else { continue };
        match lapse(case, one, subscription) {
            None => judge.pass(statement),
            Some(_) if case.lossy => judge.undecided(statement, "needs what was lost of the capture"),
            Some((at, what)) => {
                let what = format!("the subscription of {} {what}, and the session went on", one.user());
                judge.fail(statement, at, what).also(ack);
            }
        }
    }
}

/// Where the subscription ended before the session, and how.
fn lapse<'a>(case: &Case<'a>, one: &Invitation<'a>, subscription: &Subscription) -> Option<(MessageId, String)> {
    let wait = case.profile.timings.sip_transaction;
    let until = one.leg.ended.map(|(bye, _)| bye);
    let goes_on = |at: MessageId, seconds: f64| match until {
        Some(bye) => case.seconds_between(at, bye) > seconds,
        None => case.seconds_captured_after(at) > seconds,
    };
    let asked: Vec<(MessageId, Option<MessageId>)> = subscribes(case, subscription)
        .filter_map(|transaction| {
            let answer = transaction.final_response("", case.messages()).filter(|(_, status)| *status < 300);
            Some((transaction.request()?, answer.map(|(answer, _)| answer)))
        })
        .collect();
    let is_again = |at: MessageId| asked.iter().any(|(request, _)| *request > at);
    for (request, answer) in &asked {
        if expires(case, *request) == Some(0) && goes_on(*request, wait) && !is_again(*request) {
            return Some((*request, "was given up".to_owned()));
        }
        let Some(granted) = answer.and_then(|answer| expires(case, answer)).filter(|granted| *granted > 0) else {
            continue;
        };
        let next = asked.iter().map(|(request, _)| *request).find(|next| next > request);
        let in_time =
            next.is_some_and(|next| case.seconds_between(*request, next) <= f64::from(granted) + GRACE_SECONDS);
        // A NOTIFY may give it longer.
        let mut told =
            subscription.notifies.iter().filter(|&&notify| notify > *request).filter_map(|&notify| lasts(case, notify));
        let mut is_longer = || told.any(|told| told > granted);
        if !in_time && goes_on(*request, f64::from(granted) + GRACE_SECONDS) && !is_longer() {
            return Some((*request, format!("ran out after {granted} s")));
        }
    }
    let ended = subscription.notifies.iter().copied().find(|&notify| {
        let Some(message) = case.sip(notify) else { return false };
        let state = message.header(Name::SubscriptionState).unwrap_or_default();
        // Nearly all go on.
        if !state.trim_start().starts_with(['t', 'T']) {
            return false;
        }
        let state = state.to_ascii_lowercase().replace(' ', "");
        state.starts_with("terminated") && (state.contains("reason=deactivated") || state.contains("reason=timeout"))
    });
    let ended = ended.filter(|&notify| goes_on(notify, wait))?;
    let is_renewed = of_user(case, one).any(|other| other.messages.first().is_some_and(|&first| first > ended));
    (!is_renewed).then(|| (ended, "was ended by the focus, and not renewed".to_owned()))
}

/// The seconds that a NOTIFY leaves the subscription.
fn lasts(case: &Case<'_>, notify: MessageId) -> Option<u32> {
    let message = case.sip(notify)?;
    let state = message.header(Name::SubscriptionState)?.to_ascii_lowercase();
    let params = state.split(';').filter_map(|param| param.split_once('='));
    params.into_iter().find(|(name, _)| name.trim() == "expires")?.1.trim().parse().ok()
}

/// A refresh at the last moment takes its time.
const GRACE_SECONDS: f64 = 5.0;
