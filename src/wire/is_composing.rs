//! “Is composing” status (RFC 3994): `application/im-iscomposing+xml`.

use super::defect::{Defects, Oddity};
use super::xml::{self, Element, Extra, Text, XmlError};

pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:im-iscomposing";

/// Whether somebody is typing.
#[derive(Clone, Debug)]
pub struct IsComposing {
    /// `active` or `idle`; anything else means idle (RFC 3994 §3.5).
    pub state: Option<Text>,
    /// When the last activity was, an RFC 3339 time; as written.
    pub last_active: Option<Text>,
    /// The media type that is being composed.
    pub content_type: Option<Text>,
    /// Seconds until the next refresh; as written.
    pub refresh: Option<Text>,
    pub extras: Vec<Extra>,
    pub defects: Defects,
}

/// Reads a status.
///
/// # Errors
/// When it is no XML, or the root is not `isComposing`.
pub fn parse(raw: &[u8]) -> Result<IsComposing, XmlError> {
    let mut document = xml::parse(raw)?;
    document.expect(NAMESPACE, "isComposing")?;
    let xml::Document { root, mut defects } = document;
    let text = |name| root.child_text(NAMESPACE, name);
    let state = text("state");
    if state.is_none() {
        defects.note(root.start_tag.clone(), Oddity::ElementMissing);
    }
    let known =
        |child: &&Element<'_>| matches!(child.name_in(NAMESPACE), "state" | "lastactive" | "contenttype" | "refresh");
    let extras = root.children.iter().filter(|child| !known(child)).map(Element::to_extra).collect();
    let (last_active, content_type, refresh) = (text("lastactive"), text("contenttype"), text("refresh"));
    Ok(IsComposing { state, last_active, content_type, refresh, extras, defects })
}

impl IsComposing {
    pub fn is_active(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.value == "active")
    }

    pub fn refresh_secs(&self) -> Option<u32> {
        self.refresh.as_ref().and_then(Text::to_u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3994_examples() {
        let raw = format!(
            "<?xml version=\"1.0\"?><isComposing xmlns=\"{NAMESPACE}\"><state>active</state>\
             <contenttype>text/plain</contenttype><refresh>90</refresh></isComposing>"
        );
        let status = parse(raw.as_bytes()).unwrap();
        assert!(status.is_active() && status.defects.is_empty());
        assert_eq!((status.refresh_secs(), status.last_active), (Some(90), None));
        let idle = raw.replace("active", "idle").replace("90", "-1").replace("<refresh", "<x xmlns='urn:x'/><refresh");
        let status = parse(idle.as_bytes()).unwrap();
        assert!(!status.is_active() && status.refresh_secs().is_none());
        assert_eq!(status.extras[0].name, "x");
    }

    #[test]
    fn a_document_without_namespace_is_forgiven() {
        let status = parse(b"<isComposing><state>active</state></isComposing>").unwrap();
        assert!(status.is_active() && status.defects.has(Oddity::NamespaceMissing));
        assert!(parse(b"<isComposing/>").unwrap().defects.has(Oddity::ElementMissing));
    }
}
