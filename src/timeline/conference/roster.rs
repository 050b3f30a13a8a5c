//! The users of a table, by key.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::presence::user_key;
use crate::wire::conference_info::User;

/// A list of users, and where to find them.
#[derive(Clone, Copy, Default)]
pub(super) struct Roster<'a> {
    pub users: &'a [User],
    pub index: Option<&'a Index>,
}

impl<'a> Roster<'a> {
    /// The user of this key, which is probably in this row: most lists keep their order.
    pub fn find_near(self, row: usize, key: &str) -> Option<&'a User> {
        let near = self.users.get(row).filter(|user| user_key(user) == Some(key));
        near.or_else(|| self.users.get(self.index?.find(key, self.users)?))
    }
}

/// Rows of users by key. The keys stay in the users; of several users with one key the first is found.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    rows: HashTable<usize>,
    hash_builder: DefaultHashBuilder,
}

impl Index {
    /// For so many users that nothing is hashed twice.
    pub fn with_capacity(len: usize) -> Index {
        Index { rows: HashTable::with_capacity(len), ..Index::default() }
    }

    pub fn find(&self, key: &str, users: &[User]) -> Option<usize> {
        let is_it = |row: &usize| users.get(*row).and_then(user_key) == Some(key);
        self.rows.find(self.hash_builder.hash_one(key), is_it).copied()
    }

    pub fn push(&mut self, users: &mut Vec<User>, user: User) {
        let row = users.len();
        users.push(user);
        let Some(key) = users.get(row).and_then(user_key) else { return };
        if self.find(key, users).is_none() {
            let hash = |row: &usize| self.hash_builder.hash_one(users.get(*row).and_then(user_key).unwrap_or_default());
            self.rows.insert_unique(self.hash_builder.hash_one(key), row, hash);
        }
    }

    /// Removes a user that exists. The last one takes its place, so that nobody else has to move.
    pub fn remove(&mut self, users: &mut Vec<User>, row: usize) -> User {
        let hash = |row| users.get(row).and_then(user_key).map(|key| self.hash_builder.hash_one(key));
        let last = users.len() - 1;
        let (removed, moved) = (hash(row), hash(last));
        if let Some(entry) = removed.and_then(|hash| self.rows.find_entry(hash, |found| *found == row).ok()) {
            entry.remove();
        }
        if let Some(found) = moved.and_then(|hash| self.rows.find_mut(hash, |found| *found == last)) {
            *found = row;
        }
        users.swap_remove(row)
    }
}
