//! The tree of elements → the model: each function reads one element of the schema (RFC 4575 §6).

use super::*;
use crate::wire::defect::Oddity;
use crate::wire::xml::{self, Element, XmlError};

/// Reads a document.
///
/// # Errors
/// When it is no XML, or the root is not `conference-info`.
pub fn parse(raw: &[u8]) -> Result<ConferenceInfo, XmlError> {
    read(&mut xml::parse(raw)?)
}

/// The URI of the conference that a document is about, also where the rest of it cannot be read: mostly no more is read than the start
/// tag of the root.
pub fn entity(raw: &[u8]) -> Option<String> {
    let name = memchr::memmem::find(raw, b"conference-info")?;
    let end = name + memchr::memchr(b'>', &raw[name..])? + 1;
    let in_start_tag = parse(&raw[..end]).ok().and_then(|info| info.entity);
    let entity = in_start_tag.or_else(|| parse(raw).ok()?.entity)?;
    Some(entity.value)
}

/// As [`parse`], from the tree, which is left without its defects.
///
/// # Errors
/// When the root is not `conference-info`.
pub fn read(document: &mut xml::Document<'_>) -> Result<ConferenceInfo, XmlError> {
    document.expect(NAMESPACE, "conference-info")?;
    let mut defects = std::mem::take(&mut document.defects);
    let mut info = conference(&document.root, &mut defects);
    info.defects = defects;
    Ok(info)
}

/// Puts the first one into `slot`; any further one is an extra.
fn once<T>(slot: &mut Option<T>, value: T, child: &Element<'_>, extras: &mut Vec<Extra>, defects: &mut Defects) {
    if slot.is_some() {
        defects.note(child.range.clone(), Oddity::DuplicateElement);
        extras.push(child.to_extra());
    } else {
        *slot = Some(value);
    }
}

/// The attributes that the schema does not have.
fn other_attributes(element: &Element<'_>, known: &[&str]) -> Vec<Extra> {
    let is_known = |name: &str, namespace: Option<&str>| namespace.is_none() && known.contains(&name);
    let others = element.attributes.iter().filter(|a| !is_known(a.name, a.namespace));
    others.map(|attribute| attribute.to_extra()).collect()
}

/// Reads the children of an element by name: texts and typed values into their slots, lists into their vectors, all else into
/// the extras.
macro_rules! children {
    ($element:expr, $into:ident, $defects:ident, {
        texts: { $($text:literal => $text_slot:ident),* $(,)? }
        $(typed: { $($typed:literal => $typed_slot:ident, $read:expr);* $(;)? })?
        $(lists: { $($list:literal => $list_slot:ident, $read_item:expr);* $(;)? })?
        $(others: $other:expr)?
    }) => {
        for child in &$element.children {
            match child.name_in(NAMESPACE) {
                $($text => once(&mut $into.$text_slot, child.to_text(), child, &mut $into.extras, $defects),)*
                $($($typed => {
                    let value = $read(child, $defects);
                    once(&mut $into.$typed_slot, value, child, &mut $into.extras, $defects);
                })*)?
                $($($list => $into.$list_slot.extend($read_item(child, $defects)),)*)?
                _ => {
                    $(if $other(&mut $into, child, $defects) { continue; })?
                    $into.extras.push(child.to_extra());
                }
            }
        }
    };
}

fn conference(element: &Element<'_>, defects: &mut Defects) -> ConferenceInfo {
    let mut info = ConferenceInfo {
        entity: element.attribute_text("entity"),
        state: element.attribute_text("state"),
        version: element.attribute_text("version"),
        extras: other_attributes(element, &["entity", "state", "version"]),
        range: element.range.clone(),
        start_tag: element.start_tag.clone(),
        ..ConferenceInfo::default()
    };
    children!(element, info, defects, {
        texts: {}
        typed: {
            "conference-description" => description, description;
            "host-info" => host_info, host_info;
            "conference-state" => conference_state, conference_state;
            "users" => users, users;
            "sidebars-by-ref" => sidebars_by_ref, uri_list;
            "sidebars-by-val" => sidebars_by_val, sidebars;
        }
    });
    info
}

fn description(element: &Element<'_>, defects: &mut Defects) -> Description {
    let mut description =
        Description { extras: other_attributes(element, &[]), range: element.range.clone(), ..Description::default() };
    children!(element, description, defects, {
        texts: {
            "display-text" => display_text,
            "subject" => subject,
            "free-text" => free_text,
            "keywords" => keywords,
            "maximum-user-count" => maximum_user_count,
        }
        typed: {
            "conf-uris" => conf_uris, uri_list;
            "service-uris" => service_uris, uri_list;
            "available-media" => available_media, available_media;
        }
        others: cpm_description
    });
    description
}

/// The CPM elements of a description, in whatever namespace; false where `child` is none of them.
fn cpm_description(description: &mut Description, child: &Element<'_>, defects: &mut Defects) -> bool {
    match child.name {
        "subject-ext" => {
            let value = subject_ext(child, defects);
            once(&mut description.subject_ext, value, child, &mut description.extras, defects);
        }
        "icon" => {
            let value = icon(child, defects);
            once(&mut description.icon, value, child, &mut description.extras, defects);
        }
        _ => return false,
    }
    true
}

fn subject_ext(element: &Element<'_>, defects: &mut Defects) -> SubjectExt {
    let mut subject_ext =
        SubjectExt { extras: other_attributes(element, &[]), range: element.range.clone(), ..SubjectExt::default() };
    for child in &element.children {
        let slot = match child.name {
            "participant" => &mut subject_ext.participant,
            "timestamp" => &mut subject_ext.timestamp,
            _ => {
                subject_ext.extras.push(child.to_extra());
                continue;
            }
        };
        once(slot, child.to_text(), child, &mut subject_ext.extras, defects);
    }
    subject_ext
}

fn icon(element: &Element<'_>, defects: &mut Defects) -> Icon {
    let mut icon = Icon { extras: other_attributes(element, &[]), range: element.range.clone(), ..Icon::default() };
    for child in &element.children {
        if child.name == "source" {
            once(&mut icon.source, child.range.clone(), child, &mut icon.extras, defects);
            child.children.iter().for_each(|inner| icon_child(&mut icon, inner, defects));
        } else {
            icon_child(&mut icon, child, defects);
        }
    }
    icon
}

fn icon_child(icon: &mut Icon, child: &Element<'_>, defects: &mut Defects) {
    let slot = match child.name {
        "icon-uri" => &mut icon.icon_uri,
        "file-info" => &mut icon.file_info,
        "participant" => &mut icon.participant,
        "timestamp" => &mut icon.timestamp,
        _ => return icon.extras.push(child.to_extra()),
    };
    once(slot, child.to_text(), child, &mut icon.extras, defects);
}

fn available_media(element: &Element<'_>, defects: &mut Defects) -> AvailableMedia {
    let mut media = AvailableMedia {
        extras: other_attributes(element, &[]),
        range: element.range.clone(),
        ..AvailableMedia::default()
    };
    children!(element, media, defects, {
        texts: {}
        lists: { "entry" => entries, |child, defects: &mut _| [available_medium(child, defects)]; }
    });
    media
}

fn available_medium(element: &Element<'_>, defects: &mut Defects) -> AvailableMedium {
    let mut medium = AvailableMedium {
        label: element.attribute_text("label"),
        extras: other_attributes(element, &["label"]),
        range: element.range.clone(),
        ..AvailableMedium::default()
    };
    children!(element, medium, defects, {
        texts: { "display-text" => display_text, "type" => media_type, "status" => status }
    });
    medium
}

fn host_info(element: &Element<'_>, defects: &mut Defects) -> HostInfo {
    let mut host =
        HostInfo { extras: other_attributes(element, &[]), range: element.range.clone(), ..HostInfo::default() };
    children!(element, host, defects, {
        texts: { "display-text" => display_text, "web-page" => web_page }
        typed: { "uris" => uris, uri_list; }
    });
    host
}

fn conference_state(element: &Element<'_>, defects: &mut Defects) -> ConferenceState {
    let mut state = ConferenceState {
        extras: other_attributes(element, &[]),
        range: element.range.clone(),
        ..ConferenceState::default()
    };
    children!(element, state, defects, {
        texts: { "user-count" => user_count, "active" => active, "locked" => locked }
    });
    state
}

fn users(element: &Element<'_>, defects: &mut Defects) -> Users {
    let mut users = Users {
        state: element.attribute_text("state"),
        users: Vec::with_capacity(element.children.len()),
        extras: other_attributes(element, &["state"]),
        range: element.range.clone(),
        start_tag: element.start_tag.clone(),
    };
    children!(element, users, defects, {
        texts: {}
        lists: { "user" => users, |child, defects: &mut _| [user(child, defects)]; }
    });
    users
}

fn user(element: &Element<'_>, defects: &mut Defects) -> User {
    let mut extras = other_attributes(element, &["entity", "state"]);
    extras.retain(|extra| extra.name != "yourown");
    let mut user = User {
        entity: element.attribute_text("entity"),
        state: element.attribute_text("state"),
        yourown: element.attributes.iter().find(|a| a.name == "yourown").map(|a| a.to_text()),
        extras,
        range: element.range.clone(),
        start_tag: element.start_tag.clone(),
        ..User::default()
    };
    children!(element, user, defects, {
        texts: { "display-text" => display_text, "languages" => languages, "cascaded-focus" => cascaded_focus }
        typed: { "associated-aors" => associated_aors, uri_list; "roles" => roles, roles; }
        lists: { "endpoint" => endpoints, |child, defects: &mut _| [endpoint(child, defects)]; }
    });
    user
}

fn roles(element: &Element<'_>, defects: &mut Defects) -> Roles {
    let mut roles = Roles { extras: other_attributes(element, &[]), range: element.range.clone(), ..Roles::default() };
    children!(element, roles, defects, {
        texts: {}
        lists: { "entry" => entries, |child: &Element<'_>, _: &mut _| [child.to_text()]; }
    });
    roles
}

fn endpoint(element: &Element<'_>, defects: &mut Defects) -> Endpoint {
    let mut endpoint = Endpoint {
        entity: element.attribute_text("entity"),
        state: element.attribute_text("state"),
        extras: other_attributes(element, &["entity", "state"]),
        range: element.range.clone(),
        start_tag: element.start_tag.clone(),
        ..Endpoint::default()
    };
    children!(element, endpoint, defects, {
        texts: {
            "display-text" => display_text,
            "status" => status,
            "joining-method" => joining_method,
            "disconnection-method" => disconnection_method,
        }
        typed: {
            "referred" => referred, execution;
            "joining-info" => joining_info, execution;
            "disconnection-info" => disconnection_info, execution;
            "call-info" => call_info, call_info;
        }
        lists: { "media" => media, |child, defects: &mut _| [media(child, defects)]; }
    });
    endpoint
}

fn execution(element: &Element<'_>, defects: &mut Defects) -> Execution {
    let mut execution =
        Execution { extras: other_attributes(element, &[]), range: element.range.clone(), ..Execution::default() };
    children!(element, execution, defects, {
        texts: { "when" => when, "reason" => reason, "by" => by }
    });
    execution
}

fn media(element: &Element<'_>, defects: &mut Defects) -> Media {
    let mut media = Media {
        id: element.attribute_text("id"),
        extras: other_attributes(element, &["id"]),
        range: element.range.clone(),
        ..Media::default()
    };
    children!(element, media, defects, {
        texts: {
            "display-text" => display_text,
            "type" => media_type,
            "label" => label,
            "src-id" => src_id,
            "status" => status,
        }
    });
    media
}

fn call_info(element: &Element<'_>, defects: &mut Defects) -> CallInfo {
    let mut call =
        CallInfo { extras: other_attributes(element, &[]), range: element.range.clone(), ..CallInfo::default() };
    for child in &element.children {
        if child.name_in(NAMESPACE) != "sip" {
            call.extras.push(child.to_extra());
            continue;
        }
        call.extras.extend(other_attributes(child, &[]));
        children!(child, call, defects, {
            texts: { "display-text" => display_text, "call-id" => call_id, "from-tag" => from_tag, "to-tag" => to_tag }
        });
    }
    call
}

fn uri_list(element: &Element<'_>, defects: &mut Defects) -> UriList {
    let mut list = UriList {
        state: element.attribute_text("state"),
        extras: other_attributes(element, &["state"]),
        range: element.range.clone(),
        ..UriList::default()
    };
    children!(element, list, defects, {
        texts: {}
        lists: { "entry" => entries, |child, defects: &mut _| [uri_entry(child, defects)]; }
    });
    list
}

fn uri_entry(element: &Element<'_>, defects: &mut Defects) -> UriEntry {
    let mut entry =
        UriEntry { extras: other_attributes(element, &[]), range: element.range.clone(), ..UriEntry::default() };
    children!(element, entry, defects, {
        texts: { "uri" => uri, "display-text" => display_text, "purpose" => purpose }
        typed: { "modified" => modified, execution; }
    });
    entry
}

/// Nesting is limited by [`xml::MAX_DEPTH`].
fn sidebars(element: &Element<'_>, defects: &mut Defects) -> Sidebars {
    let mut sidebars = Sidebars {
        state: element.attribute_text("state"),
        extras: other_attributes(element, &["state"]),
        range: element.range.clone(),
        ..Sidebars::default()
    };
    children!(element, sidebars, defects, {
        texts: {}
        lists: { "entry" => entries, |child, defects: &mut _| [conference(child, defects)]; }
    });
    sidebars
}
