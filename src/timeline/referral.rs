//! REFERs (RFC 3515) that ask the focus to invite or remove somebody, with what became of them.

use crate::session::{Call, Identity, Session, Sessions, find_body, listed_uris};
use crate::wire::sip::{Message, Method, Name};
use crate::wire::uri::{NameAddr, Uri};
use crate::wire::{MessageId, Messages};

use super::participant::Cast;

/// What the focus is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Referred {
    Invite,
    /// `method=BYE`: remove.
    Bye,
    Other,
}

impl Referred {
    /// The verb: `invite`, `remove`, or `call`.
    pub fn as_str(self) -> &'static str {
        match self {
            Referred::Invite => "invite",
            Referred::Bye => "remove",
            Referred::Other => "call",
        }
    }
}

/// A REFER and its answers.
#[derive(Clone, Debug)]
pub struct Referral {
    /// The first REFER; its further hops are the same referral.
    pub at: MessageId,
    /// Who asks: Referred-By, else the sender.
    pub by: Option<Identity>,
    pub asked: Referred,
    /// Whom it is about: the Refer-To, or the entries of the list it points at (RFC 5368).
    pub targets: Vec<Identity>,
    /// The final response and its status.
    pub answered: Option<(MessageId, u16)>,
    /// The NOTIFYs that tell how it goes, with the status line's code of their sipfrag (RFC 3420).
    pub progress: Vec<(MessageId, Option<u16>)>,
}

/// REFERs of a session that are looked at; each is compared with the stays and with those before it.
const MAX_REFERRALS: usize = 2_000;

/// Finds the REFERs of a session in order, at most [`MAX_REFERRALS`], and how many there are beyond; those of one referrer with one CSeq and target seen on several hops are one.
pub fn build(session: &Session, sessions: &Sessions, messages: &Messages, cast: &Cast) -> (Vec<Referral>, usize) {
    let legs = session.legs.iter().map(|&leg| sessions.legs[leg].call);
    let outside = session.subscriptions.iter().map(|&one| sessions.subscriptions[one].call);
    let mut calls: Vec<usize> = legs.chain(outside).collect();
    calls.sort_unstable();
    calls.dedup();
    let mut found: Vec<Referral> = calls.iter().flat_map(|&call| of_call(&sessions.calls[call], messages)).collect();
    found.sort_by_key(|referral| referral.at);
    let left_out = found.len().saturating_sub(MAX_REFERRALS);
    found.truncate(MAX_REFERRALS);
    // A B2BUA sends it on in another call before it answers.
    let mut kept: Vec<Referral> = Vec::new();
    for referral in found {
        let is_next_hop = |earlier: &&mut Referral| {
            earlier.asked == referral.asked
                && keys(&earlier.targets).eq(keys(&referral.targets))
                && earlier.answered.is_none_or(|(answer, _)| referral.at < answer)
                && same_referrer(earlier, &referral, cast)
        };
        match kept.iter_mut().rev().find(is_next_hop) {
            Some(earlier) => {
                earlier.progress.extend(referral.progress);
                earlier.answered = earlier.answered.or(referral.answered);
            }
            None => kept.push(referral),
        }
    }
    for referral in &mut kept {
        referral.progress.sort_unstable();
    }
    (kept, left_out)
}

fn keys(identities: &[Identity]) -> impl Iterator<Item = &str> {
    identities.iter().map(|identity| identity.key.as_str())
}

fn same_referrer(one: &Referral, other: &Referral, cast: &Cast) -> bool {
    let key = |referral: &Referral| referral.by.as_ref().and_then(|by| cast.find(&by.key));
    key(one) == key(other)
}

fn of_call(call: &Call, messages: &Messages) -> Vec<Referral> {
    let transactions = call.transactions.iter().filter(|transaction| transaction.method == Method::Refer);
    let mut referrals: Vec<(u32, Referral)> = transactions
        .filter_map(|transaction| {
            let at = transaction.request()?;
            let message = messages.sip(&messages[at])?;
            let answered = transaction.final_response("", messages);
            let (asked, targets) = targets(&message);
            let by = message.header(Name::ReferredBy).and_then(|by| Identity::parse(&by));
            let by = by.or_else(|| Identity::sender(&message));
            Some((transaction.cseq, Referral { at, by, asked, targets, answered, progress: Vec::new() }))
        })
        .collect();
    if referrals.is_empty() {
        return Vec::new();
    }
    for transaction in call.transactions.iter().filter(|transaction| transaction.method == Method::Notify) {
        let Some(id) = transaction.request() else { continue };
        let Some(message) = messages.sip(&messages[id]) else { continue };
        let Some(event) = message.header(Name::Event) else { continue };
        let mut parts = event.split(';').map(str::trim);
        if !parts.next().is_some_and(|package| package.eq_ignore_ascii_case("refer")) {
            continue;
        }
        // RFC 3515 §2.4.6: the id is the CSeq of the REFER; only the first REFER of a dialog may go without.
        let cseq = parts.find_map(|param| param.strip_prefix("id=")).and_then(|id| id.parse::<u32>().ok());
        let about = match cseq {
            Some(cseq) => referrals.iter_mut().find(|(of, _)| *of == cseq),
            None => referrals.iter_mut().rev().find(|(_, referral)| referral.at < id),
        };
        if let Some((_, referral)) = about {
            referral.progress.push((id, status_in_sipfrag(&message)));
        }
    }
    referrals.into_iter().map(|(_, referral)| referral).collect()
}

/// The code of the status line in a `message/sipfrag` body.
fn status_in_sipfrag(message: &Message<'_>) -> Option<u16> {
    let body = find_body(message, "message/sipfrag")?;
    let line = body.split(|byte| *byte == b'\r' || *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()?.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

fn targets(message: &Message<'_>) -> (Referred, Vec<Identity>) {
    let Some(value) = message.header(Name::ReferTo) else { return (Referred::Other, Vec::new()) };
    let Some(address) = NameAddr::parse(&value) else { return (Referred::Other, Vec::new()) };
    let uri = address.uri();
    // The method stands in the URI, or beside it where the writer left out the angle brackets (RFC 3515 §2.1).
    let in_uri = Uri::parse(uri).and_then(|uri| uri.param("method").map(str::to_ascii_uppercase));
    let asked = match in_uri.or_else(|| address.param("method").map(|method| method.to_ascii_uppercase())).as_deref() {
        None | Some("INVITE") => Referred::Invite,
        Some("BYE") => Referred::Bye,
        Some(_) => Referred::Other,
    };
    if !uri.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("cid:")) {
        return (asked, vec![Identity { display_name: None, ..Identity::from_uri(bare(uri)) }]);
    }
    let listed = listed_uris(message);
    let is_removal =
        |uri: &String| Uri::parse(uri).and_then(|uri| uri.param("method")).is_some_and(|method| method == "BYE");
    let asked = if listed.iter().any(is_removal) { Referred::Bye } else { asked };
    let identities = listed.iter().map(|uri| Identity::from_uri(bare(uri))).collect();
    (asked, identities)
}

/// The URI without its headers and its `method` parameter, which say what to do with it and not whose it is.
fn bare(uri: &str) -> &str {
    let uri = uri.split('?').next().unwrap_or(uri);
    match uri.to_ascii_lowercase().find(";method=") {
        Some(at) => &uri[..at],
        None => uri,
    }
}
