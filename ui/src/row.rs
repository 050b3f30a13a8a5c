//! The rows of the list of sessions: captures, in them conversations, in these sessions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::command::Command;
use crate::digest::{PartLine, SessionLine};
use crate::findings::Tallies;
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
        /// Nothing while the rules are at work.
        tallies: Tallies,
    },
    /// A run or a leg of the selected session.
    Part(Arc<PartLine>),
}

impl Row {
    /// What a click on it selects.
    pub fn target(&self) -> Option<Selection> {
        match self {
            Row::Capture { capture, .. } => Some(Selection::Capture(*capture)),
            Row::Conversation(_) | Row::Part(_) => None,
            Row::Session { selection, .. } => Some(*selection),
        }
    }

    /// What a click on it asks for.
    pub fn command(&self) -> Option<Command> {
        match self {
            Row::Part(part) => part.first.map(|first| Command::SelectMessage(first, None)),
            row => row.target().map(Command::Select),
        }
    }
}

/// In which order sessions stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Begin,
    Duration,
    Messages,
    Findings,
}

impl Sort {
    pub const ALL: [Sort; 4] = [Sort::Begin, Sort::Duration, Sort::Messages, Sort::Findings];

    pub fn title(self) -> &'static str {
        match self {
            Sort::Begin => "by beginning",
            Sort::Duration => "longest first",
            Sort::Messages => "most messages first",
            Sort::Findings => "worst findings first",
        }
    }
}

/// What is typed above the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub search: String,
    pub sort: Sort,
}

/// The sessions of a capture that are wished for, under their conversations, in order of the first session of each; those without
/// a Conversation-ID come last. `tallies` go in step with `lines`, or are missing.
pub fn session_rows(capture: usize, lines: &[Arc<SessionLine>], tallies: &[Tallies], wish: &Wish) -> Vec<Row> {
    let tallies_of = |session: usize| tallies.get(session).copied().unwrap_or_default();
    let words: Vec<String> = wish.search.split_whitespace().map(str::to_lowercase).collect();
    let is_wished = |line: &SessionLine| words.iter().all(|word| line.searched.contains(word.as_str()));
    let mut chosen: Vec<(usize, &Arc<SessionLine>)> =
        lines.iter().enumerate().filter(|(_, line)| is_wished(line)).collect();
    match wish.sort {
        Sort::Begin => {}
        Sort::Duration => chosen.sort_by_key(|(_, line)| std::cmp::Reverse(line.lasted_nanos)),
        Sort::Messages => chosen.sort_by_key(|(_, line)| std::cmp::Reverse(line.messages)),
        Sort::Findings => chosen.sort_by_key(|(session, _)| {
            let tallies = tallies_of(*session);
            std::cmp::Reverse((tallies.errors, tallies.warnings, tallies.notes))
        }),
    }
    let mut places: HashMap<Option<&str>, usize> = HashMap::new();
    let mut conversations: Vec<(Option<&str>, Vec<Row>)> = Vec::new();
    for (session, line) in chosen {
        let id = line.conversation_id.as_deref();
        let place = *places.entry(id).or_insert_with(|| {
            conversations.push((id, Vec::new()));
            conversations.len() - 1
        });
        let selection = Selection::Session { capture, session };
        conversations[place].1.push(Row::Session { selection, line: Arc::clone(line), tallies: tallies_of(session) });
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
        let rows = session_rows(7, &lines, &[], &Wish::default());
        let texts: Vec<&str> = rows
            .iter()
            .map(|row| match row {
                Row::Capture { name, .. } => name,
                Row::Conversation(id) => id.as_deref().unwrap_or("none"),
                Row::Session { line, .. } => &line.id,
                Row::Part(part) => &part.text,
            })
            .collect();
        assert_eq!(texts, ["b", "s2", "s4", "a", "s3", "none", "s1"]);
        assert_eq!(rows[2].target(), Some(Selection::Session { capture: 7, session: 3 }));
    }

    #[test]
    fn sessions_are_searched_and_sorted() {
        let lines =
            [("s1", "lunch alice", 5), ("s2", "dinner bob", 9), ("s3", "lunch bob", 7)].map(|(id, text, size)| {
                Arc::new(SessionLine { id: id.into(), searched: text.into(), messages: size, ..SessionLine::default() })
            });
        let ids = |search: &str, sort: Sort| -> Vec<String> {
            let rows = session_rows(0, &lines, &[], &Wish { search: search.into(), sort });
            let id = |row: &Row| match row {
                Row::Session { line, .. } => Some(line.id.clone()),
                Row::Capture { .. } | Row::Conversation(_) | Row::Part(_) => None,
            };
            rows.iter().filter_map(id).collect()
        };
        assert_eq!(ids("Lunch", Sort::Begin), ["s1", "s3"]);
        assert_eq!(ids("lunch bob", Sort::Begin), ["s3"]);
        assert_eq!(ids("", Sort::Messages), ["s2", "s3", "s1"]);
    }
}
