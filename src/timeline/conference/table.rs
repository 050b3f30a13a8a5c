//! The coherent state of a conference, put together from full and partial documents (RFC 4575 §4.6).

use super::change::{Change, count_changes, description_changes, roster_changes, user_changes};
use super::presence::user_key;
use super::presence::{Presence, Stage};
use super::roster::{Index, Roster};
use super::row::{Row, merge_all_but_users, state, state_of_users};
use crate::wire::conference_info::{ConferenceInfo, State, User, Users};
use crate::wire::xml;

/// Most users of a conference: as many as the largest document can hold. Partial documents could add ever more.
pub const MAX_USERS: usize = xml::MAX_ELEMENTS;

/// The state of a conference: what documents said, not how they said it. It has no places, no extras, no `state` and `version`
/// attributes, nothing that is deleted, and each `entity` of a user once.
#[derive(Clone, Debug, Default)]
pub struct Table {
    info: ConferenceInfo,
    index: Index,
    left_out: usize,
}

impl Table {
    /// The state that a document describes which claims to be all of it. Deleted elements in it are taken for what they say, though
    /// there must be none (§4.4).
    pub fn new(mut document: ConferenceInfo) -> Table {
        document.detach();
        let mut table = Table::default();
        let users = merge_all_but_users(&mut table.info, document, &mut table.left_out);
        table.set_users(users);
        table
    }

    /// The state as one document. Users are in no particular order.
    pub fn info(&self) -> &ConferenceInfo {
        &self.info
    }

    pub fn users(&self) -> &[User] {
        self.info.users.as_ref().map_or(&[], |users| &users.users)
    }

    /// The user of this [`user_key`].
    pub fn user(&self, key: &str) -> Option<&User> {
        self.users().get(self.index.find(key, self.users())?)
    }

    /// How many users are in: connected, on hold or muted.
    pub fn connected(&self) -> usize {
        self.count(|stage| stage == Stage::Connected)
    }

    /// How many more a focus may count as well: those on the way in, and those of whom the status is not known.
    pub fn perhaps_connected(&self) -> usize {
        self.count(|stage| matches!(stage, Stage::Pending | Stage::Unknown))
    }

    /// How many rows there was no room for: see [`MAX_USERS`] and [`super::MAX_INNER_ROWS`].
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Do both say the same? The order of users, endpoints and media says nothing.
    pub fn says_the_same(&self, other: &Table) -> bool {
        let (a, b) = (&self.info, &other.info);
        let same_users = || {
            self.users().len() == other.users().len()
                && self.users().iter().all(|user| {
                    let theirs = user_key(user).and_then(|key| other.user(key));
                    theirs.is_some_and(|theirs| user == theirs || sorted(user.clone()) == sorted(theirs.clone()))
                })
        };
        a.entity == b.entity
            && a.description == b.description
            && a.host_info == b.host_info
            && a.conference_state == b.conference_state
            && a.sidebars_by_ref == b.sidebars_by_ref
            && a.sidebars_by_val == b.sidebars_by_val
            && (a.users == b.users || same_users())
    }

    /// Takes in a partial document and tells what it changed.
    pub(super) fn merge(&mut self, mut document: ConferenceInfo, learned: &mut Vec<Change>) {
        document.detach();
        if document.description.is_some() {
            description_changes(self.info.description.as_ref(), document.description.as_ref(), learned);
        }
        if document.conference_state.is_some() {
            count_changes(self.info.conference_state.as_ref(), document.conference_state.as_ref(), learned);
        }
        let Some(users) = merge_all_but_users(&mut self.info, document, &mut self.left_out) else { return };
        if state_of_users(&users) == State::Partial {
            users.users.into_iter().for_each(|user| self.merge_user(user, learned));
        } else {
            let old_index = std::mem::take(&mut self.index);
            let old_users = self.info.users.take().unwrap_or_default().users;
            self.set_users(Some(users));
            roster_changes(Roster { users: &old_users, index: Some(&old_index) }, self.roster(), learned);
        }
    }

    pub(super) fn roster(&self) -> Roster<'_> {
        Roster { users: self.users(), index: Some(&self.index) }
    }

    fn count(&self, counts: impl Fn(Stage) -> bool) -> usize {
        self.users().iter().filter(|user| counts(Presence::of(user).stage)).count()
    }

    /// Fills the empty list.
    fn set_users(&mut self, users: Option<Users>) {
        let Some(users) = users.filter(|users| state(&users.state) != State::Deleted) else { return };
        let rows = users.users.into_iter().filter(|user| user.state() != State::Deleted);
        self.index = Index::with_capacity(rows.size_hint().1.unwrap_or_default());
        let list = &mut self.info.users.insert(Users::default()).users;
        list.reserve(rows.size_hint().1.unwrap_or_default());
        for mut user in rows {
            // Two rows of one entity are one user (§4.5); two of one display text may be two.
            let known = user.entity.as_ref().and_then(|entity| self.index.find(&entity.value, list));
            if let Some(row) = known.and_then(|row| list.get_mut(row)) {
                row.merge(user, &mut self.left_out);
            } else if list.len() < MAX_USERS {
                user.settle(&mut self.left_out);
                self.index.push(list, user);
            } else {
                self.left_out += 1;
            }
        }
    }

    /// Takes in one user of a partial list.
    fn merge_user(&mut self, mut user: User, learned: &mut Vec<Change>) {
        let list = &mut self.info.users.get_or_insert_default().users;
        let found = user_key(&user).and_then(|key| self.index.find(key, list));
        match (found, user.state()) {
            (Some(row), State::Deleted) => user_changes(Some(&self.index.remove(list, row)), None, learned),
            (Some(row), State::Partial) => {
                let before = list[row].clone();
                list[row].merge(user, &mut self.left_out);
                user_changes(Some(&before), Some(&list[row]), learned);
            }
            (Some(row), State::Full) => {
                user.settle(&mut self.left_out);
                let before = std::mem::replace(&mut list[row], user);
                user_changes(Some(&before), Some(&list[row]), learned);
            }
            (None, State::Deleted) => {}
            (None, _) if list.len() >= MAX_USERS => self.left_out += 1,
            (None, _) => {
                user.settle(&mut self.left_out);
                user_changes(None, Some(&user), learned);
                self.index.push(list, user);
            }
        }
    }
}

fn sorted(mut user: User) -> User {
    let text = |key: &Option<xml::Text>| key.as_ref().map(|key| key.value.clone());
    user.endpoints.sort_by_cached_key(|endpoint| text(&endpoint.entity));
    user.endpoints.iter_mut().for_each(|endpoint| endpoint.media.sort_by_cached_key(|media| text(&media.id)));
    user
}
