//! Group session data management of CPM: `application/vnd.oma.cpm-groupdata+xml`.
//!
//! The specification at hand names neither the namespace nor the schema; what is read here is what captures show, by local names in
//! whatever namespace: `<request target="subject"><set/><data><subject>…`, and `<response><code>200`.

use std::ops::Range;

use super::defect::{Defects, Oddity};
use super::xml::{self, Element, Extra, Text, XmlError};

/// A document with requests, or with the responses to them.
#[derive(Clone, Debug, Default)]
pub struct GroupData {
    /// Ties responses to requests.
    pub id: Option<Text>,
    pub requests: Vec<Request>,
    pub responses: Vec<Response>,
    pub extras: Vec<Extra>,
    pub defects: Defects,
}

impl GroupData {
    /// Is it no well-formed XML document?
    pub fn is_malformed(&self) -> bool {
        let broken = [Oddity::NotWellFormed, Oddity::UnclosedElement, Oddity::SecondRoot, Oddity::TextOutsideRoot];
        broken.into_iter().any(|what| self.defects.has(what))
    }
}

/// A wish to change the data of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// `subject`, `bulletin`, `icon`, `user-role`, …
    pub target: Option<Text>,
    /// The name of the element that says what to do, such as `set`.
    pub operation: Option<Text>,
    pub subject: Option<Text>,
    pub bulletin: Option<Text>,
    pub icon_uri: Option<Text>,
    /// The Content-ID of the part of the same message that is the icon.
    pub icon_file_info: Option<Text>,
    pub user_roles: Vec<UserRole>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// The role that a participant is to have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserRole {
    pub role: Option<Text>,
    pub participant: Option<Text>,
    pub range: Range<usize>,
}

/// What became of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// Numbered as in SIP.
    pub code: Option<Text>,
    pub extras: Vec<Extra>,
    pub range: Range<usize>,
}

/// Reads a document.
///
/// # Errors
/// When it is no XML, or the root is not `cpm-group-management`.
pub fn parse(raw: &[u8]) -> Result<GroupData, XmlError> {
    let document = xml::parse(raw)?;
    document.expect_name("cpm-group-management")?;
    let xml::Document { root, mut defects } = document;
    let (mut requests, mut responses, mut extras) = (Vec::new(), Vec::new(), Vec::new());
    for child in &root.children {
        match child.name {
            "request" => requests.push(Request::read(child)),
            "response" => responses.push(Response::read(child)),
            _ => extras.push(child.to_extra()),
        }
    }
    if requests.is_empty() && responses.is_empty() {
        defects.note(root.start_tag.clone(), Oddity::ElementMissing);
    }
    Ok(GroupData { id: root.attribute_text("id"), requests, responses, extras, defects })
}

impl Request {
    fn read(element: &Element<'_>) -> Request {
        let mut request =
            Request { target: element.attribute_text("target"), range: element.range.clone(), ..Request::default() };
        for child in &element.children {
            match child.name {
                "data" => child.children.iter().for_each(|data| request.read_data(data)),
                name if request.operation.is_none() => {
                    request.operation = Some(Text { value: name.to_owned(), range: child.range.clone() });
                }
                _ => request.extras.push(child.to_extra()),
            }
        }
        request
    }

    fn read_data(&mut self, data: &Element<'_>) {
        match data.name {
            "subject" => self.subject = Some(data.to_text()),
            "bulletin" => self.bulletin = Some(data.to_text()),
            "icon" | "source" => data.children.iter().for_each(|inner| self.read_data(inner)),
            "icon-uri" => self.icon_uri = Some(data.to_text()),
            "file-info" => self.icon_file_info = Some(data.to_text()),
            "user-role" => {
                let text = |name| data.children.iter().find(|child| child.name == name).map(Element::to_text);
                let (role, participant) = (text("role"), text("participant"));
                self.user_roles.push(UserRole { role, participant, range: data.range.clone() });
            }
            _ => self.extras.push(data.to_extra()),
        }
    }
}

impl Response {
    fn read(element: &Element<'_>) -> Response {
        let mut response = Response { range: element.range.clone(), ..Response::default() };
        for child in &element.children {
            match child.name {
                "code" => response.code = Some(child.to_text()),
                _ => response.extras.push(child.to_extra()),
            }
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(inner: &str) -> String {
        format!(
            "<cpm-group-management xmlns=\"urn:oma:xml:cpm:groupdata:1.0\" id=\"4ae0\">{inner}</cpm-group-management>"
        )
    }

    fn text(text: &Option<Text>) -> Option<&str> {
        text.as_ref().map(Text::as_str)
    }

    #[test]
    fn subject_icon_and_role_requests() {
        let raw = document(
            "<request target='subject'><set/><data><subject>New &lt;&amp;&gt; topic</subject></data></request>\
             <request target='icon'><set/><data><icon><icon-uri>https://i/1.png</icon-uri></icon></data></request>\
             <request target='user-role'><set/><data><user-role><role>chairman</role>\
             <participant>sip:a@x</participant></user-role><x/></data></request>",
        );
        let data = parse(raw.as_bytes()).unwrap();
        assert_eq!(text(&data.id), Some("4ae0"));
        let [subject, icon, role] = &data.requests[..] else { panic!("{data:?}") };
        assert_eq!((text(&subject.target), text(&subject.operation)), (Some("subject"), Some("set")));
        assert_eq!(text(&subject.subject), Some("New <&> topic"));
        assert_eq!(text(&icon.icon_uri), Some("https://i/1.png"));
        assert_eq!(text(&role.user_roles[0].role), Some("chairman"));
        assert_eq!(text(&role.user_roles[0].participant), Some("sip:a@x"));
        assert_eq!(role.extras[0].name, "x");
        assert!(data.defects.is_empty());
    }

    #[test]
    fn responses_have_a_code() {
        let data = parse(document("<response><code>200</code></response>").as_bytes()).unwrap();
        assert_eq!((text(&data.responses[0].code), data.requests.len()), (Some("200"), 0));
        assert!(parse(document("").as_bytes()).unwrap().defects.has(Oddity::ElementMissing));
    }
}
