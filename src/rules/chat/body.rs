//! The bodies that the rules of this family read.

use std::borrow::Cow;
use std::ops::Range;

use crate::rules::{Actor, Case, Place, Sent};
use crate::wire::{MessageId, cpim};

/// An MSRP message whose every byte was captured.
pub struct Body<'a> {
    pub sent: Sent<'a>,
    pub actor: Actor,
    pub body: Cow<'a, [u8]>,
}

impl<'a> Body<'a> {
    pub fn of(case: &Case<'a>, sent: Sent<'a>) -> Option<Body<'a>> {
        let messages = case.messages();
        sent.transfer.is_complete(messages).then(|| Body {
            sent,
            actor: sent.sender(case),
            body: sent.transfer.body(messages),
        })
    }

    pub fn first(&self) -> MessageId {
        self.sent.transfer.first
    }

    /// Where a range of the body stands; of a message in several chunks, the first of them.
    pub fn place(&self, case: &Case<'_>, range: Range<usize>) -> Place {
        let first = self.first();
        let start = case.messages()[first].msrp().map(|summary| summary.body.range().start);
        let is_single = self.sent.transfer.more().is_empty();
        Place { message: first, range: start.filter(|_| is_single).map(|start| start + range.start..start + range.end) }
    }
}

/// The CPIM messages that are not as everybody writes them.
pub fn odd_cpim<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = Body<'a>> + use<'c, 'a> {
    case.glance().cpim.iter().filter_map(move |&sent| Body::of(case, sent))
}

/// The notifications that are not as everybody writes them, and where the document stands in each.
pub fn imdns<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = (Body<'a>, Range<usize>)> + use<'c, 'a> {
    let glance = case.glance();
    let all = glance.imdn.iter().chain(&glance.cpim);
    all.filter_map(move |&sent| {
        let body = Body::of(case, sent)?;
        let message = cpim::parse(&body.body).ok()?;
        let is_it = message.content_headers.content_type().is_some_and(|kind| kind.is("message/imdn+xml"));
        let content = message.body.clone();
        is_it.then_some((body, content))
    })
}
