//! What an observer learns when one table takes the place of another.

use super::presence::{Presence, user_key};
use super::roster::Roster;
use super::table::Table;
use crate::wire::conference_info::{ConferenceState, Description, EndpointStatus, Icon, User};
use crate::wire::xml::Text;

/// One thing that is new. Users are named by [`user_key`]; how they came or left is in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Appeared {
        user: String,
        status: Option<EndpointStatus>,
    },
    /// The status, or how the user came or left; then `before` and `after` are equal.
    Status {
        user: String,
        before: Option<EndpointStatus>,
        after: Option<EndpointStatus>,
    },
    /// No longer listed; the status is the last one.
    Disappeared {
        user: String,
        status: Option<EndpointStatus>,
    },
    Roles {
        user: String,
        roles: Vec<String>,
    },
    DisplayText {
        user: String,
        text: Option<String>,
    },
    /// By whom and when is known where the CPM element `subject-ext` says so.
    Subject {
        text: Option<String>,
        by: Option<String>,
        at: Option<String>,
    },
    Icon {
        picture: Option<Picture>,
        by: Option<String>,
        at: Option<String>,
    },
    /// The `free-text`.
    Bulletin(Option<String>),
    Keywords(Vec<String>),
    /// `None` also where it is no number.
    MaximumUserCount(Option<u32>),
    /// `None` also where it is no number.
    UserCount(Option<u32>),
}

/// The icon of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picture {
    Uri(String),
    /// The Content-ID of a part of the same message, without `cid:`.
    Part(String),
}

impl Picture {
    /// `None` where the element names no picture: the group has no icon.
    fn of(icon: &Icon) -> Option<Picture> {
        let content_id = |text: &str| Picture::Part(text.strip_prefix("cid:").unwrap_or(text).to_owned());
        let uri = icon.icon_uri.as_ref().map(Text::as_str).filter(|uri| !uri.is_empty());
        let part = icon.file_info.as_ref().map(Text::as_str).filter(|part| !part.is_empty());
        uri.map(|uri| Picture::Uri(uri.to_owned())).or_else(|| part.map(content_id))
    }
}

/// What is in `after` and was not in `before`; `None` is a conference of which nothing is known, or that is over. Users of whom
/// nobody can say who they are have no changes.
pub fn changes(before: Option<&Table>, after: Option<&Table>) -> Vec<Change> {
    let (old, new) = (before.map(Table::info), after.map(Table::info));
    let mut learned = Vec::new();
    description_changes(
        old.and_then(|info| info.description.as_ref()),
        new.and_then(|info| info.description.as_ref()),
        &mut learned,
    );
    count_changes(
        old.and_then(|info| info.conference_state.as_ref()),
        new.and_then(|info| info.conference_state.as_ref()),
        &mut learned,
    );
    roster_changes(
        before.map(Table::roster).unwrap_or_default(),
        after.map(Table::roster).unwrap_or_default(),
        &mut learned,
    );
    learned
}

pub fn roster_changes(before: Roster<'_>, after: Roster<'_>, learned: &mut Vec<Change>) {
    for (row, user) in after.users.iter().enumerate() {
        if let Some(key) = user_key(user) {
            user_changes(before.find_near(row, key), Some(user), learned);
        }
    }
    for (row, user) in before.users.iter().enumerate() {
        if user_key(user).is_some_and(|key| after.find_near(row, key).is_none()) {
            user_changes(Some(user), None, learned);
        }
    }
}

pub fn user_changes(before: Option<&User>, after: Option<&User>, learned: &mut Vec<Change>) {
    let Some(user) = before.or(after).and_then(user_key) else { return };
    let user = || user.to_owned();
    match (before, after) {
        (Some(before), Some(after)) => {
            let (was, is) = (Presence::of(before), Presence::of(after));
            if was != is {
                learned.push(Change::Status { user: user(), before: was.status, after: is.status });
            }
            if before.display_text != after.display_text {
                learned.push(Change::DisplayText { user: user(), text: owned(after.display_text.as_ref()) });
            }
            if before.roles != after.roles {
                let roles = after.roles.iter().flat_map(|roles| &roles.entries);
                learned.push(Change::Roles { user: user(), roles: roles.map(|role| role.value.clone()).collect() });
            }
        }
        (None, Some(after)) => learned.push(Change::Appeared { user: user(), status: Presence::of(after).status }),
        (Some(before), None) => learned.push(Change::Disappeared { user: user(), status: Presence::of(before).status }),
        (None, None) => {}
    }
}

pub fn description_changes(before: Option<&Description>, after: Option<&Description>, learned: &mut Vec<Change>) {
    let nothing = Description::default();
    let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
    if (&before.subject, &before.subject_ext) != (&after.subject, &after.subject_ext) {
        let ext = after.subject_ext.as_ref();
        learned.push(Change::Subject {
            text: owned(after.subject.as_ref()),
            by: owned(ext.and_then(|ext| ext.participant.as_ref())),
            at: owned(ext.and_then(|ext| ext.timestamp.as_ref())),
        });
    }
    if before.icon != after.icon {
        let icon = after.icon.as_ref();
        learned.push(Change::Icon {
            picture: icon.and_then(Picture::of),
            by: owned(icon.and_then(|icon| icon.participant.as_ref())),
            at: owned(icon.and_then(|icon| icon.timestamp.as_ref())),
        });
    }
    if before.free_text != after.free_text {
        learned.push(Change::Bulletin(owned(after.free_text.as_ref())));
    }
    if before.keywords != after.keywords {
        let keywords = after.keywords.as_ref().map_or("", Text::as_str);
        learned.push(Change::Keywords(keywords.split_whitespace().map(str::to_owned).collect()));
    }
    if before.maximum_user_count != after.maximum_user_count {
        learned.push(Change::MaximumUserCount(after.maximum_user_count.as_ref().and_then(Text::to_u32)));
    }
}

pub fn count_changes(before: Option<&ConferenceState>, after: Option<&ConferenceState>, learned: &mut Vec<Change>) {
    let count = |state: Option<&ConferenceState>| state.and_then(|state| state.user_count.clone());
    let (before, after) = (count(before), count(after));
    if before != after {
        learned.push(Change::UserCount(after.as_ref().and_then(Text::to_u32)));
    }
}

fn owned(text: Option<&Text>) -> Option<String> {
    text.map(|text| text.value.clone())
}
