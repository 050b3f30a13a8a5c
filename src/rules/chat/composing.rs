//! The isComposing statuses of a session (RFC 3994), opened.

use std::rc::Rc;

use hashbrown::HashMap;

use super::body::Body;
use crate::rules::look::is_of_kind;
use crate::rules::{Case, Place, Severity};
use crate::wire::cpim;
use crate::wire::defect::Oddity;
use crate::wire::is_composing::{self, IsComposing};
use crate::wire::xml::XmlError;

/// A status, and what is in it.
pub struct Status<'a> {
    pub body: Body<'a>,
    /// Is it in a CPIM envelope?
    pub is_wrapped: bool,
    /// Where the document begins.
    start: usize,
    /// The document: recipients get the same one.
    document: Rc<Result<IsComposing, XmlError>>,
}

impl<'a> Status<'a> {
    /// All of a session.
    pub fn all(case: &Case<'a>) -> Vec<Status<'a>> {
        let mut known: HashMap<Vec<u8>, Rc<Result<IsComposing, XmlError>>> = HashMap::new();
        let all = case.glance().composing.iter().filter_map(|&sent| {
            let body = Body::of(case, sent)?;
            let is_wrapped = is_of_kind(case, sent.transfer, "message/cpim");
            let start = if is_wrapped { content_start(&body.body) } else { 0 };
            let document = body.body.get(start..).unwrap_or_default();
            let document = known.entry_ref(document).or_insert_with(|| Rc::new(is_composing::parse(document)));
            Some(Status { document: Rc::clone(document), body, is_wrapped, start })
        });
        all.collect()
    }

    /// What is wrong with the document, and how bad that is.
    pub fn fault(&self, case: &Case<'_>) -> Option<(Place, String, Severity)> {
        let at =
            |range: &std::ops::Range<usize>| self.body.place(case, self.start + range.start..self.start + range.end);
        let whole = || Place::from(self.body.first());
        let status = match &*self.document {
            Ok(status) => status,
            Err(error) => return Some((whole(), format!("isComposing cannot be read: {error}"), Severity::Error)),
        };
        let broken = [Oddity::NotWellFormed, Oddity::UnclosedElement, Oddity::SecondRoot, Oddity::NamespaceMissing];
        let defect = status.defects.iter().find(|defect| broken.contains(&defect.what));
        let refresh = status.refresh.as_ref().filter(|_| status.refresh_secs().is_none_or(|seconds| seconds == 0));
        match (&status.state, defect, refresh) {
            (_, Some(defect), _) => {
                Some((at(&defect.range), format!("isComposing with {}", defect.what.as_str()), Severity::Error))
            }
            (None, ..) => Some((whole(), "isComposing has no state".to_owned(), Severity::Error)),
            (_, _, Some(refresh)) => {
                Some((at(&refresh.range), format!("refresh of isComposing is {:?}", refresh.as_str()), Severity::Error))
            }
            (Some(state), ..) if !["active", "idle"].contains(&state.as_str().trim()) => {
                Some((at(&state.range), format!("state of isComposing is {:?}", state.as_str()), Severity::Warning))
            }
            _ => None,
        }
    }
}

/// Where the content of a CPIM message begins.
fn content_start(body: &[u8]) -> usize {
    match cpim::peek(body) {
        Some(envelope) => envelope.body_start,
        None => cpim::parse(body).map(|message| message.body.start).unwrap_or_default(),
    }
}
