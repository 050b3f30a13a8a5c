//! File transfer over HTTP (GSMA RCC.07): `application/vnd.gsma.rcs-ft-http+xml`, where a file and its thumbnail can be fetched.
//!
//! Elements are read in whatever namespace, since senders differ.

use std::ops::Range;

use super::defect::{Defects, Oddity};
use super::xml::{self, Element, Extra, Text, XmlError};

/// What is offered: mostly a file, and perhaps its thumbnail.
#[derive(Clone, Debug)]
pub struct FtHttp {
    pub files: Vec<FileInfo>,
    pub extras: Vec<Extra>,
    pub defects: Defects,
}

/// A `file-info`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileInfo {
    /// `file` or `thumbnail`.
    pub kind: Option<Text>,
    pub disposition: Option<Text>,
    /// In bytes; as written.
    pub size: Option<Text>,
    pub name: Option<Text>,
    pub content_type: Option<Text>,
    pub url: Option<Text>,
    /// Until when it can be fetched, an xs:dateTime; as written.
    pub until: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// Reads an offer.
///
/// # Errors
/// When it is no XML, or the root is not `file`.
pub fn parse(raw: &[u8]) -> Result<FtHttp, XmlError> {
    let document = xml::parse(raw)?;
    document.expect_name("file")?;
    let xml::Document { root, mut defects } = document;
    let (files, others): (Vec<_>, Vec<_>) = root.children.iter().partition(|child| child.name == "file-info");
    if files.is_empty() {
        defects.note(root.start_tag.clone(), Oddity::ElementMissing);
    }
    let files = files.into_iter().map(FileInfo::read).collect();
    Ok(FtHttp { files, extras: others.into_iter().map(Element::to_extra).collect(), defects })
}

impl FileInfo {
    fn read(element: &Element<'_>) -> FileInfo {
        let mut file = FileInfo {
            kind: element.attribute_text("type"),
            disposition: element.attribute_text("file-disposition"),
            range: element.range.clone(),
            ..FileInfo::default()
        };
        for child in &element.children {
            match child.name {
                "file-size" => file.size = Some(child.to_text()),
                "file-name" => file.name = Some(child.to_text()),
                "content-type" => file.content_type = Some(child.to_text()),
                "data" => {
                    file.url = child.attribute_text("url");
                    file.until = child.attribute_text("until");
                }
                _ => file.extras.push(child.to_extra()),
            }
        }
        file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_and_its_thumbnail() {
        let raw = "<?xml version=\"1.0\"?><file xmlns=\"urn:gsma:params:xml:ns:rcs:rcs:fthttp\" xmlns:x=\"urn:gsma:x\">\
            <file-info type=\"thumbnail\"><file-size>12345</file-size><content-type>image/png</content-type>\
            <data url = \"https://h/?id=1&amp;t=2\" until = \"2016-04-29T16:02:23.000Z\"/></file-info>\
            <file-info type=\"file\" file-disposition=\"attach\"><file-name>a b.jpg</file-name><x:branded-url>u</x:branded-url>\
            </file-info></file>";
        let offer = parse(raw.as_bytes()).unwrap();
        let [thumbnail, file] = &offer.files[..] else { panic!("{offer:?}") };
        assert_eq!(thumbnail.url.as_ref().map(Text::as_str), Some("https://h/?id=1&t=2"));
        assert_eq!(thumbnail.size.as_ref().and_then(Text::to_u32), Some(12345));
        assert_eq!(file.name.as_ref().map(Text::as_str), Some("a b.jpg"));
        assert_eq!((file.url.as_ref(), &*file.extras[0].name), (None, "branded-url"));
        assert!(parse(b"<file/>").unwrap().defects.has(Oddity::ElementMissing));
    }
}
