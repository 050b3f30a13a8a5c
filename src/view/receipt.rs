//! What became of a user's message at one participant.

use super::Tone;
use crate::timeline::{ChatMessage, SessionTimeline};

/// One cell of the delivery matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// `sent`, `delivered`, `displayed`, a status, `none`; empty where nothing was to come.
    pub text: String,
    pub tone: Tone,
}

/// A row of the delivery matrix: a cell per participant of the session.
pub fn receipts(timeline: &SessionTimeline, message: &ChatMessage) -> Vec<Receipt> {
    let missing = timeline.missing(message);
    (0..timeline.participants.len()).map(|participant| receipt(message, &missing, participant)).collect()
}

fn receipt(message: &ChatMessage, missing: &[usize], participant: usize) -> Receipt {
    let cell = |text: &str, tone| Receipt { text: text.to_owned(), tone };
    if message.sender == Some(participant) {
        return match message.response {
            Some(status) if status >= 300 => Receipt { text: format!("sent, {status}"), tone: Tone::Bad },
            _ => cell("sent", Tone::Faint),
        };
    }
    let Some(copy) = message.copies.iter().find(|copy| copy.participant == participant) else {
        let is_missing = missing.contains(&participant);
        return if is_missing { cell("none", Tone::Bad) } else { cell("", Tone::Plain) };
    };
    let (mut text, mut tone) = match (copy.response, copy.displayed, copy.delivered) {
        (Some(status), ..) if status >= 300 => (status.to_string(), Tone::Bad),
        (_, Some(_), _) => ("displayed".to_owned(), Tone::Good),
        (_, None, Some(_)) => ("delivered".to_owned(), Tone::Good),
        (Some(status), ..) => (status.to_string(), Tone::Plain),
        (None, ..) => ("no answer".to_owned(), Tone::Doubtful),
    };
    if copy.deferred().is_some() {
        text.push_str(", later");
    }
    let duplicates = copy.duplicates().count();
    if duplicates > 0 {
        text.push_str(&format!(", {}x", duplicates + 1));
        tone = Tone::Doubtful;
    }
    Receipt { text, tone }
}
