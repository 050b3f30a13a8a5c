//! What the group was made to have: the requests of participants that the focus granted, as far as they were captured.

use crate::rules::Case;
use crate::rules::case::SETTLED_SECONDS;
use crate::timeline::{GroupDataRequest, GroupDataValue};
use crate::wire::MessageId;

/// What participants change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Subject,
    Bulletin,
    Icon,
}

impl Target {
    /// What a request is about.
    pub fn of(request: &GroupDataRequest) -> Option<Target> {
        match &request.value {
            GroupDataValue::Subject(_) => Some(Target::Subject),
            GroupDataValue::Bulletin(_) => Some(Target::Bulletin),
            GroupDataValue::IconUri(_) | GroupDataValue::IconFile(_) => Some(Target::Icon),
            GroupDataValue::Roles(_) => None,
            GroupDataValue::Other => match request.target.as_deref()?.to_ascii_lowercase().as_str() {
                "subject" => Some(Target::Subject),
                "bulletin" => Some(Target::Bulletin),
                "icon" => Some(Target::Icon),
                _ => None,
            },
        }
    }
}

/// The value at some time.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// Nobody was seen to ask for a change.
    Untouched,
    /// A change is under way, or what became of it was not captured.
    Unsettled,
    Set(&'a GroupDataRequest),
    Deleted(&'a GroupDataRequest),
}

/// The requests about one thing that were not refused, in order.
pub struct History<'a> {
    pub requests: Vec<&'a GroupDataRequest>,
}

impl<'a> History<'a> {
    pub fn of(case: &Case<'a>, target: Target) -> History<'a> {
        let about = case.timeline.group_data.iter().filter(|request| Target::of(request) == Some(target));
        History { requests: about.filter(|request| !is_refused(request)).collect() }
    }

    /// The last request before `message`.
    pub fn before(&self, message: MessageId) -> Option<&'a GroupDataRequest> {
        let next = self.requests.partition_point(|request| request.message < message);
        self.requests[..next].last().copied()
    }

    /// As known to the sender of `message`.
    pub fn at(&self, case: &Case<'_>, message: MessageId) -> Known<'a> {
        let Some(request) = self.before(message) else { return Known::Untouched };
        match granted(request) {
            Some(answer) if answer < message && case.seconds_between(answer, message) >= SETTLED_SECONDS => {
                match value(request) {
                    Some(Some(_)) => Known::Set(request),
                    Some(None) => Known::Deleted(request),
                    None => Known::Unsettled,
                }
            }
            _ => Known::Unsettled,
        }
    }
}

/// The answer, where it grants the request.
pub fn granted(request: &GroupDataRequest) -> Option<MessageId> {
    let (answer, code) = request.outcome?;
    code.filter(|code| (200..300).contains(code)).map(|_| answer)
}

fn is_refused(request: &GroupDataRequest) -> bool {
    match request.outcome {
        Some((_, Some(code))) => code >= 300,
        _ => request.response.is_some_and(|status| status >= 300),
    }
}

/// What the request sets: the text, or nothing where it deletes. `None` for what is not understood.
pub fn value(request: &GroupDataRequest) -> Option<Option<&str>> {
    let deletes = request.operation.as_deref().is_some_and(|name| matches!(name, "delete" | "remove" | "clear"));
    if deletes {
        return Some(None);
    }
    match &request.value {
        GroupDataValue::Subject(text)
        | GroupDataValue::Bulletin(text)
        | GroupDataValue::IconUri(text)
        | GroupDataValue::IconFile(text) => Some(Some(text.trim()).filter(|text| !text.is_empty())),
        GroupDataValue::Roles(_) | GroupDataValue::Other => None,
    }
}

/// Who asked, for a sentence.
pub fn author<'a>(case: &Case<'a>, request: &GroupDataRequest) -> &'a str {
    request.participant.map_or("somebody", |participant| case.uri(participant))
}
