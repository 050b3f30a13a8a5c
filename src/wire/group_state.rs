//! The group state object of the CPM message store: `application/group-state-object+xml`.
//!
//! It says what a group was when it was last seen: its focus, its type, its participants, its subject and its icon (spec 5.2.3.2.1).
//! The schema is not at hand: elements are read in whatever namespace, and what may be an attribute or an element is read as either.

use std::ops::Range;

use super::defect::{Defects, Oddity};
use super::xml::{self, Element, Extra, Text, XmlError};

pub const MEDIA_TYPE: &str = "application/group-state-object+xml";

/// What a group was at one time.
#[derive(Clone, Debug)]
pub struct GroupState {
    /// An xs:dateTime; as written.
    pub timestamp: Option<Text>,
    /// The Group Session Identity of the last session, needed for re-joining.
    pub last_focus_session_id: Option<Text>,
    /// `Open` or `Closed`.
    pub group_type: Option<Text>,
    pub max_user_count: Option<Text>,
    /// Separated by white space.
    pub policy: Option<Text>,
    pub participants: Vec<Participant>,
    pub subject: Option<Subject>,
    pub icon: Option<Icon>,
    pub extras: Vec<Extra>,
    pub start_tag: Range<usize>,
    pub defects: Defects,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub name: Option<Text>,
    /// The URI of the participant.
    pub comm_addr: Option<Text>,
    pub role: Option<Text>,
    /// `true` for the user whose object it is.
    pub yourown: Option<Text>,
    pub range: Range<usize>,
}

/// What the group is called, and who called it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub text: Option<Text>,
    pub participant: Option<Text>,
    pub timestamp: Option<Text>,
    pub range: Range<usize>,
}

/// The picture of the group, and who chose it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icon {
    /// A URI, or the Content-ID of the picture.
    pub source: Option<Text>,
    pub participant: Option<Text>,
    pub timestamp: Option<Text>,
    pub range: Range<usize>,
}

/// Reads a group state.
///
/// # Errors
/// When it is no XML, or the root is not `groupstate`.
pub fn parse(raw: &[u8]) -> Result<GroupState, XmlError> {
    let document = xml::parse(raw)?;
    document.expect_name("groupstate")?;
    let xml::Document { root, mut defects } = document;
    let (mut participants, mut extras) = (Vec::new(), Vec::new());
    let (mut subject, mut icon, mut max_user_count, mut policy) = (None, None, None, None);
    for child in &root.children {
        match child.name {
            "participant" => {
                let participant = Participant::read(child);
                if participant.comm_addr.is_none() {
                    defects.note(child.start_tag.clone(), Oddity::AttributeMissing);
                }
                participants.push(participant);
            }
            "subject" => subject = subject.or(Some(Subject::read(child))),
            "icon" => icon = icon.or(Some(Icon::read(child))),
            "max-user-count" => max_user_count = max_user_count.or(Some(child.to_text())),
            "policy" => policy = policy.or(Some(child.to_text())),
            _ => extras.push(child.to_extra()),
        }
    }
    Ok(GroupState {
        timestamp: root.attribute_text("timestamp"),
        last_focus_session_id: root.attribute_text("lastfocussessionid"),
        group_type: root.attribute_text("group-type"),
        max_user_count: max_user_count.or(root.attribute_text("max-user-count")),
        policy: policy.or(root.attribute_text("policy")),
        participants,
        subject,
        icon,
        extras,
        start_tag: root.start_tag.clone(),
        defects,
    })
}

impl Participant {
    fn read(element: &Element<'_>) -> Participant {
        Participant {
            name: element.attribute_text("name"),
            comm_addr: element.attribute_text("comm-addr"),
            role: element.attribute_text("role"),
            yourown: element.attribute_text("yourown"),
            range: element.range.clone(),
        }
    }
}

impl Subject {
    fn read(element: &Element<'_>) -> Subject {
        let text = child(element, "text");
        Subject {
            text: text.or_else(|| element.children.is_empty().then(|| element.to_text())),
            participant: child(element, "participant"),
            timestamp: child(element, "timestamp"),
            range: element.range.clone(),
        }
    }
}

impl Icon {
    fn read(element: &Element<'_>) -> Icon {
        // `source` is there, or what it holds stands by itself.
        let holder = element.children.iter().find(|child| child.name == "source").unwrap_or(element);
        let written = ["icon-uri", "file-info"].into_iter().find_map(|name| child(holder, name));
        Icon {
            source: written.filter(|text| !text.as_str().trim().is_empty()),
            participant: child(element, "participant"),
            timestamp: child(element, "timestamp"),
            range: element.range.clone(),
        }
    }
}

/// The text of the first child of this name.
fn child(element: &Element<'_>, name: &str) -> Option<Text> {
    element.children.iter().find(|child| child.name == name).map(Element::to_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn participants_and_focus_are_read() {
        let raw = b"<?xml version=\"1.0\"?><groupstate timestamp=\"2012-06-13T16:39:57-05:00\" \
            lastfocussessionid=\"sip:da9274453@company.com\" group-type=\"Closed\">\
            <participant name=\"bob\" comm-addr=\"tel:+16135551210\"/><participant name=\"x\"/><y/></groupstate>";
        let state = parse(raw).unwrap();
        assert_eq!(state.last_focus_session_id.as_ref().map(Text::as_str), Some("sip:da9274453@company.com"));
        assert_eq!(state.group_type.as_ref().map(Text::as_str), Some("Closed"));
        let addresses: Vec<_> = state.participants.iter().map(|p| p.comm_addr.as_ref().map(Text::as_str)).collect();
        assert_eq!(addresses, [Some("tel:+16135551210"), None]);
        assert_eq!((state.extras.len(), state.defects.has(Oddity::AttributeMissing)), (1, true));
    }

    #[test]
    fn subject_icon_and_limits_are_read() {
        let raw = b"<groupstate policy=\"a b\"><max-user-count>10</max-user-count>\
            <subject><text>Weekend</text><participant>sip:a@x</participant></subject>\
            <icon><source><icon-uri>https://x/1.png</icon-uri></source><timestamp>2012-06-13T16:39:57Z</timestamp></icon>\
            </groupstate>";
        let state = parse(raw).unwrap();
        let text = |text: &Option<Text>| text.as_ref().map(|text| text.as_str().to_owned());
        let (subject, icon) = (state.subject.unwrap(), state.icon.unwrap());
        assert_eq!((text(&subject.text), text(&subject.participant)), (Some("Weekend".into()), Some("sip:a@x".into())));
        assert_eq!(text(&icon.source).as_deref(), Some("https://x/1.png"));
        assert_eq!(text(&icon.timestamp).as_deref(), Some("2012-06-13T16:39:57Z"));
        assert_eq!((text(&state.max_user_count), text(&state.policy)), (Some("10".into()), Some("a b".into())));
    }
}
