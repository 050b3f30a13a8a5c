//! What the user looks at inside of a capture: tab, message, bytes, time, finding. All panels show it.

use std::ops::Range;

use rcshark::capture::Time;
use rcshark::wire::MessageId;

/// The views in the middle of the window, in the order of their tabs and keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tab {
    #[default]
    Timeline,
    Ladder,
    Messages,
    Chat,
    Findings,
    /// What the session or the capture is.
    Overview,
    /// The ledger of what could not be read.
    NotRead,
}

impl Tab {
    pub const ALL: [Tab; 7] =
        [Tab::Timeline, Tab::Ladder, Tab::Messages, Tab::Chat, Tab::Findings, Tab::Overview, Tab::NotRead];

    pub fn title(self) -> &'static str {
        match self {
            Tab::Timeline => "Timeline",
            Tab::Ladder => "Ladder",
            Tab::Messages => "Messages",
            Tab::Chat => "Chat",
            Tab::Findings => "Findings",
            Tab::Overview => "Overview",
            Tab::NotRead => "Not read",
        }
    }

    pub fn about(self) -> &'static str {
        match self {
            Tab::Timeline => "Who was in when and why, and what reached whom",
            Tab::Ladder => "An arrow per message between the endpoints",
            Tab::Messages => "SIP and MSRP messages as a table, filtered",
            Tab::Chat => "The conversation as its users saw it, and the delivery matrix",
            Tab::Findings => "Broken rules, and the verdict on every statement of the specification",
            Tab::Overview => "What the session or the capture is, and why its legs belong together",
            Tab::NotRead => "What could not be read, and why",
        }
    }

    /// Does it show one session?
    pub fn needs_session(self) -> bool {
        matches!(self, Tab::Timeline | Tab::Ladder | Tab::Chat)
    }

    /// The name in the settings file.
    pub fn find(title: &str) -> Option<Tab> {
        Tab::ALL.into_iter().find(|tab| tab.title() == title)
    }
}

/// What is selected in the capture that is shown. A new capture begins with a new one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Focus {
    pub message: Option<MessageId>,
    /// Bytes of that message which are marked.
    pub bytes: Option<Range<usize>>,
    /// The time cursor.
    pub cursor: Option<Time>,
    /// Place of the finding in the list of all findings of the capture.
    pub finding: Option<usize>,
    /// Two messages to compare.
    pub marked: Vec<MessageId>,
    /// Counts up whenever lists are to scroll to what is selected.
    pub reveal: u64,
    /// Rows to go down (or up) in the view that is shown; panels answer with a [`crate::command::Command`].
    pub step: Option<i64>,
}

/// Messages that are compared.
const COMPARED: usize = 2;

impl Focus {
    /// Marks a message for comparison, or takes the mark away; the oldest of three marks goes.
    pub fn toggle_mark(&mut self, message: MessageId) {
        match self.marked.iter().position(|&marked| marked == message) {
            Some(place) => {
                self.marked.remove(place);
            }
            None => {
                self.marked.push(message);
                if self.marked.len() > COMPARED {
                    self.marked.remove(0);
                }
            }
        }
    }

    /// `selected` moved by `step` rows in a list of `count`.
    pub fn stepped(selected: Option<usize>, step: i64, count: usize) -> Option<usize> {
        let last = count.checked_sub(1)? as i64;
        let to = match selected {
            Some(selected) => (selected as i64).saturating_add(step),
            None if step < 0 => last,
            None => 0,
        };
        Some(to.clamp(0, last) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_messages_are_compared_at_most() {
        let mut focus = Focus::default();
        for id in [1, 2, 3] {
            focus.toggle_mark(MessageId(id));
        }
        assert_eq!(focus.marked, [MessageId(2), MessageId(3)]);
        focus.toggle_mark(MessageId(2));
        assert_eq!(focus.marked, [MessageId(3)]);
    }

    #[test]
    fn steps_stay_inside_of_the_list() {
        assert_eq!(Focus::stepped(None, 1, 3), Some(0));
        assert_eq!(Focus::stepped(Some(1), i64::MAX, 3), Some(2));
        assert_eq!(Focus::stepped(Some(1), i64::MIN, 3), Some(0));
        assert_eq!(Focus::stepped(Some(9), -1, 3), Some(2));
        assert_eq!(Focus::stepped(None, 1, 0), None);
    }
}
