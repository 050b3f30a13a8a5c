//! Who was in when and why, from the packets up: told stories against their truth, clean and with packets missing; and what
//! observers were not told, told late, or told wrongly.

use rcshark::capture::{Input, OpenOptions, open};
use rcshark::session::{SessionKind, uri_key};
use rcshark::timeline::{Cause, Change, DisagreementKind, SessionTimeline, Source, State};
use rcshark::{Analysis, analyze};
use scenario::conversation::{Conversation, Entity, Payload};
use scenario::output::Capture;
use scenario::packets::{Impairments, Packeting};
use scenario::script::{Ending, Info, Story, Topology};
use scenario::stories;
use scenario::truth::{Group, State as Step};

const TOPOLOGIES: [Topology; 2] = [Topology::Direct, Topology::ParticipatingFunctions];
const INFOS: [Info; 3] = [Info::Msrp, Info::Notify, Info::Mixed];

/// How far a packet may be from the time of its message in the story.
const SLACK_MICROS: i64 = 30_000;

/// Where only a later sign of something was captured, it may be a retransmission, or the next one of several messages.
const LATER_MICROS: i64 = 700_000;

fn played(conversation: Conversation, impairments: Impairments) -> (Analysis, Capture) {
    let capture = Capture::of(vec![conversation], &Packeting { impairments, ..Packeting::default() });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.pcap");
    capture.write(&path).unwrap();
    (analyze(open(&[Input::Path(path)], &OpenOptions::default()).unwrap()), capture)
}

/// State and cause as a timeline has them; `None` for what is none of its steps: inviting others.
fn expected(step: &Step) -> Option<(State, Cause)> {
    let cause = match (step.state, step.cause.as_str()) {
        ("inviting", _) => return None,
        ("declined" | "refused" | "failed", _) => return Some((State::Disconnected, Cause::Declined)),
        ("no answer", _) => return Some((State::Disconnected, Cause::Cancelled)),
        ("pending", _) => return Some((State::Pending, Cause::Invited)),
        ("connected", "initiated") => Cause::Initiated,
        ("connected", "accepted invitation") => Cause::Accepted,
        ("connected", "added by REFER") => Cause::Added,
        ("connected", "joined") => Cause::Joined,
        ("connected", "rejoined") => Cause::Rejoined,
        ("connected", "restarted") => Cause::Restarted,
        ("disconnected", "departed") => Cause::Departed,
        ("disconnected", "failed") => Cause::Failed,
        ("disconnected", "booted" | "terminated") => Cause::Booted,
        ("disconnected", _) => Cause::Ended,
        other => panic!("{other:?}"),
    };
    let state = if step.state == "connected" { State::Connected } else { State::Disconnected };
    Some((state, cause))
}

/// What was told of the groups of a story: those with one Contribution-ID are one session, however often it was made.
fn told(groups: &[Group]) -> Vec<Group> {
    let mut told: Vec<Group> = Vec::new();
    for group in groups {
        let Some(known) = told.iter_mut().find(|one| one.contribution_id == group.contribution_id) else {
            told.push(group.clone());
            continue;
        };
        known.operations.extend(group.operations.iter().cloned());
        for participant in &group.participants {
            match known.participants.iter_mut().find(|one| one.uri == participant.uri) {
                Some(one) => one.timeline.extend(participant.timeline.iter().cloned()),
                None => known.participants.push(participant.clone()),
            }
        }
    }
    told
}

/// Did the client come back to its participating function about then? Where it was not captured that it was away, that looks like any
/// other invitation or re-join.
fn came_back(group: &Group, key: &str, time: i64) -> bool {
    let name = group.participants.iter().find(|one| uri_key(&one.uri) == key).map(|one| one.name.as_str());
    group.operations.iter().any(|one| {
        ["lose", "deliver", "decline", "rejoin", "restart"].contains(&one.what)
            && one.who.as_deref() == name
            && (one.t_us as i64 - time).abs() < LATER_MICROS
    })
}

/// The steps of the participant with this normalised URI, with their times.
fn truth(group: &Group, key: &str) -> Vec<(State, Cause, i64)> {
    let participant = group.participants.iter().find(|one| uri_key(&one.uri) == key);
    let steps = participant.map_or(&[][..], |participant| &participant.timeline);
    steps.iter().filter_map(|step| expected(step).map(|(state, cause)| (state, cause, step.t_us as i64))).collect()
}

fn micros(analysis: &Analysis, change: &Change) -> i64 {
    analysis.messages[change.at].time.0 / 1_000
}

/// The group sessions of an analysis.
fn groups(analysis: &Analysis) -> impl Iterator<Item = &SessionTimeline> {
    let sessions = analysis.sessions.sessions.iter().zip(&analysis.timelines);
    sessions.filter(|(session, _)| session.kind == SessionKind::Group).map(|(_, timeline)| timeline)
}

#[test]
fn every_story_in_every_topology_as_it_was_told() {
    for story in stories::ALL {
        for topology in TOPOLOGIES {
            for info in INFOS {
                let conversation = Conversation::of(&(story.tell)(Story::new(11).topology(topology).info(info)));
                let (analysis, capture) = played(conversation, Impairments::default());
                let what = format!("{} {topology:?} {info:?}", story.name);
                for group in &told(&capture.truth.groups) {
                    let sessions = analysis.sessions.sessions.iter().zip(&analysis.timelines);
                    let mut of_group = sessions.filter(|(session, _)| {
                        session.kind == SessionKind::Group && session.contribution_ids.contains(&group.contribution_id)
                    });
                    let Some((_, timeline)) = of_group.next() else { panic!("{what}: no session") };
                    check_whole(&what, &analysis, timeline, group);
                }
                for timeline in groups(&analysis) {
                    assert_eq!(timeline.disagreements, [], "{what}");
                }
            }
        }
    }
}

fn check_whole(what: &str, analysis: &Analysis, timeline: &SessionTimeline, group: &Group) {
    for participant in &timeline.participants {
        let who = format!("{what}: {}", participant.identity.uri);
        let steps = truth(group, &participant.identity.key);
        let ours: Vec<(State, Option<Cause>)> = participant.timeline.iter().map(|one| (one.state, one.cause)).collect();
        // What was answered 404 is elsewhere.
        let is_elsewhere = ours.len() < steps.len() && steps.last().is_some_and(|step| step.1 == Cause::Declined);
        let steps = if is_elsewhere { &steps[..ours.len()] } else { &steps };
        let theirs: Vec<(State, Option<Cause>)> =
            steps.iter().map(|(state, cause, _)| (*state, Some(*cause))).collect();
        assert_eq!(ours, theirs, "{who}");
        for (change, (.., time)) in participant.timeline.iter().zip(steps) {
            assert!((micros(analysis, change) - time).abs() <= SLACK_MICROS, "{who}: {change:?} at {time}");
            assert_eq!((change.source, change.uncertain), (Source::Signalling, None), "{who}");
        }
    }
}

#[test]
fn a_capture_that_lacks_packets_invents_no_state() {
    let lost = |loss| Impairments { loss, ..Impairments::default() };
    let late = |seconds: u64| Impairments { begins_late_us: seconds * 1_000_000, ..Impairments::default() };
    let cut = |bytes| Impairments { snaplen: Some(bytes), ..Impairments::default() };
    let lacks = [lost(0.02), lost(0.1), late(1), late(3), late(8), cut(200), cut(900)];
    let (mut known, mut all) = (0, 0);
    for story in stories::ALL.iter().filter(|story| story.name != "refusals") {
        for (seed, lack) in (1..).zip(&lacks) {
            for (topology, info) in [(TOPOLOGIES[0], Info::Msrp), (TOPOLOGIES[1], Info::Notify)] {
                let conversation = Conversation::of(&(story.tell)(Story::new(seed).topology(topology).info(info)));
                let (analysis, capture) = played(conversation, Impairments { seed, ..lack.clone() });
                let what = format!("{} {topology:?} {info:?} {lack:?}", story.name);
                let group = &told(&capture.truth.groups)[0];
                let found: usize =
                    groups(&analysis).map(|timeline| check_known(&what, &analysis, timeline, group)).sum();
                if lack.loss == 0.02 {
                    known += found;
                    all += group.participants.iter().flat_map(|one| &one.timeline).filter_map(expected).count();
                }
            }
        }
    }
    assert!(known * 10 > all * 9, "{known} steps of {all} are known with a loss of two percent");
}

#[test]
#[cfg(feature = "pcap")]
fn a_capture_without_one_of_the_clients_invents_no_state() {
    for story in stories::ALL.iter().filter(|story| story.name != "refusals") {
        for client in ["192.0.2.3", "192.0.2.4", "192.0.2.5"] {
            let capture = Capture::of(vec![Conversation::of(&(story.tell)(Story::new(2)))], &Packeting::default());
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("story.pcap");
            capture.write(&path).unwrap();
            let options = OpenOptions { filter: Some(format!("not host {client}")), ..OpenOptions::default() };
            let analysis = analyze(open(&[Input::Path(path)], &options).unwrap());
            let what = format!("{} without {client}", story.name);
            for timeline in groups(&analysis) {
                assert!(check_known(&what, &analysis, timeline, &told(&capture.truth.groups)[0]) > 0, "{what}");
                assert_eq!(timeline.disagreements, [], "{what}");
            }
        }
    }
}

/// Every step that the signalling shows is one that was; returns how many there are.
fn check_known(what: &str, analysis: &Analysis, timeline: &SessionTimeline, group: &Group) -> usize {
    let mut known = 0;
    for participant in timeline.participants.iter().filter(|one| !one.identity.is_anonymous()) {
        let steps = truth(group, &participant.identity.key);
        let signalled = participant.timeline.iter().filter(|one| one.source == Source::Signalling);
        for change in signalled.filter(|one| one.state != State::Invited) {
            let time = micros(analysis, change);
            let is_true = |&(state, cause, truth): &(State, Cause, i64)| {
                // Whose REFER was not captured has accepted an invitation, as far as the capture shows.
                let is_cause =
                    change.cause.is_none_or(|one| one == cause || (one, cause) == (Cause::Accepted, Cause::Added));
                let is_later = change.uncertain.is_some() && truth - LATER_MICROS <= time;
                state == change.state && is_cause && ((time - truth).abs() <= SLACK_MICROS || is_later)
            };
            assert!(
                steps.iter().any(is_true) || came_back(group, &participant.identity.key, time),
                "{what}: {} was never {change:?} at {time}: {steps:?}",
                participant.identity.uri
            );
            known += 1;
        }
    }
    known
}

#[test]
fn msrp_whose_signalling_was_not_captured_belongs_to_its_group() {
    for topology in TOPOLOGIES {
        for info in INFOS {
            let story = Story::new(3).participants(4).topology(topology).info(info).delivery_reports(true);
            let story = story.create("A", &["B", "C"]).wait(3.0).message("A", "one").add("A", "D").message("B", "two");
            let late = Impairments { begins_late_us: 3_000_000, ..Impairments::default() };
            let (analysis, capture) =
                played(Conversation::of(&story.message("D", "three").end(Ending::Inactivity)), late);
            let what = format!("{topology:?} {info:?}");
            let timeline = groups(&analysis).next().unwrap_or_else(|| panic!("{what}: no group"));
            let name = |index: usize| timeline.participants[index].identity.display_name.as_deref().unwrap_or("?");
            for chat in &capture.truth.groups[0].messages {
                let message = timeline.messages.iter().find(|one| *one.message_id == *chat.message_id);
                let message = message.unwrap_or_else(|| panic!("{what}: no {}", chat.message_id));
                let mut got: Vec<&str> = message.copies.iter().map(|copy| name(copy.participant)).collect();
                got.sort_unstable();
                let all = ["Alice", "Bob", "Carol", "Dave"];
                let added = timeline.messages.iter().position(|one| std::ptr::eq(one, message)) > Some(0);
                let sender = message.sender.map(name).unwrap_or_default();
                let expected: Vec<&str> =
                    all.into_iter().filter(|one| *one != sender && (added || *one != "Dave")).collect();
                assert_eq!(got, expected, "{what}: {}", chat.message_id);
                let copies = message.copies.iter();
                assert!(
                    copies.clone().all(|copy| copy.delivered.is_some() && copy.duplicates().next().is_none()),
                    "{what}"
                );
            }
            assert_eq!(timeline.participants.len(), 4, "{what}");
        }
    }
}

/// A group in which C comes a second after A and B, then some time passes.
fn three(wait_seconds: f64) -> Story {
    let invited = [("B", scenario::script::Answer::Accept), ("C", scenario::script::Answer::AcceptAfter(3.0))];
    Story::new(5).participants(3).create_with("A", &invited).wait(4.0).message("C", "Here I am").wait(wait_seconds)
}

/// (kind, observer, participant, state) of what is wrong.
fn wrong(analysis: &Analysis) -> Vec<(DisagreementKind, String, String, State)> {
    let timeline = &analysis.timelines[0];
    let name = |index: usize| timeline.participants[index].identity.display_name.clone().unwrap_or_default();
    let disagreements = timeline.disagreements.iter();
    disagreements
        .map(|one| {
            let observer = timeline.observers[one.observer].who.expect("a participant");
            assert_eq!(one.uncertain, None);
            (one.kind, name(observer), name(one.participant), one.state)
        })
        .collect()
}

#[test]
fn an_observer_that_is_never_told_or_late() {
    let story = three(8.0).end(Ending::Inactivity);
    let (analysis, _) = played(
        Conversation::of(&story).without("info #2 focus>A SEND").without("info #2 A>focus 200 SEND"),
        Impairments::default(),
    );
    let names = |observer: &str, participant: &str| (observer.to_owned(), participant.to_owned());
    let (alice, carol) = names("Alice", "Carol");
    assert_eq!(wrong(&analysis), [(DisagreementKind::Never, alice.clone(), carol.clone(), State::Connected)]);

    // The next document is about somebody else, and tells of C as well.
    let story = three(8.0).leave("B").wait(1.0).end(Ending::Inactivity);
    let told = Conversation::of(&story).without("info #2 focus>A SEND").without("info #2 A>focus 200 SEND");
    let (analysis, _) = played(told, Impairments::default());
    let found = wrong(&analysis);
    assert!(
        matches!(&found[..], [(DisagreementKind::Late { .. }, observer, participant, State::Connected)]
        if (observer, participant) == (&alice, &carol)),
        "{found:?}"
    );
}

#[test]
fn an_observer_that_is_told_something_else() {
    let told = Conversation::of(&three(8.0).end(Ending::Inactivity)).mutate("info #2 focus>B SEND", |message| {
        message.replace("<status>connected</status>", "<status>disconnected</status>");
    });
    let (analysis, _) = played(told, Impairments::default());
    let found = wrong(&analysis);
    let kind = DisagreementKind::Other { told: Some(State::Disconnected) };
    let alice = (kind, "Bob".to_owned(), "Alice".to_owned(), State::Connected);
    assert!(found.contains(&alice), "{found:?}");
}

#[test]
fn a_document_in_a_multipart_over_msrp_is_one() {
    let told = Conversation::of(&(stories::find("short").unwrap().tell)(Story::new(4).info(Info::Msrp)));
    let told = told.mutate("info focus>A SEND", |message| {
        let Payload::Msrp(msrp) = &mut message.payload else { panic!("a SEND") };
        let document = msrp.body.take().expect("a body");
        let icon = Entity::new("image/png", vec![137, 80, 78, 71]).with("Content-ID", "<icon@focus>");
        msrp.body = Some(Entity::multipart("frontier".into(), vec![document, icon]));
    });
    let (analysis, _) = played(told, Impairments::default());
    let timeline = &analysis.timelines[0];
    assert_eq!(timeline.messages.len(), 1, "the document is no message of a user");
    let first = &timeline.notifications[0];
    let document = first.document(&analysis.sessions.msrp, &analysis.messages).expect("a document");
    assert!(document.defects.is_empty() && !document.users.unwrap().users.is_empty());
    let bytes = first.bytes(&analysis.sessions.msrp, &analysis.messages).unwrap();
    let runs = first.runs(&analysis.sessions.msrp, &analysis.messages);
    let raw = analysis.messages.raw(&analysis.messages[runs[0].1]);
    assert!(raw[runs[0].2..].starts_with(&bytes) && bytes.starts_with(b"<?xml"));
}
