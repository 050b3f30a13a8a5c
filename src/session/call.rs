//! All SIP messages with one Call-ID: its transactions, and its dialogs with forks kept apart by tags.
//!
//! A call that passes proxies is seen once per hop with the same Call-ID and tags: hops and retransmissions of a request are
//! sightings of one transaction.

use hashbrown::{HashMap, HashSet};

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
    /// Forks beyond `MAX_FORKS`, which have no dialogs.
    pub forks_left_out: usize,
}

/// Far ends of one request that get dialogs of their own, those that accepted first. A user has a handful of devices; thousands of
/// tags are an attack on whoever keeps a dialog for each.
pub const MAX_FORKS: usize = 64;

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
            forks_left_out: 0,
        };
        call.find_transactions(ids, messages);
        call.find_dialogs(messages);
        call
    }

    fn find_transactions(&mut self, ids: &[MessageId], messages: &Messages) {
        let mut known: HashMap<(&[u8], u32, Method), usize> = HashMap::new();
        // Dialogs count for themselves (RFC 3261 §12.2.1.1): towards two forks a caller sends the same number.
        let mut inside: HashMap<(usize, &[u8]), usize> = HashMap::new();
        for &id in ids {
            let message = &messages[id];
            let Some(summary) = message.sip() else { continue };
            let raw = messages.head(message);
            // An ACK carries the number and tag of its INVITE. A CANCEL does, too, but is a transaction of its own.
            let method = if summary.method == Method::Ack { Method::Invite } else { summary.method };
            let (from_tag, to_tag) = (summary.from_tag.of(raw), summary.to_tag.of(raw));
            let begin = |transactions: &mut Vec<Transaction>| {
                transactions.push(Transaction {
                    method,
                    cseq: summary.cseq,
                    from_tag: text(from_tag),
                    to_tag: String::new(),
                    requests: Vec::new(),
                    responses: Vec::new(),
                    acks: Vec::new(),
                });
                transactions.len() - 1
            };
            let first = known.entry((from_tag, summary.cseq, method));
            let mut index = *first.or_insert_with(|| begin(&mut self.transactions));
            let known_tag = self.transactions[index].to_tag.as_bytes();
            if !known_tag.is_empty() && !to_tag.is_empty() && known_tag != to_tag {
                index = *inside.entry((index, to_tag)).or_insert_with(|| begin(&mut self.transactions));
            }
            let transaction = &mut self.transactions[index];
            match (summary.is_request, summary.method) {
                (true, Method::Ack) => transaction.acks.push(id),
                (true, _) => {
                    if transaction.requests.is_empty() {
                        transaction.to_tag = text(to_tag);
                    }
                    transaction.requests.push(id);
                }
                (false, _) => transaction.responses.push(id),
            }
        }
    }

    fn find_dialogs(&mut self, messages: &Messages) {
        let mut finder = DialogFinder { last_attempts: self.last_attempts(), ..DialogFinder::default() };
        for index in 0..self.transactions.len() {
            let transaction = &self.transactions[index];
            let kind = match transaction.method {
                Method::Invite | Method::Bye | Method::Update | Method::Prack | Method::Info => DialogKind::Invite,
                Method::Subscribe | Method::Notify | Method::Refer => DialogKind::Subscription,
                _ => continue,
            };
            let mut tags = (transaction.from_tag.clone(), transaction.to_tag.clone());
            if transaction.requests.is_empty() {
                // The request was lost: its ACK or answer tells whether it was inside a dialog.
                tags.1 = transaction.tag_of_the_far_end(messages);
                if !transaction.responses.is_empty() && finder.find(&tags).is_none() {
                    tags.1.clear();
                }
            }
            if !tags.1.is_empty() {
                finder.add_inside(index, kind, tags);
            } else if matches!(transaction.method, Method::Invite | Method::Subscribe | Method::Refer) {
                finder.add_attempt(index, kind, transaction, messages);
            }
        }
        // A CANCEL is a transaction of its own outside the dialog; it belongs to the dialogs of the INVITE it takes back.
        let mut cancels: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, transaction) in self.transactions.iter().enumerate() {
            if transaction.method == Method::Cancel {
                cancels.entry(&transaction.from_tag).or_default().push(index);
            }
        }
        for dialog in &mut finder.dialogs {
            dialog.transactions.extend(cancels.get(dialog.caller_tag.as_str()).into_iter().flatten());
        }
        (self.dialogs, self.forks_left_out) = (finder.dialogs, finder.forks_left_out);
    }

    /// Of each caller (method and tag) the last request outside a dialog.
    fn last_attempts(&self) -> HashMap<(Method, String), usize> {
        let attempts = self.transactions.iter().enumerate().filter(|(_, transaction)| transaction.to_tag.is_empty());
        attempts.map(|(index, transaction)| ((transaction.method, transaction.from_tag.clone()), index)).collect()
    }
}

/// Finds the dialogs of a call while its transactions go by.
#[derive(Default)]
struct DialogFinder {
    dialogs: Vec<Dialog>,
    by_tags: HashMap<(String, String), usize>,
    /// Refused attempts by the caller's tag, which go on in the next attempt.
    retried: HashMap<String, Vec<usize>>,
    last_attempts: HashMap<(Method, String), usize>,
    forks_left_out: usize,
}

impl DialogFinder {
    /// The dialog with these tags, in either direction.
    fn find(&self, tags: &(String, String)) -> Option<usize> {
        self.by_tags.get(tags).or_else(|| self.by_tags.get(&(tags.1.clone(), tags.0.clone()))).copied()
    }

    /// Adds a transaction that carries both tags.
    fn add_inside(&mut self, index: usize, kind: DialogKind, tags: (String, String)) {
        let dialog = self.find(&tags).or_else(|| self.answer_lost(&tags)).unwrap_or_else(|| {
            // The beginning was not captured, or a NOTIFY came before the response to its SUBSCRIBE.
            let (caller_tag, callee_tag) = tags.clone();
            self.dialogs.push(Dialog { kind, caller_tag, callee_tag, transactions: Vec::new(), start_seen: false });
            self.by_tags.insert(tags, self.dialogs.len() - 1);
            self.dialogs.len() - 1
        });
        let dialog = &mut self.dialogs[dialog];
        dialog.transactions.push(index);
        if kind == DialogKind::Invite {
            dialog.kind = kind;
        }
    }

    /// The dialog whose far end is not known yet, as its answer was not captured: it is known by what is sent inside.
    fn answer_lost(&mut self, (from, to): &(String, String)) -> Option<usize> {
        let (dialog, callee_tag) = [(from, to), (to, from)].into_iter().find_map(|(caller, callee)| {
            self.by_tags.remove(&(caller.clone(), String::new())).map(|dialog| (dialog, callee.clone()))
        })?;
        self.dialogs[dialog].callee_tag.clone_from(&callee_tag);
        self.by_tags.insert((self.dialogs[dialog].caller_tag.clone(), callee_tag), dialog);
        Some(dialog)
    }

    /// Adds a request that is to make a dialog: one dialog per far end that answered.
    fn add_attempt(&mut self, index: usize, kind: DialogKind, transaction: &Transaction, messages: &Messages) {
        let caller_tag = &transaction.from_tag;
        let mut attempts = self.retried.remove(caller_tag).unwrap_or_default();
        attempts.push(index);
        let answers = transaction.answers(messages);
        let again = self.last_attempts.get(&(transaction.method, caller_tag.clone())).is_some_and(|last| *last > index);
        if again && matches!(answers.as_slice(), [only] if is_retry(only.status)) {
            self.retried.insert(caller_tag.clone(), attempts);
            return;
        }
        let mut callee_tags: Vec<String> = match answers.is_empty() {
            true => vec![transaction.acknowledged_tag(messages)],
            false => answers.into_iter().map(|answer| answer.tag).collect(),
        };
        self.forks_left_out += callee_tags.len().saturating_sub(MAX_FORKS);
        callee_tags.truncate(MAX_FORKS);
        for callee_tag in callee_tags {
            let tags = (caller_tag.clone(), callee_tag);
            let (caller_tag, callee_tag) = tags.clone();
            let made = Dialog { kind, caller_tag, callee_tag, transactions: attempts.clone(), start_seen: true };
            match self.find(&tags) {
                // Messages inside the dialog were seen before its answer.
                Some(known) => {
                    let later = std::mem::replace(&mut self.dialogs[known], made).transactions;
                    self.dialogs[known].transactions.extend(later);
                }
                None => {
                    self.dialogs.push(made);
                    self.by_tags.insert(tags, self.dialogs.len() - 1);
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
        let mut by_tag: HashMap<&[u8], usize> = HashMap::new();
        for (summary, raw) in self.responses.iter().filter_map(|&id| sip(messages, id)) {
            if summary.status < 101 {
                continue;
            }
            let tag = summary.to_tag.of(raw);
            let status = if summary.status >= 200 { summary.status } else { 0 };
            let index = *by_tag.entry(tag).or_insert_with(|| {
                answers.push(Answer { tag: text(tag), status: 0 });
                answers.len() - 1
            });
            if answers[index].status == 0 {
                answers[index].status = status;
            }
        }
        let accepted = answers.iter().any(|answer| (200..300).contains(&answer.status));
        if !accepted && answers.iter().any(|answer| answer.status >= 300) {
            answers.retain(|answer| answer.status >= 300);
            answers.truncate(1);
        }
        if answers.len() > MAX_FORKS {
            answers.sort_by_key(|answer| answer.status == 0);
        }
        answers
    }

    /// Messages that repeat an earlier one on the same hop (RFC 3261 §17): same flow, same branch, same status.
    pub fn retransmissions(&self, messages: &Messages) -> Vec<MessageId> {
        let mut seen = HashSet::new();
        let is_repeated = |&id: &MessageId| {
            let Some((summary, raw)) = sip(messages, id) else { return false };
            let method = summary.is_request.then_some(summary.method);
            let hop = (messages[id].flow, summary.branch.of(raw));
            !seen.insert((hop, method, summary.status, summary.to_tag.of(raw)))
        };
        self.requests.iter().chain(&self.responses).chain(&self.acks).copied().filter(is_repeated).collect()
    }

    /// The To tag of the first ACK, or nothing.
    fn acknowledged_tag(&self, messages: &Messages) -> String {
        let first = self.acks.first().and_then(|&ack| sip(messages, ack));
        first.map(|(summary, raw)| text(summary.to_tag.of(raw))).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::testing::messages;

    /// (caller tag, callee tag, number of transactions, start seen) of the dialogs in a call of these messages:
    /// start line, CSeq, From tag, To tag.
    fn dialogs(lines: &[(&str, &str, &str, &str)]) -> Vec<(String, String, usize, bool)> {
        let texts = lines.iter().map(|(start, cseq, from, to)| {
            let to = if to.is_empty() { String::new() } else { format!(";tag={to}") };
            format!("{start}\r\nVia: SIP/2.0/UDP h;branch=z{cseq}\r\nFrom: <sip:a@x>;tag={from}\r\nTo: <sip:b@x>{to}\r\nCall-ID: c\r\nCSeq: {cseq}\r\n\r\n")
        });
        let messages = messages(texts);
        let ids: Vec<MessageId> = messages.iter().map(|(id, _)| id).collect();
        let call = Call::build(b"c", &ids, &messages);
        let row = |dialog: Dialog| (dialog.caller_tag, dialog.callee_tag, dialog.transactions.len(), dialog.start_seen);
        call.dialogs.into_iter().map(row).collect()
    }

    const INVITE: &str = "INVITE sip:b@x SIP/2.0";

    #[test]
    fn forks_are_kept_apart_by_their_tags() {
        let found = dialogs(&[
            (INVITE, "1 INVITE", "f", ""),
            ("SIP/2.0 180 Ringing", "1 INVITE", "f", "t1"),
            ("SIP/2.0 200 OK", "1 INVITE", "f", "t2"),
            ("ACK sip:b@x SIP/2.0", "1 ACK", "f", "t2"),
            ("BYE sip:a@x SIP/2.0", "9 BYE", "t2", "f"),
        ]);
        assert_eq!(found, [("f".into(), "t1".into(), 1, true), ("f".into(), "t2".into(), 2, true)]);
    }

    #[test]
    fn each_fork_counts_its_requests_for_itself() {
        let mut lines = vec![(INVITE, "1 INVITE", "f", "")];
        lines.extend(["t1", "t2"].map(|tag| ("SIP/2.0 200 OK", "1 INVITE", "f", tag)));
        lines.extend(["t1", "t2"].map(|tag| ("ACK sip:b@x SIP/2.0", "1 ACK", "f", tag)));
        lines.extend(["t1", "t2"].map(|tag| ("BYE sip:b@x SIP/2.0", "2 BYE", "f", tag)));
        lines.extend(["t1", "t2", "t2"].map(|tag| ("SIP/2.0 200 OK", "2 BYE", "f", tag)));
        let found = dialogs(&lines);
        assert_eq!(found, [("f".into(), "t1".into(), 2, true), ("f".into(), "t2".into(), 2, true)]);
    }

    #[test]
    fn a_flood_of_forks_gets_a_bounded_number_of_dialogs_and_keeps_the_one_that_answered() {
        let tags: Vec<String> = (0..MAX_FORKS + 36).map(|number| format!("t{number}")).collect();
        let mut lines = vec![(INVITE, "1 INVITE", "f", "")];
        lines.extend(tags.iter().map(|tag| ("SIP/2.0 180 Ringing", "1 INVITE", "f", tag.as_str())));
        lines.push(("SIP/2.0 200 OK", "1 INVITE", "f", "answers"));
        let found = dialogs(&lines);
        assert_eq!((found.len(), found[0].1.as_str()), (MAX_FORKS, "answers"));
    }

    #[test]
    fn an_attempt_with_credentials_goes_on_in_the_same_dialog() {
        let found = dialogs(&[
            (INVITE, "1 INVITE", "f", ""),
            ("SIP/2.0 407 Proxy Authentication Required", "1 INVITE", "f", "p"),
            ("ACK sip:b@x SIP/2.0", "1 ACK", "f", "p"),
            (INVITE, "2 INVITE", "f", ""),
            ("SIP/2.0 200 OK", "2 INVITE", "f", "t"),
        ]);
        assert_eq!(found, [("f".into(), "t".into(), 2, true)]);
    }

    #[test]
    fn a_refusal_speaks_for_the_forks_that_rang() {
        let found = dialogs(&[
            (INVITE, "1 INVITE", "f", ""),
            ("SIP/2.0 180 Ringing", "1 INVITE", "f", "t1"),
            ("CANCEL sip:b@x SIP/2.0", "1 CANCEL", "f", ""),
            ("SIP/2.0 487 Request Terminated", "1 INVITE", "f", "t2"),
        ]);
        assert_eq!(found, [("f".into(), "t2".into(), 2, true)]);
    }

    #[test]
    fn a_dialog_whose_answer_was_lost_is_one() {
        let later = [("BYE sip:a@x SIP/2.0", "9 BYE", "t", "f")];
        let acknowledged = [(INVITE, "1 INVITE", "f", ""), ("ACK sip:b@x SIP/2.0", "1 ACK", "f", "t"), later[0]];
        assert_eq!(dialogs(&acknowledged), [("f".into(), "t".into(), 2, true)]);
        assert_eq!(dialogs(&[acknowledged[0], later[0]]), [("f".into(), "t".into(), 2, true)]);
    }

    #[test]
    fn a_dialog_entered_in_the_middle_is_one_and_a_lost_invite_too() {
        let found = dialogs(&[
            ("REFER sip:b@x SIP/2.0", "5 REFER", "f", "t"),
            ("NOTIFY sip:a@x SIP/2.0", "1 NOTIFY", "t", "f"),
            ("BYE sip:b@x SIP/2.0", "6 BYE", "f", "t"),
        ]);
        assert_eq!(found, [("f".into(), "t".into(), 3, false)]);
        let found = dialogs(&[
            ("SIP/2.0 200 OK", "1 INVITE", "f", "t"),
            ("ACK sip:b@x SIP/2.0", "1 ACK", "f", "t"),
            ("BYE sip:b@x SIP/2.0", "2 BYE", "f", "t"),
        ]);
        assert_eq!(found, [("f".into(), "t".into(), 2, true)]);
    }

    #[test]
    fn only_a_repetition_on_the_same_hop_is_a_retransmission() {
        let texts = ["h1", "h1", "h2"].map(|branch| {
            format!("{INVITE}\r\nVia: SIP/2.0/UDP h;branch={branch}\r\nFrom: <sip:a@x>;tag=f\r\nTo: <sip:b@x>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n")
        });
        let messages = messages(texts);
        let ids: Vec<MessageId> = messages.iter().map(|(id, _)| id).collect();
        let call = Call::build(b"c", &ids, &messages);
        assert_eq!(call.transactions[0].retransmissions(&messages), [MessageId(1)]);
    }
}
