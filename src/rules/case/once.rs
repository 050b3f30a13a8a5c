//! What several rules of a family want to know of a session, found out once.

use std::borrow::Borrow;
use std::cell::{OnceCell, RefCell};
use std::hash::Hash;
use std::rc::Rc;

use hashbrown::HashMap;

use super::{Case, Stream};
use crate::rules::Sent;
use crate::rules::chat::address::{self, Addressed};
use crate::rules::chat::composing::Status;
use crate::rules::msrp::path::Paths;
use crate::rules::sdp::offers::{Described, Exchange};
use crate::session::{Identity, focus_contact, listed_uris, uri_key};
use crate::wire::MessageId;
use crate::wire::cpim::Address;
use crate::wire::sdp::{self, Sdp};
use crate::wire::sip::Message;

/// Messages and texts of a session of which something is kept: far more than a group has.
const MAX_KEPT: usize = 20_000;

/// What was found out so far.
#[derive(Default)]
pub(super) struct Once<'a> {
    sdp: RefCell<HashMap<MessageId, Option<Rc<Sdp<'a>>>>>,
    descriptions: OnceCell<Vec<Described<'a>>>,
    exchanges: OnceCell<Vec<Exchange<'a>>>,
    keys: RefCell<HashMap<String, Rc<str>>>,
    address_keys: RefCell<HashMap<String, Rc<str>>>,
    listed: RefCell<HashMap<MessageId, Rc<[String]>>>,
    focuses: RefCell<HashMap<MessageId, Option<Rc<Identity>>>>,
    /// By the leg, and whether the caller sends.
    paths: RefCell<HashMap<(usize, bool), Rc<Paths<'a>>>>,
    addressed: OnceCell<Vec<(Sent<'a>, &'a str, Addressed)>>,
    composing: OnceCell<Vec<Status<'a>>>,
}

impl<'a> Case<'a> {
    /// The session description in a SIP message; `None` where it has none, or one that cannot be read.
    pub fn sdp(&self, id: MessageId, message: &Message<'a>) -> Option<Rc<Sdp<'a>>> {
        kept(&self.once.sdp, &id, || {
            // A message in several pieces is put together for the moment only.
            let session = match message.lasting_body_of("application/sdp") {
                Some(body) => sdp::parse(body).ok(),
                None => sdp::parse(message.body_of("application/sdp")?).ok().map(Sdp::into_owned),
            };
            session.map(Rc::new)
        })
    }

    /// The session descriptions of all legs, leg by leg and in order, retransmissions left out.
    pub fn descriptions(&self) -> &[Described<'a>] {
        self.once.descriptions.get_or_init(|| Described::all(self))
    }

    /// The offers in INVITEs and UPDATEs of all legs, and what the 2xx answer.
    pub fn exchanges(&self) -> &[Exchange<'a>] {
        self.once.exchanges.get_or_init(|| Exchange::all(self))
    }

    /// The normalised form of a URI, as [`uri_key`] has it: a few stand in thousands of documents and messages.
    pub fn key(&self, uri: &str) -> Rc<str> {
        kept(&self.once.keys, uri, || uri_key(uri).into())
    }

    /// The normalised form of the URI in an address of CPIM, such as `Alice <sip:alice@example.com>`.
    pub fn address_key(&self, address: &str) -> Rc<str> {
        kept(&self.once.address_keys, address, || self.key(&Address::parse(address).uri))
    }

    /// The URIs of the list of recipients in a SIP message, as written; empty where there is none.
    pub fn listed_uris(&self, id: MessageId, message: &Message<'_>) -> Rc<[String]> {
        kept(&self.once.listed, &id, || listed_uris(message).into())
    }

    /// The Contact of a SIP message that carries `isfocus`, as [`focus_contact`] finds it.
    pub fn focus_contact(&self, id: MessageId, message: &Message<'_>) -> Option<Rc<Identity>> {
        kept(&self.once.focuses, &id, || focus_contact(message).map(Rc::new))
    }

    /// The paths of what one side sends over a stream, beside those of SDP.
    pub fn paths(&self, stream: &Stream<'a>, from_caller: bool) -> Rc<Paths<'a>> {
        let mut known = self.once.paths.borrow_mut();
        let paths = known.entry((stream.leg_index, from_caller));
        Rc::clone(paths.or_insert_with(|| Rc::new(Paths::compare(self, stream, from_caller))))
    }

    /// The addresses that the clients of a group write to: the first message to each, the To as written, and who is meant.
    pub fn addressed(&self) -> &[(Sent<'a>, &'a str, Addressed)] {
        self.once.addressed.get_or_init(|| address::addressed(self))
    }

    /// The isComposing statuses.
    pub fn composing(&self) -> &[Status<'a>] {
        self.once.composing.get_or_init(|| Status::all(self))
    }
}

/// What was found out about a message or a text before, or is now.
pub(super) fn kept<K, V>(known: &RefCell<HashMap<K::Owned, V>>, about: &K, find_out: impl FnOnce() -> V) -> V
where
    K: ToOwned<Owned: Borrow<K> + Hash + Eq> + Hash + Eq + ?Sized,
    V: Clone,
{
    if let Some(found) = known.borrow().get(about) {
        return found.clone();
    }
    let found = find_out();
    let mut known = known.borrow_mut();
    if known.len() < MAX_KEPT {
        known.insert(about.to_owned(), found.clone());
    }
    found
}
