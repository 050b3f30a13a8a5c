//! What a session is about, without what a replay makes new: to compare an original with its replay.

use std::path::Path;

use rcshark::capture::{self, Input, OpenOptions};
use rcshark::session::uri_key;
use rcshark::{Analysis, analyze};

pub fn read(path: &Path) -> Analysis {
    let frames = capture::open(&[Input::from(path.to_path_buf())], &OpenOptions::default());
    analyze(frames.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The index of the session with this id, or of the only one.
pub fn session(analysis: &Analysis, id: Option<&str>) -> usize {
    let sessions = &analysis.sessions.sessions;
    match id {
        Some(id) => sessions.iter().position(|session| session.id == id).expect("the session"),
        None => {
            let ids: Vec<&str> = sessions.iter().map(|session| session.id.as_str()).collect();
            assert_eq!(ids.len(), 1, "sessions in the result: {ids:?}");
            0
        }
    }
}

/// A line per change in a participant's timeline.
pub fn timelines(analysis: &Analysis, session: usize) -> Vec<String> {
    let timeline = &analysis.timelines[session];
    let mut lines: Vec<String> = timeline
        .participants
        .iter()
        .map(|participant| {
            let changes = participant.timeline.iter().map(|change| {
                let cause = change.cause.map_or("-", |cause| cause.as_str());
                format!("{} {cause}", change.state.as_str())
            });
            format!("{}: {}", participant.identity.key, changes.collect::<Vec<_>>().join(", "))
        })
        .collect();
    lines.sort();
    lines
}

/// A line per user message: who wrote what, how it was answered, and whom it reached.
pub fn deliveries(analysis: &Analysis, session: usize) -> Vec<String> {
    let timeline = &analysis.timelines[session];
    let name = |index: usize| timeline.participants[index].identity.key.as_str();
    let messages = timeline.messages.iter().map(|message| {
        let body = message.body(&analysis.sessions.msrp, &analysis.messages);
        let mut copies: Vec<String> = message
            .copies
            .iter()
            .map(|copy| {
                let (delivered, displayed) = (copy.delivered.is_some(), copy.displayed.is_some());
                format!("{} {:?} delivered={delivered} displayed={displayed}", name(copy.participant), copy.response)
            })
            .collect();
        copies.sort();
        let from = message.from.as_deref().map(uri_key).unwrap_or_default();
        format!(
            "{from} {} {:?} chunks={} {:?} -> {copies:?}",
            message.content_type,
            message.response,
            message.chunks,
            String::from_utf8_lossy(&body).chars().take(40).collect::<String>()
        )
    });
    messages.collect()
}

/// How many documents told each participant who is in, by which way.
pub fn notifications(analysis: &Analysis, session: usize) -> Vec<String> {
    let timeline = &analysis.timelines[session];
    let mut lines: Vec<String> = timeline
        .notifications
        .iter()
        .map(|one| {
            let to = one.to.map(|index| timeline.participants[index].identity.key.as_str());
            format!("{to:?} {:?}", one.source)
        })
        .collect();
    lines.sort();
    lines
}
