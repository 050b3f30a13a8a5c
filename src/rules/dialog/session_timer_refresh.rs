use crate::rules::invite::answer::of_focus;
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::{Method, Name};

rule! {
    /// ## What it checks
    /// After the 200 to its extension INVITE the client runs the session timer: it refreshes the session in time if the 200
    /// makes it the refresher, or else ends it when nobody does.
    ///
    /// ## Why it matters
    /// Without the timer a session whose other side is gone never ends.
    ///
    /// ## Example
    /// `Session-Expires: 90;refresher=uac`, and in 120 s neither UPDATE nor re-INVITE nor BYE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3; RFC 4028 §10
    ///
    /// An overdue session that goes on in use is found by `sip-session-timer` as well.
    pub CPM_SESSION_TIMER_REFRESH: Error = "cpm-session-timer-refresh", ["5.2.3-resp-3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3-resp-3";
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose == Purpose::Extension) {
        let leg = answer.invitation.leg;
        let Some(field) = answer.message.header(Name::SessionExpires) else { continue };
        let (seconds, params) = field.split_once(';').unwrap_or((&field, ""));
        let Ok(seconds) = seconds.trim().parse::<u32>() else { continue };
        let by_client = params.to_ascii_lowercase().replace(' ', "").contains("refresher=uac");
        let is_refresh = |id: &&crate::wire::MessageId| {
            let summary = case.messages()[**id].sip();
            summary.is_some_and(|one| one.is_request && matches!(one.method, Method::Invite | Method::Update))
        };
        let refreshed = leg.messages.iter().filter(|&&id| id > answer.id).filter(is_refresh);
        let until = leg.ended.map(|(bye, _)| bye);
        // The moments that the session was made or refreshed, and what followed each.
        let mut moments: Vec<_> = std::iter::once(answer.id).chain(refreshed.copied()).collect();
        moments.extend(until);
        let gap = moments.windows(2).map(|pair| (pair[0], case.seconds_between(pair[0], pair[1])));
        let last = moments.last().copied().filter(|_| until.is_none());
        let open = last.map(|last| (last, case.seconds_captured_after(last)));
        let overdue = gap.chain(open).find(|(_, waited)| *waited > f64::from(seconds) + GRACE_SECONDS);
        match overdue {
            None => judge.pass(statement),
            Some(_) if case.lossy => judge.undecided(statement, "needs what was lost of the capture"),
            Some((since, _)) if by_client => {
                let what = format!("the client did not refresh the session within {seconds} s, and did not end it");
                judge.fail(statement, since, what).also(answer.id);
            }
            Some((since, _)) => {
                let what = format!("the session was not refreshed within {seconds} s, and the client did not end it");
                judge.remark(statement, Severity::Warning, since, what).also(answer.id);
            }
        }
    }
}

/// A BYE at the last moment takes its time.
const GRACE_SECONDS: f64 = 32.0;
