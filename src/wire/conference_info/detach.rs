//! What a document says, cut loose from where it said it: then documents are equal when they say the same.

use std::ops::Range;

use super::*;

impl ConferenceInfo {
    /// Forgets places, defects and extras: what is left does not depend on how the document was written. Tables merged from several
    /// documents (RFC 4575 §4.6) are made of such parts.
    pub fn detach(&mut self) {
        Detach::detach(self);
    }
}

trait Detach {
    fn detach(&mut self);
}

impl Detach for Range<usize> {
    fn detach(&mut self) {
        *self = 0..0;
    }
}

impl Detach for Text {
    fn detach(&mut self) {
        self.range.detach();
    }
}

impl Detach for Defects {
    fn detach(&mut self) {
        *self = Defects::default();
    }
}

impl<T: Detach> Detach for Option<T> {
    fn detach(&mut self) {
        self.iter_mut().for_each(Detach::detach);
    }
}

impl<T: Detach> Detach for Vec<T> {
    fn detach(&mut self) {
        self.iter_mut().for_each(Detach::detach);
    }
}

/// An element: all its fields must be named.
macro_rules! elements {
    ($($element:ident { $($field:ident),* })*) => {$(
        impl Detach for $element {
            fn detach(&mut self) {
                let $element { $($field,)* extras, range } = self;
                $($field.detach();)*
                *extras = Vec::new();
                range.detach();
            }
        }
    )*};
}

elements! {
    ConferenceInfo {
        entity, state, version, description, host_info, conference_state, users, sidebars_by_ref, sidebars_by_val, start_tag, defects
    }
    Description {
        display_text, subject, free_text, keywords, conf_uris, service_uris, maximum_user_count, available_media, subject_ext, icon
    }
    SubjectExt { participant, timestamp }
    Icon { source, icon_uri, file_info, participant, timestamp }
    AvailableMedia { entries }
    AvailableMedium { label, display_text, media_type, status }
    HostInfo { display_text, web_page, uris }
    ConferenceState { user_count, active, locked }
    Users { state, users, start_tag }
    User {
        entity, state, yourown, display_text, associated_aors, roles, languages, cascaded_focus, endpoints, start_tag
    }
    Roles { entries }
    Endpoint {
        entity, state, display_text, referred, status, joining_method, joining_info, disconnection_method, disconnection_info,
        media, call_info, start_tag
    }
    Execution { when, reason, by }
    Media { id, display_text, media_type, label, src_id, status }
    CallInfo { display_text, call_id, from_tag, to_tag }
    UriList { state, entries }
    UriEntry { uri, display_text, purpose, modified }
    Sidebars { state, entries }
}
