//! Elements with keys, which partial documents add, change and remove one by one (RFC 4575 §4.5), and the merging of what is in them.

use super::presence::user_key;
use crate::wire::conference_info::{ConferenceInfo, Endpoint, Media, Sidebars, State, UriEntry, UriList, User, Users};
use crate::wire::xml::Text;

/// Most rows of a list inside a row (endpoints of a user, media of an endpoint), and of sidebars and their users. These are compared
/// with each other, so that what a document costs depends on its own size only. In CPM a user has one endpoint.
pub const MAX_INNER_ROWS: usize = 64;

/// A keyed element. `left_out` counts the rows that [`MAX_INNER_ROWS`] kept out.
pub(super) trait Row {
    fn state(&self) -> State;

    fn same_key(&self, other: &Self) -> bool;

    /// Makes a whole row of a table out of one of a document: without `state`, and without what is deleted.
    fn settle(&mut self, left_out: &mut usize);

    /// Takes in a partial row (§4.6 step 3.1.2). What it does not mention stays: step 3.2 is about received elements only.
    fn merge(&mut self, new: Self, left_out: &mut usize);
}

/// What a `state` attribute says; a value that RFC 4575 does not know counts as none.
pub(super) fn state(attribute: &Option<Text>) -> State {
    State::of(attribute.as_ref()).unwrap_or(State::Full)
}

/// What the `state` of a list of users says. Where it is missing the list is full (§4.4), but a full list has only full rows: one with
/// partial or deleted rows was meant to be partial. Liblinphone sends such lists.
pub(super) fn state_of_users(users: &Users) -> State {
    let is_partial = users.state.is_none() && users.users.iter().any(|user| user.state() != State::Full);
    if is_partial { State::Partial } else { state(&users.state) }
}

fn merge_rows<T: Row>(rows: &mut Vec<T>, new: Vec<T>, left_out: &mut usize) {
    for mut row in new {
        let state = row.state();
        match rows.iter().position(|old| old.same_key(&row)) {
            Some(at) if state == State::Deleted => _ = rows.remove(at),
            Some(at) if state == State::Partial => rows[at].merge(row, left_out),
            Some(at) => {
                row.settle(left_out);
                rows[at] = row;
            }
            None if state == State::Deleted => {}
            None if rows.len() >= MAX_INNER_ROWS => *left_out += 1,
            None => {
                row.settle(left_out);
                rows.push(row);
            }
        }
    }
}

fn settle_rows<T: Row>(rows: &mut Vec<T>, left_out: &mut usize) {
    rows.retain(|row| row.state() != State::Deleted);
    *left_out += rows.len().saturating_sub(MAX_INNER_ROWS);
    rows.truncate(MAX_INNER_ROWS);
    rows.iter_mut().for_each(|row| row.settle(left_out));
}

impl Row for User {
    fn state(&self) -> State {
        state(&self.state)
    }

    fn same_key(&self, other: &User) -> bool {
        user_key(self).is_some_and(|key| user_key(other) == Some(key))
    }

    fn settle(&mut self, left_out: &mut usize) {
        self.state = None;
        settle_uris(&mut self.associated_aors);
        settle_rows(&mut self.endpoints, left_out);
    }

    fn merge(&mut self, new: User, left_out: &mut usize) {
        overwrite(&mut self.entity, new.entity);
        overwrite(&mut self.yourown, new.yourown);
        overwrite(&mut self.display_text, new.display_text);
        if new.associated_aors.is_some() {
            self.associated_aors = new.associated_aors;
            settle_uris(&mut self.associated_aors);
        }
        overwrite(&mut self.roles, new.roles);
        overwrite(&mut self.languages, new.languages);
        overwrite(&mut self.cascaded_focus, new.cascaded_focus);
        merge_rows(&mut self.endpoints, new.endpoints, left_out);
    }
}

impl Row for Endpoint {
    fn state(&self) -> State {
        state(&self.state)
    }

    /// Where there is no key, there is one endpoint.
    fn same_key(&self, other: &Endpoint) -> bool {
        self.entity == other.entity
    }

    fn settle(&mut self, left_out: &mut usize) {
        self.state = None;
        settle_rows(&mut self.media, left_out);
    }

    fn merge(&mut self, new: Endpoint, left_out: &mut usize) {
        overwrite(&mut self.display_text, new.display_text);
        overwrite(&mut self.referred, new.referred);
        overwrite(&mut self.status, new.status);
        overwrite(&mut self.joining_method, new.joining_method);
        overwrite(&mut self.joining_info, new.joining_info);
        overwrite(&mut self.disconnection_method, new.disconnection_method);
        overwrite(&mut self.disconnection_info, new.disconnection_info);
        overwrite(&mut self.call_info, new.call_info);
        merge_rows(&mut self.media, new.media, left_out);
    }
}

/// A medium has no `state`: it is always whole.
impl Row for Media {
    fn state(&self) -> State {
        State::Full
    }

    fn same_key(&self, other: &Media) -> bool {
        self.id == other.id
    }

    fn settle(&mut self, _: &mut usize) {}

    fn merge(&mut self, new: Media, _: &mut usize) {
        *self = new;
    }
}

/// An entry of `sidebars-by-ref`, the one list of URIs that has keys; an entry is always whole.
impl Row for UriEntry {
    fn state(&self) -> State {
        State::Full
    }

    fn same_key(&self, other: &UriEntry) -> bool {
        self.uri == other.uri
    }

    fn settle(&mut self, _: &mut usize) {}

    fn merge(&mut self, new: UriEntry, _: &mut usize) {
        *self = new;
    }
}

/// An entry of `sidebars-by-val`. Its version means nothing (§4.3).
impl Row for ConferenceInfo {
    fn state(&self) -> State {
        state(&self.state)
    }

    fn same_key(&self, other: &ConferenceInfo) -> bool {
        self.entity == other.entity
    }

    fn settle(&mut self, left_out: &mut usize) {
        let sidebar = std::mem::take(self);
        Row::merge(self, sidebar, left_out);
    }

    fn merge(&mut self, new: ConferenceInfo, left_out: &mut usize) {
        let Some(users) = merge_all_but_users(self, new, left_out) else { return };
        let rows = match state_of_users(&users) {
            State::Deleted => return self.users = None,
            State::Full => &mut self.users.insert(Users::default()).users,
            State::Partial => &mut self.users.get_or_insert_default().users,
        };
        merge_rows(rows, users.users, left_out);
    }
}

/// Merges a document, and gives back its users.
pub(super) fn merge_all_but_users(
    old: &mut ConferenceInfo,
    mut new: ConferenceInfo,
    left_out: &mut usize,
) -> Option<Users> {
    if let Some(description) = &mut new.description {
        settle_uris(&mut description.conf_uris);
        settle_uris(&mut description.service_uris);
    }
    if let Some(host_info) = &mut new.host_info {
        settle_uris(&mut host_info.uris);
    }
    overwrite(&mut old.entity, new.entity);
    overwrite(&mut old.description, new.description);
    overwrite(&mut old.host_info, new.host_info);
    overwrite(&mut old.conference_state, new.conference_state);
    if let Some(UriList { state: by_ref, entries, .. }) = new.sidebars_by_ref {
        match state(&by_ref) {
            State::Deleted => old.sidebars_by_ref = None,
            State::Full => merge_rows(&mut old.sidebars_by_ref.insert(UriList::default()).entries, entries, left_out),
            State::Partial => {
                merge_rows(&mut old.sidebars_by_ref.get_or_insert_default().entries, entries, left_out);
            }
        }
    }
    if let Some(Sidebars { state: by_val, entries, .. }) = new.sidebars_by_val {
        match state(&by_val) {
            State::Deleted => old.sidebars_by_val = None,
            State::Full => merge_rows(&mut old.sidebars_by_val.insert(Sidebars::default()).entries, entries, left_out),
            State::Partial => {
                merge_rows(&mut old.sidebars_by_val.get_or_insert_default().entries, entries, left_out);
            }
        }
    }
    new.users
}

fn overwrite<T>(old: &mut Option<T>, new: Option<T>) {
    if new.is_some() {
        *old = new;
    }
}

/// All other lists of URIs have no keys: they are replaced as a whole, or deleted.
fn settle_uris(uris: &mut Option<UriList>) {
    uris.take_if(|list| state(&list.state) == State::Deleted);
    if let Some(list) = uris {
        list.state = None;
    }
}
