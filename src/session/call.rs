//! All SIP messages with one Call-ID: its transactions, and its dialogs with forks kept apart by tags.
//!
//! A call that passes proxies is seen once per hop with the same Call-ID and tags: hops and retransmissions of a request are
//! sightings of one transaction.

use hashbrown::HashMap;

use crate::wire::sip::{Method, Summary};
use crate::wire::{MessageId, Messages};

/// A SIP transaction as its user sees it (RFC 3261 §17), over all hops.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub method: Method,
    pub cseq: u32,
    /// Tag of the side that sent the request.
    pub from_tag: String,
    /// To tag of the request: empty for one outside a dialog.
    pub to_tag: String,
    /// The request, then its retransmissions and further hops.
    pub requests: Vec<MessageId>,
    /// All responses, provisional and final, with retransmissions, in order.
    pub responses: Vec<MessageId>,
    /// ACKs of an INVITE.
    pub acks: Vec<MessageId>,
}

/// Why a dialog exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialogKind {
    Invite,
    Subscription,
}

/// A dialog (RFC 3261 §12), an attempt at one that was refused or never answered, or the part of one that was captured.
#[derive(Clone, Debug)]
pub struct Dialog {
    pub kind: DialogKind,
    /// Tag of the side that sent the first request; where only later messages were captured, of the first sender seen.
    pub caller_tag: String,
    /// Empty when no response with a tag was captured.
    pub callee_tag: String,
    /// Indices into [`Call::transactions`], in order; the first made the dialog, if it was captured.
    pub transactions: Vec<usize>,
    /// Was the request that made the dialog captured?
    pub start_seen: bool,
}

/// The messages of one Call-ID.
#[derive(Clone, Debug)]
pub struct Call {
    pub call_id: String,
    pub transactions: Vec<Transaction>,
    pub dialogs: Vec<Dialog>,
}

/// Refusals after which the caller tries again in the same call: redirection, credentials, another session timer or extension.
fn is_retry(status: u16) -> bool {
    matches!(status, 300..=399 | 401 | 407 | 420..=422 | 494)
}

impl Call {
    /// Orders the messages of one Call-ID, which come in capture order.
    pub fn build(call_id: &[u8], ids: &[MessageId], messages: &Messages) -> Call {
        let mut call = Call {
            call_id: String::from_utf8_lossy(call_id).into_owned(),
            transactions: Vec::new(),
            dialogs: Vec::new(),
        };
        call.find_transactions(ids, messages);
        call.find_dialogs(messages);
        call
    }

    fn find_transactions(&mut self, ids: &[MessageId], messages: &Messages) {
        let mut known: HashMap<(&[u8], u32, Method), usize> = HashMap::new();
        for &id in ids {
            let message = &messages[id];
            let Some(summary) = message.sip() else { continue };
            let raw = messages.head(message);
            // An ACK carries the number and tag of its INVITE. A CANCEL does, too, but is a transaction of its own.
            let method = if summary.method == Method::Ack { Method::Invite } else { summary.method };
            let from_tag = summary.from_tag.of(raw);
            let index = *known.entry((from_tag, summary.cseq, method)).or_insert_with(|| {
                self.transactions.push(Transaction {
                    method,
                    cseq: summary.cseq,
                    from_tag: text(from_tag),
                    to_tag: String::new(),
                    requests: Vec::new(),
                    responses: Vec::new(),
                    acks: Vec::new(),
                });
                self.transactions.len() - 1
            });
            let transaction = &mut self.transactions[index];
            match (summary.is_request, summary.method) {
                (true, Method::Ack) => transaction.acks.push(id),
                (true, _) => {
                    if transaction.requests.is_empty() {
                        transaction.to_tag = text(summary.to_tag.of(raw));
                    }
                    transaction.requests.push(id);
                }
                (false, _) => transaction.responses.push(id),
            }
        }
    }

    fn find_dialogs(&mut self, messages: &Messages) {
        let mut by_tags: HashMap<(String, String), usize> = HashMap::new();
        // Attempts of one caller, by its tag: a refused one that was tried again goes on in the next.
        let mut retried: HashMap<String, Vec<usize>> = HashMap::new();
        for index in 0..self.transactions.len() {
            let transaction = &self.transactions[index];
            let kind = match transaction.method {
                Method::Invite | Method::Bye | Method::Update | Method::Prack | Method::Info => DialogKind::Invite,
                Method::Subscribe | Method::Notify | Method::Refer => DialogKind::Subscription,
                _ => continue,
            };
            let mut tags = (transaction.from_tag.clone(), transaction.to_tag.clone());
            let find = |tags: &(String, String)| {
                by_tags.get(tags).or_else(|| by_tags.get(&(tags.1.clone(), tags.0.clone()))).copied()
            };
            if transaction.requests.is_empty() {
                // The request was lost: its ACK or answer tells whether it was inside a dialog.
                tags.1 = transaction.tag_of_the_far_end(messages);
                if !transaction.responses.is_empty() && find(&tags).is_none() {
                    tags.1.clear();
                }
            }
            if !tags.1.is_empty() {
                let known = find(&tags);
                let dialog = known.unwrap_or_else(|| {
                    // The beginning was not captured, or a NOTIFY came before the response to its SUBSCRIBE.
                    self.dialogs.push(Dialog {
                        kind,
                        caller_tag: tags.0.clone(),
                        callee_tag: tags.1.clone(),
                        transactions: Vec::new(),
                        start_seen: false,
                    });
                    by_tags.insert(tags, self.dialogs.len() - 1);
                    self.dialogs.len() - 1
                });
                self.dialogs[dialog].transactions.push(index);
                if self.dialogs[dialog].kind == DialogKind::Subscription && kind == DialogKind::Invite {
                    self.dialogs[dialog].kind = kind;
                }
                continue;
            }
            if !matches!(transaction.method, Method::Invite | Method::Subscribe | Method::Refer) {
                continue;
            }
            let earlier = retried.remove(&transaction.from_tag).unwrap_or_default();
            let answers = transaction.answers(messages);
            if let [only] = answers.as_slice()
                && is_retry(only.status)
                && self.transactions[index + 1..].iter().any(|later| {
                    later.method == transaction.method
                        && later.from_tag == transaction.from_tag
                        && later.to_tag.is_empty()
                })
            {
                let mut attempts = earlier;
                attempts.push(index);
                retried.insert(transaction.from_tag.clone(), attempts);
                continue;
            }
            let caller_tag = transaction.from_tag.clone();
            let callee_tags: Vec<String> = match answers.is_empty() {
                true => vec![String::new()],
                false => answers.into_iter().map(|answer| answer.tag).collect(),
            };
            for callee_tag in callee_tags {
                let tags = (caller_tag.clone(), callee_tag.clone());
                let made = Dialog {
                    kind,
                    caller_tag: caller_tag.clone(),
                    callee_tag,
                    transactions: earlier.iter().copied().chain([index]).collect(),
                    start_seen: true,
                };
                match by_tags.get(&tags).or_else(|| by_tags.get(&(tags.1.clone(), tags.0.clone()))).copied() {
                    // Messages inside the dialog were seen before its answer.
                    Some(known) => {
                        let later = std::mem::replace(&mut self.dialogs[known], made).transactions;
                        self.dialogs[known].transactions.extend(later);
                    }
                    None => {
                        self.dialogs.push(made);
                        by_tags.insert(tags, self.dialogs.len() - 1);
                    }
                }
            }
        }
    }
}

/// What one far end said to a request that makes a dialog.
struct Answer {
    tag: String,
    /// The final status, or 0.
    status: u16,
}

impl Transaction {
    /// The far ends that answered, by tag. A refusal speaks for every fork; forks that only rang before another one accepted stay.
    fn answers(&self, messages: &Messages) -> Vec<Answer> {
        let mut answers: Vec<Answer> = Vec::new();
        for (summary, raw) in self.responses.iter().filter_map(|&id| sip(messages, id)) {
            if summary.status < 101 {
                continue;
            }
            let tag = text(summary.to_tag.of(raw));
            let status = if summary.status >= 200 { summary.status } else { 0 };
            match answers.iter_mut().find(|answer| answer.tag == tag) {
                Some(answer) if answer.status == 0 => answer.status = status,
                Some(_) => {}
                None => answers.push(Answer { tag, status }),
            }
        }
        let accepted = answers.iter().any(|answer| (200..300).contains(&answer.status));
        if !accepted && answers.iter().any(|answer| answer.status >= 300) {
            answers.retain(|answer| answer.status >= 300);
            answers.truncate(1);
        }
        answers
    }

    /// Messages that repeat an earlier one on the same hop (RFC 3261 §17): same flow, same branch, same status.
    pub fn retransmissions<'a>(&'a self, messages: &'a Messages) -> impl Iterator<Item = MessageId> + 'a {
        let mut seen: Vec<(u32, u16, Method, &[u8], &[u8])> = Vec::new();
        let all = self.requests.iter().chain(&self.responses).chain(&self.acks);
        all.copied().filter(move |&id| {
            let Some((summary, raw)) = sip(messages, id) else { return false };
            let method = if summary.is_request { summary.method } else { Method::Other };
            let flow = messages[id].flow;
            let key = (flow, summary.status, method, summary.branch.of(raw), summary.to_tag.of(raw));
            let again = seen.contains(&key);
            if !again {
                seen.push(key);
            }
            again
        })
    }

    /// The To tag of the first ACK or response that has one.
    fn tag_of_the_far_end(&self, messages: &Messages) -> String {
        let tags = self.acks.iter().chain(&self.responses).filter_map(|&id| sip(messages, id));
        tags.map(|(summary, raw)| text(summary.to_tag.of(raw))).find(|tag| !tag.is_empty()).unwrap_or_default()
    }

    /// The first request that was captured.
    pub fn request(&self) -> Option<MessageId> {
        self.requests.first().copied()
    }

    /// The first final response with To tag `tag`, or with any when `tag` is empty.
    pub fn final_response(&self, tag: &str, messages: &Messages) -> Option<(MessageId, u16)> {
        self.responses.iter().find_map(|&id| {
            let (summary, raw) = sip(messages, id)?;
            let matches = tag.is_empty() || summary.to_tag.of(raw) == tag.as_bytes();
            (summary.status >= 200 && matches).then_some((id, summary.status))
        })
    }
}

/// The keys of a SIP message and its bytes.
fn sip(messages: &Messages, id: MessageId) -> Option<(&Summary, &[u8])> {
    let message = &messages[id];
    Some((message.sip()?, messages.head(message)))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
