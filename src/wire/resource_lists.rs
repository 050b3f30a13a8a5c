//! Lists of URIs (RFC 4826 §3) with the copy control of RFC 5364: `application/resource-lists+xml`.
//!
//! What a list is for (`recipient-list`, `recipient-list-history`, …) says the Content-Disposition of the part that carries it
//! (RFC 5364 §7), see [`super::mime::Headers::disposition`].

use std::ops::Range;

use super::defect::{Defects, Oddity};
use super::xml::{self, Element, Extra, Text, XmlError};

pub const MEDIA_TYPE: &str = "application/resource-lists+xml";

pub const NAMESPACE: &str = "urn:ietf:params:xml:ns:resource-lists";

/// RFC 5364 §5; examples in RFC 5366 write it `copyControl`, so case is forgiven.
pub const COPY_CONTROL_NAMESPACE: &str = "urn:ietf:params:xml:ns:copycontrol";

/// A document of lists.
#[derive(Clone, Debug)]
pub struct ResourceLists {
    pub lists: Vec<List>,
    pub extras: Vec<Extra>,
    pub defects: Defects,
}

/// A list; lists may be nested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub name: Option<Text>,
    pub display_name: Option<Text>,
    pub entries: Vec<Entry>,
    pub lists: Vec<List>,
    /// The `ref` of each entry-ref: where in an XCAP server an entry stands.
    pub entry_refs: Vec<Text>,
    /// The `anchor` of each external: where in an XCAP server a list stands.
    pub externals: Vec<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// One URI of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub uri: Option<Text>,
    pub display_name: Option<Text>,
    /// `to`, `cc` or `bcc` (RFC 5364 §4); without it, `bcc`.
    pub copy_control: Option<Text>,
    /// Must others not learn of this recipient (RFC 5364 §4)? As written.
    pub anonymize: Option<Text>,
    /// How many anonymous recipients the entry stands for (RFC 5364 §4); as written.
    pub count: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// Reads a document.
///
/// # Errors
/// When it is no XML, or the root is not `resource-lists`.
pub fn parse(raw: &[u8]) -> Result<ResourceLists, XmlError> {
    let mut document = xml::parse(raw)?;
    document.expect(NAMESPACE, "resource-lists")?;
    let xml::Document { root, mut defects } = document;
    let (mut lists, mut extras) = (Vec::new(), Vec::new());
    for child in &root.children {
        match child.name_in(NAMESPACE) {
            "list" => lists.push(List::read(child, &mut defects)),
            _ => extras.push(child.to_extra()),
        }
    }
    Ok(ResourceLists { lists, extras, defects })
}

impl ResourceLists {
    /// All entries of all lists, in the order of their bytes within each list, nested lists last.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        let mut todo: Vec<&List> = self.lists.iter().rev().collect();
        let lists = std::iter::from_fn(move || {
            let list = todo.pop()?;
            todo.extend(list.lists.iter().rev());
            Some(list)
        });
        lists.flat_map(|list| &list.entries)
    }
}

impl List {
    /// Nesting is limited by [`xml::MAX_DEPTH`].
    fn read(element: &Element<'_>, defects: &mut Defects) -> List {
        let mut list = List {
            name: element.attribute_text("name"),
            display_name: element.child_text(NAMESPACE, "display-name"),
            entries: Vec::new(),
            lists: Vec::new(),
            entry_refs: Vec::new(),
            externals: Vec::new(),
            extras: Vec::new(),
            range: element.range.clone(),
        };
        for child in &element.children {
            match child.name_in(NAMESPACE) {
                "entry" => list.entries.push(Entry::read(child, defects)),
                "list" => list.lists.push(List::read(child, defects)),
                "entry-ref" => list.entry_refs.extend(child.attribute_text("ref")),
                "external" => list.externals.extend(child.attribute_text("anchor")),
                "display-name" => {}
                _ => list.extras.push(child.to_extra()),
            }
        }
        list
    }
}

impl Entry {
    fn read(element: &Element<'_>, defects: &mut Defects) -> Entry {
        let mut entry = Entry {
            uri: None,
            display_name: element.child_text(NAMESPACE, "display-name"),
            copy_control: None,
            anonymize: None,
            count: None,
            extras: Vec::new(),
            range: element.range.clone(),
        };
        for attribute in &element.attributes {
            let namespace = attribute.namespace;
            let copy = namespace.is_none_or(|namespace| namespace.eq_ignore_ascii_case(COPY_CONTROL_NAMESPACE));
            let slot = match attribute.name {
                "uri" if namespace.is_none() => &mut entry.uri,
                "copyControl" if copy => &mut entry.copy_control,
                "anonymize" if copy => &mut entry.anonymize,
                "count" if copy => &mut entry.count,
                _ => {
                    entry.extras.push(attribute.to_extra());
                    continue;
                }
            };
            *slot = Some(attribute.to_text());
        }
        let unknown = element.children.iter().filter(|child| child.name_in(NAMESPACE) != "display-name");
        entry.extras.extend(unknown.map(Element::to_extra));
        if entry.uri.is_none() {
            defects.note(element.start_tag.clone(), Oddity::AttributeMissing);
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_control_is_found_by_namespace() {
        let raw = format!(
            "<resource-lists xmlns='{NAMESPACE}' xmlns:any='{COPY_CONTROL_NAMESPACE}' xmlns:o='urn:other'><list>\
             <entry uri='sip:bill@example.com' any:copyControl='to' any:anonymize='true'/>\
             <entry uri='sip:anonymous@anonymous.invalid' any:copyControl='cc' any:count='2' o:copyControl='no'/>\
             </list></resource-lists>"
        );
        let lists = parse(raw.as_bytes()).unwrap();
        let [bill, anonymous] = &lists.entries().collect::<Vec<_>>()[..] else { panic!("{lists:?}") };
        assert_eq!(bill.uri.as_ref().map(Text::as_str), Some("sip:bill@example.com"));
        assert_eq!(bill.copy_control.as_ref().map(Text::as_str), Some("to"));
        assert_eq!(bill.anonymize.as_ref().and_then(Text::to_bool), Some(true));
        assert_eq!(anonymous.count.as_ref().and_then(Text::to_u32), Some(2));
        assert_eq!(anonymous.extras[0].namespace.as_deref(), Some("urn:other"));
        assert_eq!(&raw[anonymous.copy_control.clone().unwrap().range], "cc");
        assert!(lists.defects.is_empty());
    }

    #[test]
    fn lists_may_be_nested_and_refer_elsewhere() {
        let raw = format!(
            "<rl:resource-lists xmlns:rl='{NAMESPACE}'><rl:list name='friends'><rl:display-name>F</rl:display-name>\
             <rl:list><rl:entry uri='sip:c@x'><rl:display-name>C</rl:display-name></rl:entry><rl:external anchor='http://y'/></rl:list>\
             <rl:entry uri='sip:b@x'/><rl:entry/><rl:entry-ref ref='a/b'/></rl:list><rl:list><rl:entry uri='sip:d@x'/></rl:list>\
             </rl:resource-lists>"
        );
        let lists = parse(raw.as_bytes()).unwrap();
        let uris: Vec<_> = lists.entries().filter_map(|entry| entry.uri.as_ref().map(Text::as_str)).collect();
        assert_eq!(uris, ["sip:b@x", "sip:c@x", "sip:d@x"]);
        assert_eq!(lists.lists[0].entry_refs[0].value, "a/b");
        assert_eq!(lists.lists[0].lists[0].externals[0].value, "http://y");
        assert_eq!(lists.lists[0].lists[0].entries[0].display_name.as_ref().map(Text::as_str), Some("C"));
        assert!(lists.defects.has(Oddity::AttributeMissing));
    }
}
