//! One shard of the flows, and the consumer that reads them.

use hashbrown::HashMap;

use super::Consumer;
use super::flow::{OpenFlow, Outlet};
use super::packet::{FlowKey, Header, Packet, Tcp};
use super::tcp::Connection;
use super::udp::Recent;
use crate::capture::{ProblemKind, Store};

/// Flows remembered in a shard: half a million over all shards, a few hundred bytes each. A flow idle for longer than
/// that many others were active is closed; if it goes on, it is a new one, picked up in the middle.
const MAX_FLOWS: usize = 65_536;

/// TCP segments waiting behind holes in a shard, 48 bytes each.
const MAX_WAITING_PIECES: usize = 1 << 19;

/// See the module.
pub(super) struct Shard<C: Consumer> {
    pub consumer: C,
    /// Places in `flows`.
    index: HashMap<FlowKey, u32>,
    flows: Vec<Entry<C::State>>,
    /// The hand of the clock: where the search for an idle flow goes on.
    hand: usize,
    waiting_pieces: usize,
    evicted_flows: u64,
    duplicate_datagrams: u64,
}

struct Entry<S> {
    flow: OpenFlow<S>,
    protocol: Protocol,
    /// Had a packet since the hand passed, besides its first.
    active: bool,
}

enum Protocol {
    Udp(Recent),
    Tcp(Box<Connection>),
}

impl<C: Consumer> Shard<C> {
    pub fn new(consumer: C) -> Self {
        Shard {
            consumer,
            index: HashMap::new(),
            flows: Vec::new(),
            hand: 0,
            waiting_pieces: 0,
            evicted_flows: 0,
            duplicate_datagrams: 0,
        }
    }

    pub fn push(&mut self, packet: &Packet, store: &Store) {
        let place = match self.index.get(&packet.key) {
            Some(&place) => place as usize,
            None => self.add(packet, store),
        };
        match packet.header {
            Header::Udp { ip_id } => self.push_udp(place, packet, ip_id, store),
            Header::Tcp(tcp) => self.push_tcp(place, packet, &tcp, store),
        }
    }

    /// The end of the capture: closes all flows, in the order in which they began. Returns the consumer, and how many
    /// duplicate datagrams were dropped.
    pub fn finish(mut self, store: &Store) -> (C, u64) {
        let mut flows = std::mem::take(&mut self.flows);
        flows.sort_by_key(|entry| entry.flow.first_frame());
        for mut entry in flows {
            close(&mut entry, &mut self.consumer, store);
        }
        let evicted = self.evicted_flows;
        if evicted > 0 {
            let detail =
                || format!("{evicted} idle flows were closed to make room; if they went on, they are listed twice");
            self.consumer.problems().note(ProblemKind::Limit, None, 0, detail);
        }
        (self.consumer, self.duplicate_datagrams)
    }

    fn push_udp(&mut self, place: usize, packet: &Packet, ip_id: u16, store: &Store) {
        let Some(Entry { flow, protocol: Protocol::Udp(recent), active }) = self.flows.get_mut(place) else { return };
        *active = flow.first_frame() != packet.frame;
        if recent.is_duplicate(packet, ip_id, store) {
            self.duplicate_datagrams += 1;
            return;
        }
        let mut out = Outlet { consumer: &mut self.consumer, flow, store, from_low: packet.from_low };
        out.datagram(packet.payload.chunks(), packet.len_bytes);
    }

    fn push_tcp(&mut self, place: usize, packet: &Packet, tcp: &Tcp, store: &Store) {
        let Some(entry) = self.flows.get_mut(place) else { return };
        entry.active = entry.flow.first_frame() != packet.frame;
        let Protocol::Tcp(connection) = &mut entry.protocol else { return };
        let mut waiting_before = connection.waiting_pieces();
        if connection.is_replaced_by(packet, tcp) {
            close(entry, &mut self.consumer, store);
            *entry = Entry::new(packet);
            self.waiting_pieces = self.waiting_pieces.saturating_sub(waiting_before);
            waiting_before = 0;
        }
        let Entry { flow, protocol: Protocol::Tcp(connection), .. } = entry else { return };
        if connection.is_over() {
            return;
        }
        if tcp.syn {
            flow.start_is_seen(packet.from_low == tcp.acknowledgment.is_none());
        }
        let mut out = Outlet { consumer: &mut self.consumer, flow, store, from_low: packet.from_low };
        connection.push(packet, tcp, &mut out);
        if self.waiting_pieces > MAX_WAITING_PIECES && connection.waiting_pieces() > 0 {
            out.note(ProblemKind::Limit, packet.frame, 0, |flow| {
                format!("{flow}: too much waits behind holes of all flows")
            });
            connection.skip_all_holes(&mut out);
        }
        self.waiting_pieces = (self.waiting_pieces + connection.waiting_pieces()).saturating_sub(waiting_before);
    }

    /// Makes room for the flow of `packet` and returns its place.
    fn add(&mut self, packet: &Packet, store: &Store) -> usize {
        let entry = Entry::new(packet);
        let place = if self.flows.len() < MAX_FLOWS {
            self.flows.push(entry);
            self.flows.len() - 1
        } else {
            let place = self.idle_place();
            self.evicted_flows += 1;
            if let Some(idle) = self.flows.get_mut(place) {
                if let Protocol::Tcp(connection) = &idle.protocol {
                    self.waiting_pieces = self.waiting_pieces.saturating_sub(connection.waiting_pieces());
                }
                close(idle, &mut self.consumer, store);
                self.index.remove(idle.flow.key());
                *idle = entry;
            }
            place
        };
        self.index.insert(packet.key, place as u32);
        place
    }

    /// The place of a flow without packets since the hand of the clock last passed it (the CLOCK page replacement).
    fn idle_place(&mut self) -> usize {
        loop {
            let place = self.hand % self.flows.len();
            self.hand = place + 1;
            match self.flows.get_mut(place) {
                Some(entry) if entry.active => entry.active = false,
                _ => return place,
            }
        }
    }
}

impl<S> Entry<S> {
    fn new(packet: &Packet) -> Self {
        let (protocol, start_seen) = match packet.header {
            Header::Udp { .. } => (Protocol::Udp(Recent::default()), true),
            Header::Tcp(_) => (Protocol::Tcp(Box::default()), false),
        };
        Entry { flow: OpenFlow::new(packet, start_seen), protocol, active: false }
    }
}

fn close<C: Consumer>(entry: &mut Entry<C::State>, consumer: &mut C, store: &Store) {
    let mut out = Outlet { consumer, flow: &mut entry.flow, store, from_low: true };
    if let Protocol::Tcp(connection) = &mut entry.protocol {
        connection.close(&mut out);
    }
    out.close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{FrameId, Span, Time};
    use crate::net::packet::Payload;
    use crate::net::testing::Recorder;
    use crate::net::{Chunk, Transport};

    /// A datagram of the client with this number.
    fn datagram(client: u32, frame: u32) -> Packet {
        let [_, a, b, c] = client.to_be_bytes();
        let (key, from_low) = FlowKey::new(([10, a, b, c], 5060).into(), ([192, 0, 2, 1], 5060).into(), Transport::Udp);
        let span = Span { segment: 0, len_bytes: 0, start: 0 };
        let chunk =
            Chunk { span, frame: FrameId(frame), frame_offset: 0, time: Time(i64::from(frame) * 1_000_000_000) };
        Packet {
            key,
            from_low,
            header: Header::Udp { ip_id: 1 },
            len_bytes: 0,
            payload: Payload::One(chunk),
            frame: chunk.frame,
            time: chunk.time,
        }
    }

    #[test]
    fn idle_flows_make_room_and_busy_ones_stay() {
        let store = Store::default();
        let mut shard = Shard::new(Recorder::default());
        let clients = MAX_FLOWS as u32 * 3;
        for client in 1..=clients {
            shard.push(&datagram(0, 2 * client), &store);
            shard.push(&datagram(client, 2 * client + 1), &store);
        }
        assert_eq!((shard.flows.len(), shard.index.len()), (MAX_FLOWS, MAX_FLOWS));
        let (mut recorder, duplicates) = shard.finish(&store);
        assert_eq!(duplicates, 0);
        assert_eq!(recorder.flows.len(), clients as usize + 1);
        assert_eq!(recorder.flows[0].datagrams.len(), clients as usize);
        assert!(recorder.flows.iter().all(|flow| flow.closed));
        let problems = std::mem::take(recorder.problems()).finish();
        assert_eq!(problems.len(), 1);
        assert!(problems[0].detail.starts_with(&format!("{} idle", clients + 1 - MAX_FLOWS as u32)));
    }
}
