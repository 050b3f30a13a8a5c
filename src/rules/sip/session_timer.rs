use crate::capture::Time;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Place, Severity};
use crate::wire::MessageId;
use crate::wire::sip::{Method, Name};

rule! {
    /// ## What it checks
    /// A session with a Session-Expires is refreshed before it runs out, or ended by BYE; and it is not shorter than Min-SE.
    ///
    /// ## Why it matters
    /// The other side ends the session in the middle of the chat, or a dead one lives on.
    ///
    /// ## Example
    /// `Session-Expires: 90` in the 200, no re-INVITE or UPDATE, no BYE, and messages after three minutes: broken.
    ///
    /// ## Source
    /// RFC 4028 §4, §7.2, §8, §10
    /// Silent where packets are missing. A 2xx that has a Session-Expires without refresher is a warning.
    pub SIP_SESSION_TIMER: Error = "sip-session-timer", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (_, leg) in case.legs() {
        let Some((answer, 200..=299)) = leg.answered else { continue };
        let Some(message) = case.sip(answer).filter(|_| !case.messages()[answer].incomplete) else { continue };
        let Some(field) = message.header(Name::SessionExpires) else { continue };
        let place = Place::header(answer, &message, Name::SessionExpires);
        let (seconds, params) = field.split_once(';').unwrap_or((&field, ""));
        let Ok(seconds) = seconds.trim().parse::<u32>() else {
            judge.report(Actor::Unknown, place, format!("Session-Expires is {field}"));
            continue;
        };
        if !params.to_ascii_lowercase().contains("refresher") {
            let what = "Session-Expires of the 2xx does not say who refreshes";
            judge.report(Actor::Unknown, place.clone(), what).severity(Severity::Warning);
        }
        if seconds < LEAST_SECONDS {
            judge.report(Actor::Unknown, place, format!("Session-Expires is {seconds} s")).expected("90 or more");
            continue;
        }
        if case.lossy {
            continue;
        }
        let is_refresh = |id: &&MessageId| {
            let summary = case.messages()[**id].sip();
            summary.is_some_and(|one| one.is_request && matches!(one.method, Method::Invite | Method::Update))
        };
        let mut refreshed = answer;
        for &id in leg.messages.iter().filter(|&&id| id > answer).filter(is_refresh) {
            if case.seconds_between(refreshed, id) > f64::from(seconds) + GRACE_SECONDS {
                break;
            }
            refreshed = id;
        }
        // Who uses it later, has not ended it.
        let runs_out =
            case.time(refreshed).nanos_since(Time::default()) as f64 / 1e9 + f64::from(seconds) + GRACE_SECONDS;
        let last_use = leg.msrp.map(|msrp| case.sessions().msrp.sessions[msrp as usize].last);
        let last = last_use.into_iter().chain(leg.messages.last().copied()).max().unwrap_or(answer);
        if case.time(last).nanos_since(Time::default()) as f64 / 1e9 > runs_out {
            let what = format!("session was not refreshed within {seconds} s, and goes on");
            judge.report(Actor::Unknown, last, what).also(answer).also(refreshed);
        }
    }
}

/// RFC 4028 §4: no session timer is shorter.
const LEAST_SECONDS: u32 = 90;

/// A BYE at the last moment takes its time.
const GRACE_SECONDS: f64 = 32.0;
