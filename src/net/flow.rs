//! The way from a flow to its consumer.

use std::fmt;

use super::packet::{FlowKey, Packet};
use super::{Chunk, Consumer, Flow, Interest, StreamEvent};
use crate::capture::{FrameId, ProblemKind, Store, Time};

/// A flow as its consumer knows it, opened when there is something to tell: until then it may turn out that a SYN,
/// captured late, came from the other end.
#[derive(Debug)]
pub(super) struct OpenFlow<S> {
    known: Known,
    opened: Option<(Flow, S)>,
}

/// What the packets of a flow told about it.
#[derive(Debug)]
struct Known {
    key: FlowKey,
    client_is_low: bool,
    first_frame: FrameId,
    first_time: Time,
    start_seen: bool,
}

impl<S> OpenFlow<S> {
    /// The flow that this packet begins.
    pub fn new(packet: &Packet, start_seen: bool) -> Self {
        let (first_frame, first_time) = (packet.frame, packet.time);
        let known = Known { key: packet.key, client_is_low: packet.from_low, first_frame, first_time, start_seen };
        OpenFlow { known, opened: None }
    }

    pub fn key(&self) -> &FlowKey {
        &self.known.key
    }

    pub fn first_frame(&self) -> FrameId {
        self.known.first_frame
    }

    /// A SYN was seen: without ACK its sender is the client, with ACK the server.
    pub fn start_is_seen(&mut self, client_is_low: bool) {
        if self.opened.is_none() && !self.known.start_seen {
            self.known.client_is_low = client_is_low;
            self.known.start_seen = true;
        }
    }
}

impl Known {
    fn flow(&self) -> Flow {
        let [low, high] = self.key.ends();
        let (client, server) = if self.client_is_low { (low, high) } else { (high, low) };
        let Known { first_frame, first_time, start_seen, .. } = *self;
        Flow { transport: self.key.transport(), client, server, first_frame, first_time, start_seen }
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
    pub fn refused(&mut self) {
        let flow = self.flow.known.flow();
        self.consumer.refused(&flow);
    }

    pub fn stream(&mut self, event: StreamEvent) -> Interest {
        let from_client = self.from_low == self.flow.known.client_is_low;
        let store = self.store;
        let (consumer, (flow, state)) = self.open();
        consumer.stream(flow, state, from_client, event, store)
    }

    pub fn datagram(&mut self, chunks: &[Chunk], len_bytes: u32) {
        let from_client = self.from_low == self.flow.known.client_is_low;
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
        let flow = self.flow.known.flow();
        let (source, destination) = flow.ends(self.from_low == self.flow.known.client_is_low);
        self.consumer
            .problems()
            .note(kind, Some(frame), bytes, || detail(&format_args!("TCP {source} to {destination}")));
    }

    fn open(&mut self) -> (&mut C, &mut (Flow, C::State)) {
        let consumer = &mut *self.consumer;
        let OpenFlow { known, opened } = &mut *self.flow;
        let opened = opened.get_or_insert_with(|| {
            let flow = known.flow();
            (flow, consumer.open(&flow))
        });
        (consumer, opened)
    }
}
