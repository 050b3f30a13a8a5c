//! The state of a conference as one observer holds it (RFC 4575 §4.6).
//!
//! In come the conference-info documents that an observer got, in the order of their arrival: by NOTIFY, one subscription at a time,
//! or over MSRP (spec 9.2.14.3), one MSRP session at a time. Out comes what became of each, what it taught, and the table that the
//! observer has in hands. Which messages the documents stood in, and retransmissions of these, are for others.

mod change;
mod presence;
mod roster;
mod row;
mod table;

pub use change::{Change, Picture, changes};
pub use presence::{Presence, Stage, is_yourown, user_key};
pub use row::MAX_INNER_ROWS;
pub use table::{MAX_USERS, Table};

use crate::wire::conference_info::{ConferenceInfo, State};
use crate::wire::xml::Text;

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Taken {
    /// It is the table; there was none.
    First,
    /// It took the place of the table.
    Replaced,
    /// It changed the table.
    Merged,
    /// It says what the table says, and claims no more: over NOTIFY it has the same version.
    Unchanged,
    /// Dropped: its version is not higher than the one at hand. Where both are equal, it says something else, or is not full.
    Stale { had: u32, got: u32 },
    /// Dropped: documents before it are missing. The table is out of date until the next full document.
    Gap { expected: u32, got: u32 },
    /// Dropped: a partial document with nothing to merge it with, because no full one came before, or since a gap.
    NoTable,
    /// Dropped: its `state` is none of RFC 4575, so nobody can say what to do with it.
    UnknownState,
    /// The conference has ceased to exist; there is no table any more.
    Ended,
}

impl Taken {
    /// Is the table now what the document says it is?
    pub fn is_used(self) -> bool {
        matches!(self, Taken::First | Taken::Replaced | Taken::Merged | Taken::Unchanged | Taken::Ended)
    }
}

/// What one observer knows of a conference; at first nothing.
///
/// Versions count within one subscription, so a new one begins with a new `Conference`. A document without a version that can be read
/// is taken for the next one: a notifier that leaves versions out sends its documents in order all the same, and one whose number was
/// damaged will go on counting. [`Conference::version_is_assumed`] tells.
#[derive(Clone, Debug, Default)]
pub struct Conference {
    table: Option<Table>,
    /// Since a gap the table is the last one known and no longer true.
    out_of_date: bool,
    version: Option<u32>,
    version_is_assumed: bool,
    learned: Vec<Change>,
}

impl Conference {
    /// Takes a document that came by NOTIFY.
    pub fn notify(&mut self, document: ConferenceInfo) -> Taken {
        self.learned.clear();
        let Some(state) = State::of(document.state.as_ref()) else { return Taken::UnknownState };
        let numbered = document.version.as_ref().and_then(Text::to_u32);
        // How many documents a gap swallowed is not known.
        let next = self.version.filter(|_| !self.out_of_date).and_then(|version| version.checked_add(1));
        let not_newer = match (self.version, numbered) {
            (Some(had), Some(got)) if got <= had => Some(Taken::Stale { had, got }),
            _ => None,
        };
        let taken = match state {
            State::Full => match not_newer {
                Some(stale) => return self.repeated(document, stale),
                None => self.replace(Table::new(document)),
            },
            State::Partial => {
                let Some(table) = &mut self.table else { return Taken::NoTable };
                if let Some(stale) = not_newer {
                    return stale;
                }
                if self.out_of_date {
                    return Taken::NoTable;
                }
                if let (Some(expected), Some(got)) = (next, numbered)
                    && got > expected
                {
                    self.out_of_date = true;
                    return Taken::Gap { expected, got };
                }
                table.merge(document, &mut self.learned);
                Taken::Merged
            }
            State::Deleted => {
                if let Some(stale) = not_newer {
                    return stale;
                }
                self.learned = changes(self.table.take().as_ref(), None);
                self.out_of_date = false;
                Taken::Ended
            }
        };
        self.version = numbered.or(next);
        self.version_is_assumed = numbered.is_none();
        taken
    }

    /// Takes a document that came over MSRP: each is the complete state, whatever it says of state and version.
    pub fn snapshot(&mut self, document: ConferenceInfo) -> Taken {
        self.learned.clear();
        let table = Table::new(document);
        if self.table.as_ref().is_some_and(|old| old.says_the_same(&table)) {
            return Taken::Unchanged;
        }
        self.replace(table)
    }

    /// The conference as the observer knows it; `None` while it knows nothing, or knows that it is not up to date.
    pub fn state(&self) -> Option<&ConferenceInfo> {
        self.table().map(Table::info)
    }

    /// Like [`Conference::state`], with its users at hand.
    pub fn table(&self) -> Option<&Table> {
        self.table.as_ref().filter(|_| !self.out_of_date)
    }

    /// The version of the last document that was used; `None` over MSRP, and as long as no version could be read.
    pub fn version(&self) -> Option<u32> {
        self.version
    }

    /// Had the last document that was used no version that can be read, so that [`Conference::version`] is but counted on?
    pub fn version_is_assumed(&self) -> bool {
        self.version_is_assumed
    }

    /// What the last document taught: the difference to what was known before, also where that was out of date.
    pub fn learned(&self) -> &[Change] {
        &self.learned
    }

    fn replace(&mut self, table: Table) -> Taken {
        self.learned = changes(self.table.as_ref(), Some(&table));
        self.out_of_date = false;
        match self.table.replace(table) {
            Some(_) => Taken::Replaced,
            None => Taken::First,
        }
    }

    /// A full document may have the version of the last one when nothing changed (RFC 4575 §5.2).
    fn repeated(&self, document: ConferenceInfo, stale: Taken) -> Taken {
        match (stale, self.table()) {
            (Taken::Stale { had, got }, Some(table)) if had == got && table.says_the_same(&Table::new(document)) => {
                Taken::Unchanged
            }
            _ => stale,
        }
    }
}

#[cfg(test)]
mod tests;
