//! The group state object of the CPM message store: `application/group-state-object+xml`.
//!
//! It says what a group was when it was last seen: its focus, its type and its participants. Elements are read in whatever
//! namespace; real ones have none.

use std::ops::Range;

use super::defect::{Defects, Oddity};
use super::xml::{self, Extra, Text, XmlError};

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
    pub participants: Vec<Participant>,
    pub extras: Vec<Extra>,
    pub defects: Defects,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    pub name: Option<Text>,
    /// The URI of the participant.
    pub comm_addr: Option<Text>,
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
    for child in &root.children {
        if child.name != "participant" {
            extras.push(child.to_extra());
            continue;
        }
        let (name, comm_addr) = (child.attribute_text("name"), child.attribute_text("comm-addr"));
        if comm_addr.is_none() {
            defects.note(child.start_tag.clone(), Oddity::AttributeMissing);
        }
        participants.push(Participant { name, comm_addr, range: child.range.clone() });
    }
    Ok(GroupState {
        timestamp: root.attribute_text("timestamp"),
        last_focus_session_id: root.attribute_text("lastfocussessionid"),
        group_type: root.attribute_text("group-type"),
        participants,
        extras,
        defects,
    })
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
}
