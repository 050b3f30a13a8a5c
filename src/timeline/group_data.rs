//! What participants asked the focus to change about the group (subject, bulletin, icon, roles), and what became of it.

use hashbrown::HashMap;

use super::envelope::{Content, GROUP_DATA};
use super::opened::{OpenTransfer, Opened};
use crate::session::find_body_in;
use crate::wire::defect::Oddity;
use crate::wire::group_data::{self, GroupData, Request, Response};
use crate::wire::xml::Text;
use crate::wire::{MessageId, Messages};

/// A request to change the data of the group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDataRequest {
    /// Its first chunk as the participant sent it; where that was not captured, on the next hop.
    pub message: MessageId,
    /// Who asks: an index of a participant.
    pub participant: Option<usize>,
    /// Status of the MSRP response to it.
    pub response: Option<u16>,
    /// `subject`, `bulletin`, `icon`, `user-role`, … as written.
    pub target: Option<String>,
    /// What to do with it, such as `set`.
    pub operation: Option<String>,
    pub value: GroupDataValue,
    /// Is the document no well-formed XML, so that no focus can have understood it?
    pub is_malformed: bool,
    /// The answer of the focus, and its code, numbered as in SIP.
    pub outcome: Option<(MessageId, Option<u16>)>,
}

/// The value that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GroupDataValue {
    Subject(String),
    Bulletin(String),
    IconUri(String),
    /// The Content-ID of the icon, which came in the same message.
    IconFile(String),
    /// Roles, and the URIs of who is to have them.
    Roles(Vec<(String, String)>),
    /// None, or of a kind that is not known.
    #[default]
    Other,
}

impl GroupDataValue {
    /// As one line: `Trip`, `https://…`, `cid:…`, `chairman sip:…, …`; `None` where it is not known.
    pub fn text(&self) -> Option<String> {
        match self {
            GroupDataValue::Subject(text) | GroupDataValue::Bulletin(text) | GroupDataValue::IconUri(text) => {
                Some(text.clone())
            }
            GroupDataValue::IconFile(id) => Some(format!("cid:{id}")),
            GroupDataValue::Roles(roles) => {
                Some(roles.iter().map(|(role, uri)| format!("{role} {uri}")).collect::<Vec<_>>().join(", "))
            }
            GroupDataValue::Other => None,
        }
    }
}

/// The requests of one document that wait for their answer.
struct Waiting {
    /// Places in the list of requests.
    first: usize,
    end: usize,
    /// Hops between the participant and where the document, and its answer, were seen.
    hops: usize,
    answer_hops: Option<usize>,
}

/// Finds the requests among the MSRP messages of a session, in order.
pub fn build(opened: &Opened<'_>, messages: &Messages) -> Vec<GroupDataRequest> {
    let mut found: Vec<GroupDataRequest> = Vec::new();
    // By participant and id of the document, which the next hop and the answer repeat.
    let mut waiting: HashMap<(Option<usize>, String), Waiting> = HashMap::new();
    for one in opened.transfers.iter().filter(|one| one.content == Content::GroupData) {
        let document = match document(one, messages) {
            Some(document) => document,
            None if one.sender.is_some() => unreadable(),
            None => continue,
        };
        // Of one that was not captured whole, nobody knows.
        let is_malformed = document.is_malformed() && one.transfer.is_complete(messages);
        let id = document.id.map(|id| id.value).unwrap_or_default();
        if !document.requests.is_empty() {
            let key = (one.sender, id.clone());
            // On the same hop again it is another one, whatever its id.
            match waiting.get_mut(&key).filter(|known| known.hops != one.sender_hops) {
                Some(known) if one.sender_hops < known.hops => {
                    known.hops = one.sender_hops;
                    found[known.first..known.end].iter_mut().for_each(|request| request.sent_in(one));
                }
                Some(_) => {}
                None => {
                    let first = found.len();
                    let requests = document.requests.into_iter();
                    found.extend(requests.map(|request| GroupDataRequest::new(request, is_malformed, one)));
                    waiting.insert(key, Waiting { first, end: found.len(), hops: one.sender_hops, answer_hops: None });
                }
            }
        }
        if document.responses.is_empty() {
            continue;
        }
        // What could not be read had no id.
        let key =
            Some((one.receiver, id)).filter(|key| waiting.contains_key(key)).unwrap_or((one.receiver, String::new()));
        if let Some(known) = waiting.get_mut(&key)
            && known.answer_hops.is_none_or(|hops| one.receiver_hops < hops)
        {
            known.answer_hops = Some(one.receiver_hops);
            answer(&mut found[known.first..known.end], &document.responses, one.transfer.first);
        }
    }
    found.sort_by_key(|request| request.message);
    found
}

/// Stands for a document that is no XML at all: one request that nobody knows.
fn unreadable() -> GroupData {
    let mut document = GroupData { id: None, requests: vec![Request::default()], ..GroupData::default() };
    document.defects.note(0..0, Oddity::NotWellFormed);
    document
}

fn document(one: &OpenTransfer<'_>, messages: &Messages) -> Option<GroupData> {
    let body = one.transfer.body(messages);
    let in_part = find_body_in(one.transfer.content_type(messages), &body, GROUP_DATA);
    group_data::parse(in_part.or_else(|| body.get(one.envelope.body_start..))?).ok()
}

/// One answer per request in their order; a single one is for all.
fn answer(requests: &mut [GroupDataRequest], responses: &[Response], at: MessageId) {
    let last = responses.last();
    for (number, request) in requests.iter_mut().enumerate() {
        let response = if responses.len() == 1 { last } else { responses.get(number) };
        if let Some(response) = response {
            let code = response.code.as_ref().and_then(|code| code.as_str().parse().ok());
            request.outcome = Some((at, code));
        }
    }
}

impl GroupDataRequest {
    fn new(request: Request, is_malformed: bool, one: &OpenTransfer<'_>) -> GroupDataRequest {
        let text = |text: Option<Text>| text.map(|text| text.value);
        let roles: Vec<(String, String)> = request
            .user_roles
            .into_iter()
            .map(|role| (text(role.role).unwrap_or_default(), text(role.participant).unwrap_or_default()))
            .collect();
        let texts = [
            request.subject.map(|text| GroupDataValue::Subject(text.value)),
            request.bulletin.map(|text| GroupDataValue::Bulletin(text.value)),
            request.icon_uri.map(|text| GroupDataValue::IconUri(text.value)),
            request.icon_file_info.map(|text| GroupDataValue::IconFile(text.value)),
        ];
        let roles = Some(roles).filter(|roles| !roles.is_empty()).map(GroupDataValue::Roles);
        let value = texts.into_iter().flatten().next().or(roles).unwrap_or_default();
        let mut built = GroupDataRequest {
            message: one.transfer.first,
            participant: one.sender,
            response: None,
            target: text(request.target),
            operation: text(request.operation),
            value,
            is_malformed,
            outcome: None,
        };
        built.sent_in(one);
        built
    }

    fn sent_in(&mut self, one: &OpenTransfer<'_>) {
        self.message = one.transfer.first;
        self.response = one.transfer.response.map(|(_, status)| status);
    }
}
