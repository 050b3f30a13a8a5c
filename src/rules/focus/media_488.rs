use super::policy::{answers, judge_refusal};
use crate::rules::Actor;
use crate::rules::invite::change::streams;
use crate::rules::invite::invitation::{Invitation, Purpose};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// An offer of media that the network does not have in groups is refused with 488.
    ///
    /// ## Why it matters
    /// The stream is agreed on, and stays silent.
    ///
    /// ## Example
    /// The profile has `media = ["message"]`, and an INVITE with `m=audio` alone is answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5, 7.2.2
    pub CPM_FOCUS_488_MEDIA: Error = "cpm-focus-488-media", ["5.2.5-4", "5.2.5-6.d", "7.2.2-1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let missing = "policy.media";
    for answer in answers(case) {
        let statement = match answer.invitation.purpose {
            Purpose::Rejoin => continue,
            Purpose::PreDefined | Purpose::JoinIn => "5.2.5-6.d",
            _ => "5.2.5-4",
        };
        let is_refused = is_refused(case, answer.invitation);
        judge_refusal(judge, statement, &answer, is_refused, missing, "none of the media is allowed", 488);
    }
    for change in case.changes().iter().filter(|change| !change.is_from_focus && change.is_new) {
        let statement = "7.2.2-1";
        let known: Vec<&String> = change.before.iter().filter(|stream| stream.2).map(|stream| &stream.0).collect();
        let Some(offered) = streams(case, change.id, &change.message) else { continue };
        let new: Vec<&str> = offered
            .iter()
            .filter(|stream| stream.2 && !known.contains(&&stream.0))
            .map(|stream| stream.0.as_str())
            .collect();
        let (Some((answer, status)), false) = (change.answer, new.is_empty()) else { continue };
        let allowed: Option<Vec<bool>> = new.iter().map(|kind| case.profile.policy.may_have(kind)).collect();
        match allowed {
            None => judge.undecided(statement, "needs policy.media in the profile"),
            Some(allowed) if allowed.contains(&true) || status == 488 => judge.pass(statement),
            Some(_) => {
                let what = format!("re-INVITE that adds {} was answered {status}", new.join(" "));
                judge.fail(statement, answer, what).actor(Actor::ControllingFunction).expected("488").also(change.id);
            }
        }
    }
}

/// Is there no stream that the network has in groups? `None` where the profile does not say.
fn is_refused<'a>(case: &Case<'a>, one: &Invitation<'a>) -> Option<bool> {
    let offered = streams(case, one.id, &one.message)?;
    let allowed: Option<Vec<bool>> = offered.iter().map(|stream| case.profile.policy.may_have(&stream.0)).collect();
    Some(!allowed?.contains(&true))
}
