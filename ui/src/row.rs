//! The rows of the list of sessions: captures, in them conversations, in these sessions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::digest::SessionLine;
use crate::selection::Selection;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    Capture {
        capture: usize,
        name: String,
        note: String,
        failed: bool,
    },
    /// The sessions up to the next heading belong to this Conversation-ID; `None`: they name none.
    Conversation(Option<String>),
    Session {
        selection: Selection,
        line: Arc<SessionLine>,
    },
}

impl Row {
    /// What a click on it selects.
    pub fn target(&self) -> Option<Selection> {
        match self {
            Row::Capture { capture, .. } => Some(Selection::Capture(*capture)),
            Row::Conversation(_) => None,
            Row::Session { selection, .. } => Some(*selection),
        }
    }
}

/// The sessions of a capture under their conversations, in order of the first session of each; those without a
/// Conversation-ID come last.
pub fn session_rows(capture: usize, lines: &[Arc<SessionLine>]) -> Vec<Row> {
    let mut places: HashMap<Option<&str>, usize> = HashMap::new();
    let mut conversations: Vec<(Option<&str>, Vec<Row>)> = Vec::new();
    for (session, line) in lines.iter().enumerate() {
        let id = line.conversation_id.as_deref();
        let place = *places.entry(id).or_insert_with(|| {
            conversations.push((id, Vec::new()));
            conversations.len() - 1
        });
        let selection = Selection::Session { capture, session };
        conversations[place].1.push(Row::Session { selection, line: Arc::clone(line) });
    }
    conversations.sort_by_key(|(id, _)| id.is_none());
    let headings = conversations.into_iter().flat_map(|(id, sessions)| {
        let heading = Row::Conversation(id.map(str::to_owned));
        std::iter::once(heading).chain(sessions)
    });
    headings.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_stand_under_their_conversations() {
        let lines =
            [("s1", None), ("s2", Some("b")), ("s3", Some("a")), ("s4", Some("b"))].map(|(id, conversation)| {
                let conversation_id = conversation.map(str::to_owned);
                Arc::new(SessionLine { id: id.into(), conversation_id, ..SessionLine::default() })
            });
        let rows = session_rows(7, &lines);
        let texts: Vec<&str> = rows
            .iter()
            .map(|row| match row {
                Row::Capture { name, .. } => name,
                Row::Conversation(id) => id.as_deref().unwrap_or("none"),
                Row::Session { line, .. } => &line.id,
            })
            .collect();
        assert_eq!(texts, ["b", "s2", "s4", "a", "s3", "none", "s1"]);
        assert_eq!(rows[2].target(), Some(Selection::Session { capture: 7, session: 3 }));
    }
}
