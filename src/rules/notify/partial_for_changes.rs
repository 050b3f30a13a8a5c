use hashbrown::{HashMap, HashSet};

use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::Channel;
use crate::timeline::conference::Taken;
use crate::wire::MessageId;
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// The first document of a subscription is full, and later ones that tell of changes are partial.
    ///
    /// ## Why it matters
    /// A subscriber can do nothing with a partial document that comes first; full ones for each change make large groups expensive.
    ///
    /// ## Example
    /// ```xml
    /// <conference-info … version="2" state="full">        <!-- broken: tells of a change -->
    /// <conference-info … version="2" state="partial">
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3, 5.2.4; RFC 4575 §3.2, §4.4. Each SUBSCRIBE allows one full document. One that teaches nothing, and the last
    /// one of a subscription, are not judged. Full documents are reported once per subscription.
    pub CPM_NOTIFY_PARTIAL_FOR_CHANGES: Error =
        "cpm-notify-partial-for-changes", ["5.2.4-3-partial", "9.2.14.3-n-0.s3"], check;
}

/// What is known of a subscription on the way through its documents.
struct Seen {
    /// Its SUBSCRIBEs in order, each once.
    subscribes: Vec<MessageId>,
    /// How many of them have had their full document.
    answered: usize,
    is_reported: bool,
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let id = "9.2.14.3-n-0.s3";
    let told = case.timeline.observers.iter().flat_map(|observer| &observer.told);
    let teaching: HashSet<MessageId> =
        told.filter(|told| !told.seen.is_empty() || !told.news.is_empty()).map(|told| told.at).collect();
    let mut seen: HashMap<usize, Seen> = HashMap::new();
    for document in case.documents() {
        let (Channel::Subscription(index), Ok(info)) = (document.notification.channel, &document.info) else {
            continue;
        };
        let one = seen.entry(index).or_insert_with(|| Seen {
            subscribes: subscribes(case, index),
            answered: 0,
            is_reported: false,
        });
        let asked = one.subscribes.partition_point(|subscribe| *subscribe < document.message);
        let place = info.state.as_ref().map_or_else(|| document.at_root(), |state| document.at(&state.range));
        match document.taken {
            Some(Taken::NoTable) if document.number == 0 && asked > 0 => {
                let before = case.sessions().subscriptions[index].notifies.iter().filter(|id| **id < document.message);
                let has_body = |id: &MessageId| case.sip(*id).is_some_and(|message| !message.body().is_empty());
                if case.lossy {
                    judge.undecided(id, "needs every NOTIFY");
                } else if !before.copied().any(|id| has_body(&id)) {
                    judge.fail(id, place, "first document of the subscription is partial").expected("state=\"full\"");
                }
            }
            Some(Taken::Merged) => judge.pass(id),
            Some(Taken::First | Taken::Unchanged) => one.answered = asked.min(one.answered + 1),
            Some(Taken::Replaced) if asked > one.answered => one.answered += 1,
            Some(Taken::Replaced) if !document.is_last() && teaching.contains(&document.message) => {
                if case.lossy || one.subscribes.is_empty() {
                    judge.undecided(id, "needs every SUBSCRIBE");
                } else if !one.is_reported {
                    one.is_reported = true;
                    let found = info.state.as_ref().map_or("none", |state| state.as_str());
                    judge
                        .fail(id, place, format!("change was reported with state={found}, expected partial"))
                        .expected("state=\"partial\"");
                }
            }
            _ => {}
        }
    }
}

fn subscribes(case: &Case<'_>, index: usize) -> Vec<MessageId> {
    let mut numbers = HashSet::new();
    let all = case.sessions().subscriptions[index].messages.iter().copied();
    all.filter(|&id| {
        let summary = case.messages()[id].sip().filter(|one| one.is_request && one.method == Method::Subscribe);
        summary.is_some_and(|summary| numbers.insert(summary.cseq))
    })
    .collect()
}
