//! The same message on the two legs of a participating function.

use std::borrow::Cow;

use hashbrown::HashSet;

use crate::rules::{Case, Stream};
use crate::session::{Leg, Transfer};
use crate::wire::cpim;

/// What a CPIM message is known by on every hop: its imdn.Message-ID; `None` where it has none.
pub fn key<'a>(case: &Case<'a>, transfer: &Transfer) -> Option<Cow<'a, str>> {
    if let Some(envelope) = case.envelope(transfer.first) {
        return envelope.message_id.map(Cow::Borrowed);
    }
    // Its headers go on in further packets, or are out of the ordinary.
    let message_id = cpim::parse_first_chunk(&transfer.body(case.messages())).ok()?.message_id()?.into_owned();
    Some(Cow::Owned(message_id))
}

/// The streams of a leg.
pub fn streams<'c, 'a>(case: &'c Case<'a>, leg: &'c Leg) -> impl Iterator<Item = &'c Stream<'a>> {
    case.streams().iter().filter(move |stream| std::ptr::eq(stream.leg, leg))
}

/// What the side of the focus, or that of the client, sends over a leg.
pub fn sent<'c, 'a>(
    case: &'c Case<'a>,
    leg: &'c Leg,
    from_focus: bool,
) -> impl Iterator<Item = &'a Transfer> + use<'c, 'a> {
    let own = move |stream: &'c Stream<'a>| {
        case.transfers(stream).filter(move |transfer| stream.is_from_focus(transfer) == Some(from_focus))
    };
    streams(case, leg).flat_map(own)
}

/// The imdn.Message-IDs of what one side sends over a leg.
pub fn keys<'a>(case: &Case<'a>, leg: &Leg, from_focus: bool) -> HashSet<Cow<'a, str>> {
    sent(case, leg, from_focus).filter_map(|transfer| key(case, transfer)).collect()
}
