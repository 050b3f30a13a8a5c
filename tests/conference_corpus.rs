//! Conference state from documents that others wrote: they are read in full, and become the state that their authors meant.
//!
//! The corpus is no part of this project: without it these tests say so and pass.

#[path = "support/corpus.rs"]
mod shared;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rcshark::capture::{Input, OpenOptions, open};
use rcshark::timeline::conference::{Change, Conference, Presence, Taken, user_key};
use rcshark::timeline::{Notification, Source};
use rcshark::wire::conference_info::{self, ConferenceInfo, EndpointStatus, NAMESPACE};
use rcshark::wire::sip::Name;
use rcshark::wire::xml::Text;
use rcshark::{Analysis, analyze};
use regex_lite::Regex;
use shared::corpus;

fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| wanted(path.file_name().unwrap().to_str().unwrap())).collect();
    paths.sort();
    paths
}

/// The documents of a capture, by observer and in order: the NOTIFYs of a subscription, what a participant got over MSRP.
fn observers(capture: &Path) -> BTreeMap<String, Vec<(Source, ConferenceInfo)>> {
    let analysis = analyze(open(&[Input::Path(capture.to_path_buf())], &OpenOptions::default()).unwrap());
    let mut observers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (session, timeline) in analysis.timelines.iter().enumerate() {
        for told in &timeline.notifications {
            let document = told.document(&analysis.sessions.msrp, &analysis.messages).unwrap();
            let observer = observer(told, &analysis);
            observers.entry(format!("{session} {observer}")).or_default().push((told.source, document));
        }
    }
    observers
}

fn observer(told: &Notification, analysis: &Analysis) -> String {
    let notify = analysis.messages.sip(&analysis.messages[told.message]);
    match notify.filter(|_| told.source == Source::Notify) {
        Some(notify) => [Name::CallId, Name::From].map(|name| notify.header(name).unwrap_or_default()).join(" "),
        None => format!("{:?}", told.to),
    }
}

fn take(conference: &mut Conference, source: Source, document: ConferenceInfo) -> Taken {
    match source {
        Source::Notify => conference.notify(document),
        Source::Msrp | Source::Signalling => conference.snapshot(document),
    }
}

/// Users with their status, sorted.
fn roster(conference: &Conference) -> String {
    let Some(table) = conference.table() else { return "-".to_owned() };
    let line = |user| {
        let status = Presence::of(user).status.map_or("?", EndpointStatus::as_str);
        format!("{} {status}", user_key(user).unwrap_or("?"))
    };
    let mut lines: Vec<String> = table.users().iter().map(line).collect();
    lines.sort();
    lines.join(", ")
}

/// The elements of RFC 4575 that ended among the extras of an element, wherever in the document.
fn misplaced(info: &ConferenceInfo) -> Vec<String> {
    let extra =
        Regex::new(r#"Extra \{ namespace: (None|Some\("([^"]*)"\)), name: "([^"]*)", attribute: false"#).unwrap();
    let debug = format!("{info:?}");
    let extras =
        extra.captures_iter(&debug).filter(|extra| extra.get(2).is_none_or(|found| found.as_str() == NAMESPACE));
    extras.map(|extra| extra[3].to_owned()).collect()
}

#[test]
fn documents_end_in_the_model() {
    let Some(folder) = corpus("world/conference-info") else { return };
    for file in files(&folder, |_| true) {
        let info = conference_info::parse(&fs::read(&file).unwrap()).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        // A list of groups in a conference-info: a document type of its own, whose elements RFC 4575 does not have.
        let expected: &[&str] = if name == "chinamobile-group-list.xml" { &["conference-list"] } else { &[] };
        assert_eq!(misplaced(&info), expected, "{name}");
    }
}

#[test]
fn documents_of_the_world_become_state() {
    let Some(folder) = corpus("world/conference-info") else { return };
    let read = |file: &str| conference_info::parse(&fs::read(folder.join(file)).unwrap()).unwrap();
    let liblinphone = |line: u32| read(&format!("liblinphone-conference-event-tester-L{line}.xml"));
    let check = |documents: &[(ConferenceInfo, Taken, &str)]| {
        let mut conference = Conference::default();
        for (document, expected, expected_roster) in documents {
            assert_eq!(conference.notify(document.clone()), *expected);
            assert_eq!(roster(&conference), *expected_roster);
        }
        conference
    };

    // RFC 4575 §7: the basic example is version 1, the rich one 5.
    let basic = read("rcsjta-ConferenceInfoParserTest-L39.xml");
    let mut rich = read("rfc4575-02-conference-info.xml");
    let of_basic = "sip:alice@example.com connected, sip:bob@example.com disconnected";
    let gap = Taken::Gap { expected: 2, got: 5 };
    check(&[(basic.clone(), Taken::First, of_basic), (rich.clone(), gap, "-"), (rich.clone(), Taken::NoTable, "-")]);
    rich.version = Some(Text { value: "2".to_owned(), ..rich.version.unwrap() });
    let both = [(basic, Taken::First, of_basic), (rich, Taken::Merged, "sip:bob@example.com disconnecting")];
    let conference = check(&both);
    let info = conference.state().unwrap();
    assert_eq!(info.sidebars_by_ref.as_ref().unwrap().entries.len(), 2);
    assert_eq!(info.sidebars_by_val.as_ref().unwrap().entries[0].users.as_ref().unwrap().users.len(), 3);
    assert!(conference.learned().contains(&Change::UserCount(Some(32))));

    // The test program puts the versions in; without, the first one has none that can be read.
    let of_full = "sip:alice@example.com connected, sip:bob@example.com disconnected, sip:frank@example.com connected";
    let frank_left =
        "sip:alice@example.com connected, sip:bob@example.com disconnected, sip:frank@example.com disconnected";
    let bob_gone = "sip:alice@example.com connected, sip:frank@example.com connected";
    check(&[
        (liblinphone(160), Taken::First, of_full),
        // Partial rows in a list without state: the list is no whole one.
        (liblinphone(473), Taken::Merged, frank_left),
    ]);
    check(&[(liblinphone(160), Taken::First, of_full), (liblinphone(566), Taken::Merged, bob_gone)]);
    // Only whole rows in it: by RFC 4575 §4.4 that is the whole list.
    check(&[
        (liblinphone(160), Taken::First, of_full),
        (liblinphone(417), Taken::Merged, "sip:frank@example.com disconnected"),
    ]);
    check(&[
        (liblinphone(160), Taken::First, of_full),
        (liblinphone(530), Taken::Merged, "sip:frank@example.com connected"),
    ]);

    let (alice, carol) = ("sip:alice@atlanta.example.com connected", "sip:carol@chicago.example.com connected");
    let second = Taken::Stale { had: 0, got: 0 };
    check(&[
        (read("rfc4579-01-conference-info.xml"), Taken::First, carol),
        // Both examples have version 0.
        (read("rfc4579-02-conference-info.xml"), second, carol),
    ]);
    check(&[(read("rfc4579-02-conference-info.xml"), Taken::First, &format!("{alice}, {carol}"))]);

    let of_mcptt = "sip:+82500000002@d disconnected, tel:+82500000001 connected";
    check(&[
        (read("mcptt-partial-v3.xml"), Taken::NoTable, "-"),
        (read("mcptt-no-entity.xml"), Taken::First, of_mcptt),
        (read("mcptt-partial-v3.xml"), Taken::Stale { had: 3, got: 3 }, of_mcptt),
        (read("prefix-ci-partial.xml"), Taken::Gap { expected: 4, got: 5 }, "-"),
        (read("prefix-confInfo.xml"), Taken::Replaced, "sip:alice@example.com ?"),
        (read("voiceagent-no-namespace.xml"), Taken::Replaced, "sip:alice@ims.example.com connected"),
        (read("chinamobile-group-list.xml"), Taken::UnknownState, "sip:alice@ims.example.com connected"),
        (read("minimal-no-namespace.xml"), Taken::Replaced, ""),
    ]);
}

/// Documents without namespace, version and entities.
#[test]
fn the_bridge_of_an_emergency_call() {
    let Some(folder) = corpus("world/captures") else { return };
    let captures = files(&folder, |name| name.starts_with("ng911-dev__BRIDGE"));
    assert_eq!(captures.len(), 12);
    for capture in captures {
        let observers = observers(&capture);
        let [documents] = &observers.into_values().collect::<Vec<_>>()[..] else { panic!("{}", capture.display()) };
        let mut conference = Conference::default();
        let mut told = vec![];
        for (source, document) in documents {
            assert_eq!(misplaced(document), [""; 0]);
            let taken = take(&mut conference, *source, document.clone());
            assert!(conference.version_is_assumed());
            told.push((taken, roster(&conference)));
        }
        let expected = [
            (Taken::First, "Emergency Caller connected"),
            (Taken::Replaced, "Dispatcher connected, Emergency Caller connected"),
            (Taken::Replaced, "Dispatcher connected, Emergency Caller disconnected"),
        ];
        assert_eq!(told, expected.map(|(taken, roster)| (taken, roster.to_owned())), "{}", capture.display());
    }
}

#[test]
fn group_chats() {
    let faults: &[(&str, &[&str])] = &[
        ("cinfo-user-count-wrong.pcap", &["count 4 of 3"]),
        // No full document comes after the gap.
        (
            "notify-version-gap.pcap",
            &["Gap { expected: 2, got: 4 }", "NoTable", "NoTable", "NoTable", "NoTable", "NoTable"],
        ),
    ];
    for folder in ["group", "faults"] {
        let Some(path) = corpus(folder) else { return };
        for capture in files(&path, |name| name.contains(".pcap") && !name.ends_with(".json")) {
            let mut odd = vec![];
            for documents in observers(&capture).into_values() {
                let mut conference = Conference::default();
                for (source, document) in documents {
                    assert_eq!(misplaced(&document), [""; 0], "{}", capture.display());
                    let taken = take(&mut conference, source, document);
                    if !taken.is_coherent() {
                        odd.push(format!("{taken:?}"));
                    }
                    let Some(table) = conference.table() else { continue };
                    let state = table.info().conference_state.as_ref();
                    let count =
                        state.and_then(|state| state.user_count.as_ref()?.to_u32()).unwrap_or_default() as usize;
                    let (connected, perhaps) = (table.connected(), table.perhaps_connected());
                    if !(connected..=connected + perhaps).contains(&count) {
                        odd.push(format!("count {count} of {connected}"));
                    }
                }
            }
            let name = capture.file_name().unwrap().to_str().unwrap();
            let expected = faults.iter().find(|(file, _)| *file == name).map_or(&[][..], |(_, what)| what);
            assert_eq!(odd, expected, "{name}");
        }
    }
}
