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
    /// Documents before it are missing: from now on to the next full document the table is out of date.
    Gap { expected: u32, got: u32 },
    /// A partial document without a table that it could be part of: no full one came before, or none since a gap.
    NoTable,
    /// Dropped: its `state` is none of RFC 4575, so nobody can say what to do with it.
    UnknownState,
    /// The conference has ceased to exist; there is no table any more.
    Ended,
}

impl Taken {
    /// What became of the document in a word or two.
    pub fn as_str(self) -> &'static str {
        match self {
            Taken::First => "first",
            Taken::Replaced => "replaced",
            Taken::Merged => "merged",
            Taken::Unchanged => "unchanged",
            Taken::Stale { .. } => "stale version",
            Taken::Gap { .. } => "version gap",
            Taken::NoTable => "partial without full",
            Taken::UnknownState => "unknown state",
            Taken::Ended => "ended",
        }
    }

    /// Has the observer the state that the document was to give it?
    pub fn is_coherent(self) -> bool {
        matches!(self, Taken::First | Taken::Replaced | Taken::Merged | Taken::Unchanged | Taken::Ended)
    }
}

/// What one observer knows of a conference; at first nothing.
///
/// Versions count within one subscription, so a new one begins with a new `Conference`. A document without a version that can be read
/// is taken for the next one: a notifier that leaves versions out sends its documents in order all the same, and one whose number was
/// damaged will go on counting. [`Conference::version_is_assumed`] tells.
///
/// Where a capture begins in the middle, or after a gap, partial documents still tell what they tell of single users. That is learned,
/// and kept in [`Conference::last_known`], but makes no state.
#[derive(Clone, Debug, Default)]
pub struct Conference {
    table: Option<Table>,
    standing: Standing,
    /// The local version of RFC 4575 §4.6.
    version: Option<u32>,
    version_is_assumed: bool,
    /// The version of what came last into a table that is not coherent.
    newest_piece: Option<u32>,
    learned: Vec<Change>,
}

/// What the table is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    /// There is none, or one of pieces only.
    #[default]
    Pieces,
    Coherent,
    /// Documents are missing.
    OutOfDate,
}

impl Conference {
    /// Takes a document that came by NOTIFY.
    pub fn notify(&mut self, document: ConferenceInfo) -> Taken {
        self.learned.clear();
        let Some(state) = State::of(document.state.as_ref()) else { return Taken::UnknownState };
        let numbered = document.version.as_ref().and_then(Text::to_u32);
        // How many documents a gap swallowed is not known.
        let next = self.version.filter(|_| self.standing != Standing::OutOfDate).and_then(|had| had.checked_add(1));
        let taken = match (self.version, numbered) {
            (Some(had), Some(got)) if got <= had => return self.not_newer(document, state, had, got),
            _ => match state {
                State::Full => self.replace(Table::new(document)),
                State::Partial if self.standing != Standing::Coherent => return self.keep_piece(document, numbered),
                State::Partial => {
                    if let (Some(expected), Some(got)) = (next, numbered)
                        && got > expected
                    {
                        self.standing = Standing::OutOfDate;
                        self.newest_piece = None;
                        self.keep_piece(document, numbered);
                        return Taken::Gap { expected, got };
                    }
                    self.table.get_or_insert_default().merge(document, &mut self.learned);
                    Taken::Merged
                }
                State::Deleted => {
                    self.learned = changes(self.table.take().as_ref(), None);
                    self.standing = Standing::Pieces;
                    Taken::Ended
                }
            },
        };
        self.version = numbered.or(next);
        self.version_is_assumed = numbered.is_none();
        self.newest_piece = None;
        taken
    }

    /// Takes a document that came over MSRP: each is the complete state, whatever it says of state and version.
    pub fn snapshot(&mut self, document: ConferenceInfo) -> Taken {
        self.learned.clear();
        let table = Table::new(document);
        if self.table().is_some_and(|old| old.says_the_same(&table)) {
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
        self.table.as_ref().filter(|_| self.standing == Standing::Coherent)
    }

    /// Like [`Conference::table`], but also where it is out of date, or was never whole: no state, but the best there is.
    pub fn last_known(&self) -> Option<&Table> {
        self.table.as_ref()
    }

    /// The version of the state; `None` over MSRP, and as long as no version could be read.
    pub fn version(&self) -> Option<u32> {
        self.version
    }

    /// Had the document that made the state no version that can be read, so that [`Conference::version`] is but counted on?
    pub fn version_is_assumed(&self) -> bool {
        self.version_is_assumed
    }

    /// What the last document taught: the difference to what was last known.
    pub fn learned(&self) -> &[Change] {
        &self.learned
    }

    fn replace(&mut self, table: Table) -> Taken {
        self.learned = changes(self.table.as_ref(), Some(&table));
        self.table = Some(table);
        match std::mem::replace(&mut self.standing, Standing::Coherent) {
            Standing::Pieces => Taken::First,
            Standing::Coherent | Standing::OutOfDate => Taken::Replaced,
        }
    }

    /// Learns what a partial document says, unless newer ones did before.
    fn keep_piece(&mut self, document: ConferenceInfo, version: Option<u32>) -> Taken {
        if version.is_none() || self.newest_piece < version {
            self.newest_piece = version.or(self.newest_piece);
            self.table.get_or_insert_default().merge(document, &mut self.learned);
        }
        Taken::NoTable
    }

    /// A full document may have the version of the last one when nothing changed (RFC 4575 §5.2).
    fn not_newer(&self, document: ConferenceInfo, state: State, had: u32, got: u32) -> Taken {
        let may_repeat = state == State::Full && got == had;
        if may_repeat && self.table().is_some_and(|table| table.says_the_same(&Table::new(document))) {
            Taken::Unchanged
        } else {
            Taken::Stale { had, got }
        }
    }
}

#[cfg(test)]
mod histories;
#[cfg(test)]
mod tests;
