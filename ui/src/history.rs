//! What was looked at, so that one can go back to it.

use std::collections::HashSet;
use std::ops::Range;

use rcshark::wire::MessageId;

use crate::focus::Tab;
use crate::moved::Moved;
use crate::selection::Selection;

/// Places that are remembered.
const MAX_PLACES: usize = 200;

/// Something that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub selection: Selection,
    pub tab: Tab,
    pub message: Option<MessageId>,
    pub bytes: Option<Range<usize>>,
    pub finding: Option<usize>,
}

#[derive(Debug, Default)]
pub struct History {
    before: Vec<Place>,
    behind: Vec<Place>,
}

impl History {
    /// Something else is about to be shown than `now`.
    pub fn leave(&mut self, now: Place) {
        self.behind.clear();
        if self.before.last() != Some(&now) {
            self.before.push(now);
        }
        if self.before.len() > MAX_PLACES {
            self.before.remove(0);
        }
    }

    /// The messages of a capture that were looked at.
    pub fn messages(&self, capture: usize) -> HashSet<MessageId> {
        self.places(capture).filter_map(|place| place.message).collect()
    }

    /// The sessions of a capture that were looked at.
    pub fn sessions(&self, capture: usize) -> HashSet<usize> {
        self.places(capture).filter_map(|place| place.selection.session()).collect()
    }

    fn places(&self, capture: usize) -> impl Iterator<Item = &Place> {
        self.before.iter().chain(&self.behind).filter(move |place| place.selection.capture() == Some(capture))
    }

    /// There is a later analysis of a capture: places that are not in it any more are forgotten.
    pub fn follow(&mut self, capture: usize, moved: &Moved) {
        let follow = |place: &mut Place| {
            if place.selection.capture() != Some(capture) {
                return true;
            }
            let Some(selection) = moved.selection(place.selection, capture) else { return false };
            place.selection = selection;
            place.message = place.message.and_then(|message| moved.message(message));
            place.finding = None;
            true
        };
        self.before.retain_mut(follow);
        self.behind.retain_mut(follow);
    }

    /// Where to go from `now`, back or forward.
    pub fn go(&mut self, now: Place, back: bool) -> Option<Place> {
        let (from, to) = if back { (&mut self.before, &mut self.behind) } else { (&mut self.behind, &mut self.before) };
        let place = std::iter::from_fn(|| from.pop()).find(|place| *place != now)?;
        to.push(now);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_back_and_forward_until_something_else_is_chosen() {
        let place = |message: u32| Place {
            selection: Selection::Nothing,
            tab: Tab::Ladder,
            message: Some(MessageId(message)),
            bytes: None,
            finding: None,
        };
        let mut history = History::default();
        history.leave(place(1));
        history.leave(place(2));
        assert_eq!(history.go(place(3), true), Some(place(2)));
        assert_eq!(history.go(place(2), true), Some(place(1)));
        assert_eq!(history.go(place(1), true), None);
        assert_eq!(history.go(place(1), false), Some(place(2)));
        history.leave(place(2));
        assert_eq!(history.go(place(4), false), None);
        assert_eq!(history.go(place(4), true), Some(place(2)));
    }
}
