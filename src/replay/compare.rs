//! Original and result side by side: what became of each participant, and which message reached whom. What a replay makes new does
//! not count, nor do times.

use std::collections::BTreeMap;

use crate::Analysis;
use crate::session::uri_key;

/// Facts by what they are about, in words.
type Facts = BTreeMap<String, String>;

/// What differs between a session and its replay, a line each.
pub fn compare(original: (&Analysis, usize), result: (&Analysis, usize)) -> Vec<String> {
    let mut lines = vec![];
    for read in [timelines, deliveries] {
        let (before, after) = (read(original.0, original.1), read(result.0, result.1));
        for (about, was) in &before {
            match after.get(about) {
                Some(is) if is == was => {}
                Some(is) => lines.push(format!("{about}: {is}; in the original: {was}")),
                None => lines.push(format!("{about}: not in the result; in the original: {was}")),
            }
        }
        for (about, is) in after.iter().filter(|(about, _)| !before.contains_key(*about)) {
            lines.push(format!("{about}: {is}; not in the original"));
        }
    }
    lines
}

fn timelines(analysis: &Analysis, session: usize) -> Facts {
    let fact = |participant: &crate::timeline::Participant| {
        let changes = participant.timeline.iter().map(|change| match change.cause {
            Some(cause) => format!("{} ({})", change.state.as_str(), cause.as_str()),
            None => change.state.as_str().to_owned(),
        });
        (participant.identity.key.clone(), changes.collect::<Vec<_>>().join(", "))
    };
    analysis.timelines[session].participants.iter().map(fact).collect()
}

fn deliveries(analysis: &Analysis, session: usize) -> Facts {
    let timeline = &analysis.timelines[session];
    let mut facts = Facts::new();
    for message in &timeline.messages {
        let mut copies: Vec<String> = message
            .copies
            .iter()
            .map(|copy| {
                let what = match (copy.displayed, copy.delivered) {
                    (Some(_), _) => " (displayed)",
                    (None, Some(_)) => " (delivered)",
                    (None, None) => "",
                };
                let status = copy.response.map(|status| format!(" {status}")).unwrap_or_default();
                format!("{}{status}{what}", timeline.participants[copy.participant].identity.key)
            })
            .collect();
        copies.sort();
        let from = message.from.as_deref().map(uri_key).unwrap_or_default();
        let body = message.body(&analysis.sessions.msrp, &analysis.messages);
        let words: String = String::from_utf8_lossy(&body).chars().take(40).collect();
        let status = message.response.map(|status| format!("answered {status}, ")).unwrap_or_default();
        // The same words again are another message.
        let mut about = format!("message of {from} ({}, {} bytes) {words:?}", message.content_type, body.len());
        while facts.contains_key(&about) {
            about.push_str(" again");
        }
        facts.insert(
            about,
            format!("{status}came to {}", if copies.is_empty() { "nobody".into() } else { copies.join(", ") }),
        );
    }
    facts
}
