//! Small XML documents as a tree of elements with their places: what all the XML bodies are read from.
//!
//! In come the bytes of a document, perhaps cut off. Out comes the tree up to the point where the document stops making sense, and
//! what was odd on the way. Names are compared by namespace, whatever the prefix. Document type declarations are ignored, so there
//! are no entities but the five of XML; sizes are limited.

mod read;
mod scope;

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

pub use read::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_ELEMENTS, parse};

use super::defect::{Defects, Oddity};

/// Why something is no XML document that can be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum XmlError {
    #[error("byte {at} of the XML document is not UTF-8")]
    NotUtf8 { at: usize },
    #[error("an XML document of {len_bytes} bytes; at most {MAX_DOCUMENT_BYTES} are read")]
    TooLarge { len_bytes: usize },
    #[error("no XML element up to byte {at}")]
    NoElement { at: usize },
    #[error("the root element at byte {at} is {{{namespace}}}{name}, expected {expected}")]
    OtherRoot { at: usize, namespace: String, name: String, expected: &'static str },
}

/// A document. All ranges count from the start of the slice that was given.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    pub root: Element<'a>,
    pub defects: Defects,
}

/// An element with all that is in it.
#[derive(Clone, Debug)]
pub struct Element<'a> {
    /// The name without the prefix.
    pub name: &'a str,
    /// The URI, as written, that the prefix or its absence stands for. `None` also where the prefix is not bound.
    pub namespace: Option<&'a str>,
    /// In order; namespace declarations are left out.
    pub attributes: Vec<Attribute<'a>>,
    pub children: Vec<Element<'a>>,
    /// The text directly inside, with references resolved; that of the children is not part of it, nor is white space between them
    /// up to the first text.
    pub text: Cow<'a, str>,
    /// From the `<` of the start tag to the `>` of the end tag.
    pub range: Range<usize>,
    pub start_tag: Range<usize>,
    /// What stands between the tags.
    pub content: Range<usize>,
}

/// An attribute.
#[derive(Clone, Debug)]
pub struct Attribute<'a> {
    /// The name without the prefix.
    pub name: &'a str,
    /// `None` without a prefix (Namespaces in XML §6.2), and where the prefix is not bound.
    pub namespace: Option<&'a str>,
    /// With references resolved.
    pub value: Cow<'a, str>,
    /// `name="value"`
    pub range: Range<usize>,
    /// What stands between the quotes.
    pub value_range: Range<usize>,
}

/// A value taken out of a document, and where it stood.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Text {
    /// Without white space at its ends.
    pub value: String,
    /// For an element, what stands between its tags; for an attribute, between its quotes.
    pub range: Range<usize>,
}

/// An element or attribute that a reader does not know, or met once too often.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Extra {
    pub namespace: Option<String>,
    pub name: String,
    /// Is it an attribute?
    pub attribute: bool,
    pub range: Range<usize>,
}

impl Document<'_> {
    /// Is the root of this name and namespace? No namespace at all is forgiven and noted.
    pub(super) fn expect(&mut self, namespace: &str, name: &'static str) -> Result<(), XmlError> {
        self.expect_name(name)?;
        match self.root.namespace {
            Some(found) if found == namespace => Ok(()),
            Some(_) => Err(self.other_root(name)),
            None => {
                self.defects.note(self.root.start_tag.clone(), Oddity::NamespaceMissing);
                Ok(())
            }
        }
    }

    /// Is the root of this name, in whatever namespace?
    pub(super) fn expect_name(&self, name: &'static str) -> Result<(), XmlError> {
        if self.root.name == name { Ok(()) } else { Err(self.other_root(name)) }
    }

    fn other_root(&self, expected: &'static str) -> XmlError {
        let Element { name, namespace, range, .. } = &self.root;
        let namespace = namespace.unwrap_or_default().to_owned();
        XmlError::OtherRoot { at: range.start, namespace, name: (*name).to_owned(), expected }
    }
}

impl<'a> Element<'a> {
    /// The name, if the element is in this namespace or in none; else empty, which no element is called.
    pub fn name_in(&self, namespace: &str) -> &'a str {
        if self.namespace.is_none_or(|found| found == namespace) { self.name } else { "" }
    }

    /// The children called `name` in this namespace, or in none.
    pub fn children_named<'e>(&'e self, namespace: &'e str, name: &'e str) -> impl Iterator<Item = &'e Element<'a>> {
        self.children.iter().filter(move |child| child.name_in(namespace) == name)
    }

    pub fn child<'e>(&'e self, namespace: &'e str, name: &'e str) -> Option<&'e Element<'a>> {
        self.children_named(namespace, name).next()
    }

    /// The attribute of this name without a namespace.
    pub fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes.iter().find(|attribute| attribute.name == name && attribute.namespace.is_none())
    }

    /// The text directly inside.
    pub fn to_text(&self) -> Text {
        Text { value: self.text.trim().to_owned(), range: self.content.clone() }
    }

    pub(super) fn to_extra(&self) -> Extra {
        let namespace = self.namespace.map(str::to_owned);
        Extra { namespace, name: self.name.to_owned(), attribute: false, range: self.range.clone() }
    }

    /// The text of the first child called `name`.
    pub(super) fn child_text(&self, namespace: &str, name: &str) -> Option<Text> {
        self.child(namespace, name).map(Element::to_text)
    }

    pub(super) fn attribute_text(&self, name: &str) -> Option<Text> {
        self.attribute(name).map(Attribute::to_text)
    }
}

impl Attribute<'_> {
    pub fn to_text(&self) -> Text {
        Text { value: self.value.trim().to_owned(), range: self.value_range.clone() }
    }

    pub(super) fn to_extra(&self) -> Extra {
        let namespace = self.namespace.map(str::to_owned);
        Extra { namespace, name: self.name.to_owned(), attribute: true, range: self.range.clone() }
    }
}

impl Text {
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// As an xs:unsignedInt.
    pub fn to_u32(&self) -> Option<u32> {
        self.value.parse().ok()
    }

    /// As an xs:boolean.
    pub fn to_bool(&self) -> Option<bool> {
        match self.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}
