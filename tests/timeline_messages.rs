//! The fate of messages in told stories, from the packets up: who got what, how often and when, what was reported back; who was
//! writing, and what was asked of the group. Against the corpus: every change of the group data.

#[path = "support/corpus.rs"]
mod shared;

#[allow(dead_code)]
#[path = "support/document.rs"]
mod document;

use std::path::Path;

use document::{list, text, with_truth};
use rcshark::capture::{Input, OpenOptions, open};
use rcshark::timeline::{ChatMessage, Delivery, Disposition, GroupDataRequest, GroupDataValue, SessionTimeline};
use rcshark::wire::MessageId;
use rcshark::{Analysis, analyze};
use scenario::conversation::{Conversation, Message, MessageId as Sent, Payload};
use scenario::output::Capture;
use scenario::packets::Packeting;
use scenario::script::{Answer, Ending, Story, Topology};
use serde_json::Value;
use shared::corpus;

fn read(path: &Path) -> Analysis {
    analyze(open(&[Input::Path(path.to_owned())], &OpenOptions::default()).unwrap())
}

/// What comes of a conversation.
fn played(conversation: Conversation) -> Analysis {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("told.pcap");
    Capture::of(vec![conversation], &Packeting::default()).write(&path).unwrap();
    read(&path)
}

fn story(topology: Topology) -> Story {
    Story::new(9).participants(4).topology(topology).delivery_reports(true).create("A", &["B", "C"])
}

const TOPOLOGIES: [Topology; 2] = [Topology::Direct, Topology::ParticipatingFunctions];

/// The only group of an analysis.
fn group(analysis: &Analysis) -> &SessionTimeline {
    assert_eq!(analysis.sessions.sessions.len(), 1);
    &analysis.timelines[0]
}

/// The index of the participant of this name: numbers are given in the order of the names.
fn who(timeline: &SessionTimeline, name: &str) -> usize {
    let number = ["Alice", "Bob", "Carol"].iter().position(|one| *one == name).unwrap();
    timeline.participant(&format!("tel:+1200555010{number}")).unwrap()
}

fn copy<'a>(timeline: &SessionTimeline, message: &'a ChatMessage, name: &str) -> &'a Delivery {
    let participant = who(timeline, name);
    message.copies.iter().find(|copy| copy.participant == participant).unwrap_or_else(|| panic!("no copy for {name}"))
}

/// The imdn.Message-ID of the message of this number, counted from 0.
fn message_id(conversation: &Conversation, number: usize) -> String {
    conversation.record.groups[0].messages[number].message_id.clone()
}

#[test]
fn notifications_say_what_became_of_each_copy() {
    for topology in TOPOLOGIES {
        let told = Conversation::of(&story(topology).message("A", "one").displayed("C").end(Ending::Inactivity));
        let mut stored = told.clone();
        for message in stored.messages.iter_mut().filter(|one| one.is("delivered1 B * SEND") && !one.is("* 200 SEND")) {
            message
                .replace("<delivery-notification><status><delivered/>", "<processing-notification><status><stored/>");
            message.replace("</delivery-notification>", "</processing-notification>");
        }
        let analysis = played(told);
        let timeline = group(&analysis);
        let [message] = &timeline.messages[..] else { panic!("{:?}", timeline.messages) };
        assert_eq!((message.sender, message.response), (Some(who(timeline, "Alice")), Some(200)));
        assert!(message.copies.iter().all(|copy| copy.response == Some(200) && copy.delivered.is_some()));
        assert!(copy(timeline, message, "Carol").displayed > copy(timeline, message, "Carol").delivered);
        assert_eq!((copy(timeline, message, "Bob").displayed, message.notices.len()), (None, 0));

        let analysis = played(stored);
        let timeline = group(&analysis);
        let message = &timeline.messages[0];
        assert_eq!(copy(timeline, message, "Bob").delivered, None);
        let [notice] = message.notices[..] else { panic!("{:?}", message.notices) };
        let bob = Some(who(timeline, "Bob"));
        assert_eq!((notice.disposition, notice.recipient, notice.notifier), (Disposition::Stored, bob, bob));
        let notice = &analysis.messages[notice.message];
        assert_eq!(analysis.messages.flow(notice).ends(notice.from_client).0, first_hop(&analysis, message, "Bob"));
    }
}

/// The address of the client that got the copy.
fn first_hop(analysis: &Analysis, message: &ChatMessage, name: &str) -> std::net::SocketAddr {
    let copy = &analysis.messages[copy(group(analysis), message, name).message];
    analysis.messages.flow(copy).ends(copy.from_client).1
}

#[test]
fn a_server_notifies_in_the_name_of_a_recipient() {
    let told = Conversation::of(&story(Topology::Direct).message("A", "one").end(Ending::Inactivity));
    let bob = told.record.groups[0].participants[1].uri.clone();
    let told = told.without("message1 focus>B*").without("message1 B>focus*").without("delivered1 B B>focus SEND");
    let told = told.mutate("delivered1 B focus>A SEND", |message| {
        message.replace("<delivered/>", "<failed/>");
        message.replace("</datetime>", &format!("</datetime><recipient-uri>{bob}</recipient-uri>"));
        message.replace(&format!("<{bob}>"), "<sip:focus@cf1.example.net>");
    });
    let analysis = played(told);
    let timeline = group(&analysis);
    let message = &timeline.messages[0];
    let [notice] = message.notices[..] else { panic!("{:?}", message.notices) };
    let bob = who(timeline, "Bob");
    assert_eq!((notice.disposition, notice.recipient, notice.notifier), (Disposition::Failed, Some(bob), None));
    assert_eq!(message.missing(0..timeline.participants.len()), [bob]);
}

#[test]
fn who_is_reached_by_other_means_misses_nothing() {
    let told = Conversation::of(&story(Topology::Direct).message("A", "one").end(Ending::Inactivity));
    let told = told.without("message1 focus>B*").without("message1 B>focus*").without("delivered1 B B>focus SEND");
    let told = told.mutate("delivered1 B focus>A SEND", |message| {
        message
            .replace("delivery-notification><status><delivered/>", "interworking-notification><status><legacy-sms/>");
        message.replace("</delivery-notification>", "</interworking-notification>");
    });
    let analysis = played(told);
    let timeline = group(&analysis);
    let message = &timeline.messages[0];
    let [notice] = message.notices[..] else { panic!("{:?}", message.notices) };
    assert_eq!((notice.disposition, notice.recipient), (Disposition::Interworked, Some(who(timeline, "Bob"))));
    assert_eq!(message.missing(0..3), [0; 0]);
}

#[test]
fn what_the_anonymous_notify_is_counted_once() {
    let story = Story::new(5).participants(3).delivery_reports(true);
    let story = story.create_predefined("A", &[("B", Answer::Accept)]).join_anonymously("C").message("A", "one");
    let analysis = played(Conversation::of(&story.end(Ending::Inactivity)));
    let message = &group(&analysis).messages[0];
    assert!(message.copies.len() == 2 && message.copies.iter().all(|copy| copy.delivered.is_some()));
    assert_eq!(message.notices, []);
}

#[test]
fn notifications_come_in_sip_messages_when_the_session_is_over() {
    let told = Conversation::of(&story(Topology::Direct).message("A", "one").end(Ending::Inactivity));
    let (id, carol) = (message_id(&told, 0), told.record.groups[0].participants[2].uri.clone());
    let mut told = told.without("delivered1 C *");
    let mut late = told.message("end C>focus 200 BYE").clone();
    let imdn = format!(
        "From: <{carol}>\r\nTo: <sip:a@x>\r\nNS: imdn <urn:ietf:params:imdn>\r\nimdn.Message-ID: late\r\n\r\n\
         Content-Type: message/imdn+xml\r\n\r\n<imdn xmlns=\"urn:ietf:params:xml:ns:imdn\"><message-id>{id}</message-id>\
         <delivery-notification><status><delivered/></status></delivery-notification></imdn>"
    );
    let request = format!(
        "MESSAGE sip:a@x SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bKlate\r\nFrom: <{carol}>;tag=c\r\nTo: <sip:a@x>\r\n\
         Call-ID: late@c\r\nCSeq: 1 MESSAGE\r\nContent-Type: message/cpim\r\nContent-Length: {}\r\n\r\n{imdn}",
        imdn.len()
    );
    late.payload = Payload::Raw(request.into_bytes());
    late.id = Sent(u32::MAX);
    late.time_us = told.messages.last().unwrap().time_us + 1_000_000;
    told.messages.push(late);
    let analysis = played(told);
    let timeline = group(&analysis);
    let delivered = copy(timeline, &timeline.messages[0], "Carol").delivered.unwrap();
    assert!(analysis.messages[delivered].sip().is_some());
}

#[test]
fn duplicates_retries_and_missing_copies() {
    for topology in TOPOLOGIES {
        let near = if topology == Topology::Direct { "focus" } else { "pf1-C" };
        let told = || Conversation::of(&story(topology).message("A", "one").end(Ending::Inactivity));
        let twice = played(told().repeated(&format!("message1 {near}>C SEND"), 300_000));
        let timeline = group(&twice);
        let message = &timeline.messages[0];
        assert_eq!((timeline.messages.len(), message.copies.len()), (1, 2));
        let carol = copy(timeline, message, "Carol");
        assert_eq!(carol.duplicates().collect::<Vec<_>>(), [carol.attempts()[0].message]);
        assert!(carol.attempts()[0].message > carol.message);
        assert_eq!(copy(timeline, message, "Bob").duplicates().count(), 0);
        assert_eq!(message.missing(0..3), [0; 0]);

        let refuse = |message: &mut Message| message.replace("200", "481");
        let refused = || told().mutate(&format!("message1 C>{near} 200 SEND"), refuse);
        let retried = played(refused().repeated(&format!("message1 {near}>C SEND"), 300_000));
        let timeline = group(&retried);
        let carol = copy(timeline, &timeline.messages[0], "Carol");
        assert_eq!((carol.response, carol.attempts()[0].response), (None, Some(481)));
        assert!(carol.attempts()[0].message < carol.message && carol.duplicates().count() == 0);

        let refused = played(refused());
        let timeline = group(&refused);
        assert_eq!(timeline.messages[0].missing([0, 1, 2]), [who(timeline, "Carol")]);
    }
}

#[test]
fn a_message_is_kept_for_who_is_away() {
    for topology in TOPOLOGIES {
        let story = story(topology).message("A", "before").lose_connection("B").message("A", "missed").rejoin("B");
        let mut told = Conversation::of(&story.message("A", "after").end(Ending::Inactivity));
        // What B gets after its return is what it has missed.
        let (missed, after) = (message_id(&told, 1), message_id(&told, 2));
        let is_to_b = |one: &&mut Message| one.is("message3 *B SEND") || one.is("delivered3 B * SEND");
        for message in told.messages.iter_mut().filter(is_to_b).filter(|one| !one.is("* 200 SEND")) {
            message.replace(&after, &missed);
        }
        let analysis = played(told);
        let timeline = group(&analysis);
        let deferred: Vec<Vec<bool>> = timeline
            .messages
            .iter()
            .map(|message| message.copies.iter().map(|copy| copy.deferred().is_some()).collect())
            .collect();
        assert_eq!(deferred, [vec![false, false], vec![false, true], vec![false]]);
        let copy = copy(timeline, &timeline.messages[1], "Bob");
        let invite: MessageId = copy.deferred().unwrap();
        assert!(timeline.messages[1].sent < invite && invite < copy.message);
        assert_eq!(timeline.messages[2].missing(0..3), [who(timeline, "Bob")]);
    }
}

#[test]
fn reports_come_back_to_the_sender() {
    let told = Conversation::of(&story(Topology::Direct).message_with_report("A", "one").message("A", "two"));
    let analysis = played(told);
    let timeline = group(&analysis);
    let reports = |message: &ChatMessage| message.reports(&analysis.sessions.msrp, &analysis.messages);
    let [report] = reports(&timeline.messages[0])[..] else { panic!("no report") };
    assert!(report.status == 200 && report.message > timeline.messages[0].sent);
    assert_eq!(reports(&timeline.messages[1]), []);
}

#[test]
fn who_writes_is_seen_once() {
    for topology in TOPOLOGIES {
        let told = || Conversation::of(&story(topology).typing("B").typing("A").typing("B").end(Ending::Inactivity));
        let near = if topology == Topology::Direct { "focus" } else { "pf2-B" };
        let address = told().message(&format!("end B>{near} 200 BYE")).from.ip();
        let lost = told().without(&format!("typing B B>{near} SEND"));
        for (told, first_is_copy) in [(told(), false), (lost, true)] {
            let analysis = played(told);
            let timeline = group(&analysis);
            let writers: Vec<_> = timeline.composing.iter().map(|status| status.participant).collect();
            let (alice, bob) = (Some(who(timeline, "Alice")), Some(who(timeline, "Bob")));
            assert_eq!(writers, [bob, alice, bob]);
            let status = &timeline.composing[0];
            assert_eq!((status.active, status.refresh_secs), (true, Some(60)));
            assert_eq!(status.content_type.as_deref(), Some("text/plain"));
            let message = &analysis.messages[status.message];
            let (sender, _) = analysis.messages.flow(message).ends(message.from_client);
            assert_eq!(sender.ip() == address, !first_is_copy);
        }
    }
}

#[test]
fn requests_about_the_group_have_an_outcome() {
    for topology in TOPOLOGIES {
        let story = story(topology).change_subject("B", "A <new> one").give_role("A", "C", "chairman");
        let mut told = Conversation::of(&story.bulletin("A", "Read").change_subject("B", "x").end(Ending::Inactivity));
        let answers = told.messages.iter_mut().filter(|one| one.is("bulletin A *>A SEND"));
        answers.for_each(|message| message.replace("<code>200</code>", "<code>403</code>"));
        let analysis = played(told);
        let timeline = group(&analysis);
        let seen: Vec<_> = timeline.group_data.iter().map(request).collect();
        let carol = timeline.participants[2].identity.uri.as_str();
        let expected = [
            ("Bob", "subject", "A <new> one".to_owned(), Some(200)),
            ("Alice", "user-role", format!("{carol} chairman"), Some(200)),
            ("Alice", "bulletin", "Read".to_owned(), Some(403)),
            ("Bob", "subject", "x".to_owned(), Some(200)),
        ];
        let names: Vec<_> = expected.iter().map(|(name, ..)| Some(who(timeline, name))).collect();
        assert_eq!(timeline.group_data.iter().map(|one| one.participant).collect::<Vec<_>>(), names);
        assert_eq!(seen, expected.map(|(_, target, value, code)| (target, value, code)));
        assert!(timeline.group_data.iter().all(|one| one.response == Some(200)));
        assert!(timeline.group_data.iter().all(|one| one.outcome.is_some_and(|(answer, _)| answer > one.message)));
    }
}

/// Target, value and code.
fn request(request: &GroupDataRequest) -> (&str, String, Option<u16>) {
    let value = match &request.value {
        GroupDataValue::Subject(text) | GroupDataValue::Bulletin(text) => text.clone(),
        GroupDataValue::IconUri(uri) | GroupDataValue::IconFile(uri) => uri.clone(),
        GroupDataValue::Roles(roles) => {
            roles.iter().map(|(role, who)| format!("{who} {role}")).collect::<Vec<_>>().join(", ")
        }
        GroupDataValue::Other => String::new(),
    };
    assert_eq!(request.operation.as_deref(), Some("set"));
    (request.target.as_deref().unwrap_or_default(), value, request.outcome.and_then(|(_, code)| code))
}

#[test]
fn every_change_of_group_data_in_the_corpus_is_found() {
    let Some(folder) = corpus("group") else { return };
    let mut found = 0;
    for (capture, truth) in with_truth(&folder) {
        let analysis = read(&capture);
        for group in list(&truth["groups"]) {
            let uri_of = |name: &Value| {
                let named = list(&group["participants"]).iter().find(|one| one["name"] == *name);
                named.map_or("nobody", |one| text(&one["uri"]))
            };
            let operations = list(&group["operations"]).iter().filter_map(|one| {
                let (target, value) = match text(&one["what"]) {
                    target @ ("subject" | "icon") => (target, text(&one["value"]).to_owned()),
                    "role" => ("user-role", format!("{} {}", uri_of(&one["value"][0]), text(&one["value"][1]))),
                    _ => return None,
                };
                Some((uri_of(&one["by"]).to_owned(), target, value, Some(200)))
            });
            let operations: Vec<_> = operations.collect();
            let is_it = |session: &rcshark::session::Session| {
                session.contribution_ids.iter().any(|id| group["contribution_id"] == id.as_str())
            };
            let place = analysis.sessions.sessions.iter().position(is_it).unwrap();
            let timeline = &analysis.timelines[place];
            let requests: Vec<_> = timeline
                .group_data
                .iter()
                .map(|one| {
                    let (target, value, code) = request(one);
                    (timeline.participants[one.participant.unwrap()].identity.uri.clone(), target, value, code)
                })
                .collect();
            assert_eq!(requests, operations, "{}", capture.display());
            found += requests.len();
        }
    }
    assert!(found > 10, "{found}");
}
