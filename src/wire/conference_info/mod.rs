//! Conference state documents (RFC 4575) with the additions of CPM: `application/conference-info+xml`.
//!
//! In comes one document, full or partial, in any prefix. Out comes what it says, each value with its place; merging documents and
//! judging them is for others. What the model does not know, or met once too often, is in the `extras` of the element it stood in.

mod detach;
mod read;
mod values;

use std::ops::Range;

pub use read::{entity, parse, read};
pub use values::{DisconnectionMethod, EndpointStatus, JoiningMethod, MediaStatus, State};

use super::defect::Defects;
use super::reason::Reason;
use super::xml::{Extra, Text};

pub const MEDIA_TYPE: &str = "application/conference-info+xml";

pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:conference-info";

/// The root element (RFC 4575 §5.2), or an entry of `sidebars-by-val`, which has the same type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConferenceInfo {
    pub entity: Option<Text>,
    /// See [`State::of`].
    pub state: Option<Text>,
    pub version: Option<Text>,
    pub description: Option<Description>,
    pub host_info: Option<HostInfo>,
    pub conference_state: Option<ConferenceState>,
    pub users: Option<Users>,
    pub sidebars_by_ref: Option<UriList>,
    pub sidebars_by_val: Option<Sidebars>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
    pub start_tag: Range<usize>,
    /// Of the whole document; empty in a sidebar.
    pub defects: Defects,
}

/// `conference-description` (RFC 4575 §5.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    pub display_text: Option<Text>,
    pub subject: Option<Text>,
    /// In CPM the bulletin.
    pub free_text: Option<Text>,
    /// Separated by white space.
    pub keywords: Option<Text>,
    pub conf_uris: Option<UriList>,
    pub service_uris: Option<UriList>,
    pub maximum_user_count: Option<Text>,
    pub available_media: Option<AvailableMedia>,
    /// CPM: who changed the subject, and when.
    pub subject_ext: Option<SubjectExt>,
    /// CPM: the icon of the group.
    pub icon: Option<Icon>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// `subject-ext`, a CPM element whose namespace the specification does not name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectExt {
    pub participant: Option<Text>,
    pub timestamp: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// `icon`, a CPM element whose namespace the specification does not name. Without source there is no icon.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Icon {
    /// Where the `source` stands.
    pub source: Option<Range<usize>>,
    pub icon_uri: Option<Text>,
    /// The Content-ID of the part of the same message that is the picture.
    pub file_info: Option<Text>,
    pub participant: Option<Text>,
    pub timestamp: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// `available-media` (RFC 4575 §5.3.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AvailableMedia {
    pub entries: Vec<AvailableMedium>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// A medium that can be used in the conference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AvailableMedium {
    pub label: Option<Text>,
    pub display_text: Option<Text>,
    pub media_type: Option<Text>,
    /// See [`MediaStatus`].
    pub status: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// `host-info` (RFC 4575 §5.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostInfo {
    pub display_text: Option<Text>,
    pub web_page: Option<Text>,
    pub uris: Option<UriList>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// `conference-state` (RFC 4575 §5.5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConferenceState {
    pub user_count: Option<Text>,
    pub active: Option<Text>,
    pub locked: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// `users` (RFC 4575 §5.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Users {
    /// See [`State::of`].
    pub state: Option<Text>,
    pub users: Vec<User>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
    pub start_tag: Range<usize>,
}

/// `user` (RFC 4575 §5.6).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    pub entity: Option<Text>,
    /// See [`State::of`].
    pub state: Option<Text>,
    /// CPM: an attribute in any namespace or none; `true` on the recipient's own entry.
    pub yourown: Option<Text>,
    pub display_text: Option<Text>,
    pub associated_aors: Option<UriList>,
    pub roles: Option<Roles>,
    /// Separated by white space.
    pub languages: Option<Text>,
    pub cascaded_focus: Option<Text>,
    pub endpoints: Vec<Endpoint>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
    pub start_tag: Range<usize>,
}

/// `roles` (RFC 4575 §5.6.3); in CPM the names of its Appendix Q.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    pub entries: Vec<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// `endpoint` (RFC 4575 §5.7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    pub entity: Option<Text>,
    /// See [`State::of`].
    pub state: Option<Text>,
    pub display_text: Option<Text>,
    pub referred: Option<Execution>,
    /// See [`EndpointStatus`].
    pub status: Option<Text>,
    /// See [`JoiningMethod`].
    pub joining_method: Option<Text>,
    pub joining_info: Option<Execution>,
    /// See [`DisconnectionMethod`].
    pub disconnection_method: Option<Text>,
    pub disconnection_info: Option<Execution>,
    pub media: Vec<Media>,
    pub call_info: Option<CallInfo>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
    pub start_tag: Range<usize>,
}

/// Who did something to an endpoint, when and why (RFC 4575 §5.7.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    /// An xs:dateTime; as written.
    pub when: Option<Text>,
    /// In CPM the value of a Reason header: see [`Execution::to_reason`].
    pub reason: Option<Text>,
    pub by: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

impl Execution {
    /// The reason, where it has the form of RFC 3326. RFC 4575 recommends that form and prints a `Reason:` before it (§5.7.5);
    /// other text is allowed, a single word among it, so what has neither cause nor text is no such value.
    pub fn to_reason(&self) -> Option<Reason> {
        let text = self.reason.as_ref()?.as_str();
        let value = match text.split_once(':') {
            Some((name, value)) if name.trim_end().eq_ignore_ascii_case("reason") => value,
            _ => text,
        };
        Reason::parse(value).find(|reason| reason.cause.is_some() || reason.text.is_some())
    }
}

/// `media` (RFC 4575 §5.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Media {
    pub id: Option<Text>,
    pub display_text: Option<Text>,
    pub media_type: Option<Text>,
    pub label: Option<Text>,
    pub src_id: Option<Text>,
    /// See [`MediaStatus`].
    pub status: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// The `sip` of a `call-info` (RFC 4575 §5.7.9): the dialog of the endpoint with the focus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallInfo {
    pub display_text: Option<Text>,
    pub call_id: Option<Text>,
    pub from_tag: Option<Text>,
    pub to_tag: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// A list of URIs (RFC 4575 §5.3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UriList {
    /// See [`State::of`].
    pub state: Option<Text>,
    pub entries: Vec<UriEntry>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// One URI and what it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UriEntry {
    pub uri: Option<Text>,
    pub display_text: Option<Text>,
    pub purpose: Option<Text>,
    pub modified: Option<Execution>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// `sidebars-by-val` (RFC 4575 §5.9.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sidebars {
    /// See [`State::of`].
    pub state: Option<Text>,
    pub entries: Vec<ConferenceInfo>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

#[cfg(test)]
mod tests;
