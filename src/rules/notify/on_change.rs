use super::change::judge_changes;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::{Cause, GroupDataRequest, Observer, Source, State};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// When somebody comes or goes, each subscriber gets a NOTIFY that shows it. When the data of the group change, everybody who is
    /// told of the group gets a document.
    ///
    /// ## Why it matters
    /// The subscriber goes on to see somebody who is gone, does not see who came, or keeps an old subject.
    ///
    /// ## Example
    /// Carol accepts the invitation, and Alice, who is subscribed, is never told: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3, 5.2.6, 5.2.6.1, 7.2.3; RFC 6665 §4.2.2, RFC 4575 §3.6
    ///
    /// Several changes may share one NOTIFY. Whether somebody is still being invited need not be told. Of group data only the document is asked for
    /// here; what is in it is the matter of `cpm-cinfo-groupdata-reflected`. Who comes and goes is told over MSRP by another rule.
    pub CPM_NOTIFY_ON_CHANGE: Error =
        "cpm-notify-on-change", ["5.2.6-13", "5.2.6.1-rx-3.a.ii", "7.2.3-ack-2", "9.2.14.3-n-0"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let untold = judge_changes(case, judge, Source::Notify, "9.2.14.3-n-0");
    let has_subscribers = case.timeline.observers.iter().any(|one| one.source == Source::Notify && one.told.len() > 1);
    for change in case.timeline.participants.iter().flat_map(|one| &one.timeline).filter(|_| has_subscribers) {
        let also = match change.cause {
            Some(Cause::Rejoined) => "5.2.6-13",
            Some(Cause::Accepted | Cause::Added) => "7.2.3-ack-2",
            _ => continue,
        };
        if change.source == Source::Signalling && change.state == State::Connected {
            judge.same(also, !untold.contains(&change.at));
        }
    }
    let mut before: Option<&GroupDataRequest> = None;
    for request in &case.timeline.group_data {
        let Some((answer, Some(200))) = request.outcome else { continue };
        // What changes nothing need not be told.
        let is_same = before.is_some_and(|before| before.target == request.target && before.value == request.value);
        before = Some(request);
        if !is_same {
            case.timeline
                .observers
                .iter()
                .for_each(|observer| judge_group_data(case, judge, observer, request, answer));
        }
    }
}

fn judge_group_data(
    case: &Case<'_>,
    judge: &mut Judge,
    observer: &Observer,
    request: &GroupDataRequest,
    answer: MessageId,
) {
    let statement = "5.2.6.1-rx-3.a.ii";
    let wait = case.profile.timings.notify;
    let Some(first) = observer.told.first().filter(|first| first.at < request.message) else { return };
    let (Some(who), Some(last)) = (observer.who, observer.told.last()) else { return };
    let next = observer.told.partition_point(|told| told.at < request.message);
    let told = observer.told.get(next).filter(|told| case.seconds_between(request.message, told.at) <= wait);
    // Who leaves, or is told something else about itself, is told no more.
    let timeline = &case.timeline.participants[who].timeline;
    let is_in = case.timeline.participants[who].state_before(answer) == Some(State::Connected);
    let leaves = timeline.iter().find(|change| change.at > answer && change.state == State::Disconnected);
    let stays = leaves.is_none_or(|change| case.seconds_between(answer, change.at) > wait);
    let is_over = observer.ended.is_some_and(|ended| case.seconds_between(answer, ended) <= wait);
    if told.is_some() {
        judge.pass(statement);
    } else if case.lossy || case.seconds_captured_after(answer) <= wait || !is_in || !stays || is_over {
        judge.undecided(statement, format!("needs more of what {} is told", case.uri(who)));
    } else {
        let what = request.target.as_deref().unwrap_or("data of the group");
        let message = format!("{} was not told of the changed {what}", case.uri(who));
        judge.fail(statement, answer, message).also(request.message).also(first.at).also(last.at);
    }
}
