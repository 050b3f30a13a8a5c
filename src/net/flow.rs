//! The way from a flow to its consumer.

use std::fmt;

use super::packet::FlowKey;
use super::{Chunk, Consumer, Flow, Interest, StreamEvent};
use crate::capture::{FrameId, ProblemKind, Store};

/// A flow as its consumer knows it, opened when there is something to tell: until then it may turn out that a SYN,
/// captured late, came from the other end.
#[derive(Debug)]
pub(super) struct OpenFlow<S> {
    key: FlowKey,
    client_is_low: bool,
    first_frame: FrameId,
    start_seen: bool,
    opened: Option<(Flow, S)>,
}

impl<S> OpenFlow<S> {
    pub fn new(key: FlowKey, client_is_low: bool, first_frame: FrameId, start_seen: bool) -> Self {
        OpenFlow { key, client_is_low, first_frame, start_seen, opened: None }
    }

    pub fn key(&self) -> &FlowKey {
        &self.key
    }

    pub fn first_frame(&self) -> FrameId {
        self.first_frame
    }

    /// A SYN was seen: without ACK its sender is the client, with ACK the server.
    pub fn start_is_seen(&mut self, client_is_low: bool) {
        if self.opened.is_none() && !self.start_seen {
            self.client_is_low = client_is_low;
            self.start_seen = true;
        }
    }

    fn flow(&self) -> Flow {
        let FlowKey { low, high, transport } = self.key;
        let (client, server) = if self.client_is_low { (low, high) } else { (high, low) };
        Flow { transport, client, server, first_frame: self.first_frame }
    }
}

/// Hands what happens on a flow to the consumer.
pub(super) struct Outlet<'a, C: Consumer> {
    pub consumer: &'a mut C,
    pub flow: &'a mut OpenFlow<C::State>,
    pub store: &'a Store,
    /// The direction that is spoken of.
    pub from_low: bool,
}

impl<C: Consumer> Outlet<'_, C> {
    pub fn stream(&mut self, event: StreamEvent) -> Interest {
        let from_client = self.from_low == self.flow.client_is_low;
        let store = self.store;
        let (consumer, (flow, state)) = self.open();
        consumer.stream(flow, state, from_client, event, store)
    }

    pub fn datagram(&mut self, chunks: &[Chunk], len_bytes: u32) {
        let from_client = self.from_low == self.flow.client_is_low;
        let store = self.store;
        let (consumer, (flow, state)) = self.open();
        consumer.datagram(flow, state, from_client, chunks, len_bytes, store);
    }

    /// Tells the consumer that the flow is over.
    pub fn close(self) {
        if let Some((flow, state)) = self.flow.opened.take() {
            self.consumer.close(&flow, state, self.store);
        }
    }

    /// Notes a problem of the flow; `detail` gets a name for it.
    pub fn note(
        &mut self,
        kind: ProblemKind,
        frame: FrameId,
        bytes: u64,
        detail: impl FnOnce(&dyn fmt::Display) -> String,
    ) {
        let flow = self.flow.flow();
        let (source, destination) = flow.ends(self.from_low == self.flow.client_is_low);
        self.consumer
            .problems()
            .note(kind, Some(frame), bytes, || detail(&format_args!("TCP {source} to {destination}")));
    }

    fn open(&mut self) -> (&mut C, &mut (Flow, C::State)) {
        let (flow, start_seen) = (self.flow.flow(), self.flow.start_seen);
        let consumer = &mut *self.consumer;
        let opened = self.flow.opened.get_or_insert_with(|| (flow, consumer.open(&flow, start_seen)));
        (consumer, opened)
    }
}
