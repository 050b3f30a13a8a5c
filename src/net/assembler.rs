//! Packets → consumers of flows, in parallel and with the same result whatever the number of threads.
//!
//! IP fragments are put together in order, and each flow belongs to one of [`SHARDS`] shards, which are worked on side by
//! side; within a shard packets come in capture order.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::Consumer;
use super::fragments::Fragments;
use super::packets::{Packets, Task};
use super::shard::Shard;
use crate::capture::{Frame, FrameId, LinkType, ProblemKind, Problems, Store};

/// Into how many shards the flows are divided. Fixed, so that the output does not depend on the machine; more than the
/// cores of a laptop, so that an uneven division leaves none idle for long.
pub const SHARDS: usize = 16;

/// What is left when the capture is over.
pub struct Assembled<C> {
    /// The consumers, by shard.
    pub consumers: Vec<C>,
    /// Problems of frames; those of flows are with the consumers.
    pub problems: Problems,
    /// Copies of datagrams and fragments that the capture has twice, not passed on.
    pub duplicate_datagrams: u64,
}

/// Turns packets into datagrams and streams; see the module.
pub struct Assembler<C: Consumer> {
    shards: Vec<Shard<C>>,
    fragments: Fragments,
    problems: Problems,
    unknown_links: BTreeMap<LinkType, UnknownLink>,
    /// The store of the latest batch, which holds the bytes of all before.
    store: Arc<Store>,
}

struct UnknownLink {
    first: FrameId,
    frames: u64,
    bytes: u64,
}

impl<C: Consumer> Assembler<C> {
    /// `make_consumer` makes the consumer of each shard.
    pub fn new(make_consumer: impl Fn(usize) -> C) -> Self {
        Assembler {
            shards: (0..SHARDS).map(|shard| Shard::new(make_consumer(shard))).collect(),
            fragments: Fragments::default(),
            problems: Problems::default(),
            unknown_links: BTreeMap::new(),
            store: Arc::default(),
        }
    }

    /// The next packets; takes them out. Their store must hold the bytes of all batches before it as well.
    pub fn push(&mut self, packets: &mut Packets) {
        self.store = Arc::clone(&packets.store);
        let store = &*packets.store;
        for task in &mut packets.tasks {
            self.assemble_fragments(task, store);
            self.count_unknown_links(&task.unknown_links);
            self.problems.append(std::mem::take(&mut task.problems));
        }
        self.shards.par_iter_mut().enumerate().for_each(|(index, shard)| {
            for packet in packets.tasks.iter().flat_map(|task| &task.packets[index]) {
                shard.push(packet, store);
            }
        });
        packets.clear();
    }

    /// The end of the capture.
    pub fn finish(mut self) -> Assembled<C> {
        let store = &*self.store;
        for packet in self.fragments.finish(store, &mut self.problems) {
            self.shards[packet.key.shard(SHARDS)].push(&packet, store);
        }
        let finished: Vec<(C, u64)> = self.shards.into_par_iter().map(|shard| shard.finish(store)).collect();
        for (link, UnknownLink { first, frames, bytes }) in self.unknown_links {
            let detail = || format!("{frames} frames of {link} (LINKTYPE {}) are not decoded", link.0);
            self.problems.note(ProblemKind::UnknownLinkType, Some(first), bytes, detail);
        }
        let duplicate_datagrams = finished.iter().map(|(_, duplicates)| duplicates).sum::<u64>();
        Assembled {
            duplicate_datagrams: duplicate_datagrams + self.fragments.duplicates,
            consumers: finished.into_iter().map(|(consumer, _)| consumer).collect(),
            problems: self.problems,
        }
    }

    /// Puts the packets that come of fragments to the other packets of the task, in the order of frames.
    fn assemble_fragments(&mut self, task: &mut Task, store: &Store) {
        let mut packets = Vec::new();
        for fragment in &task.fragments {
            self.fragments.push(fragment, store, &mut self.problems, &mut packets);
        }
        for packet in packets {
            let shard = &mut task.packets[packet.key.shard(SHARDS)];
            let place = shard.partition_point(|other| other.frame < packet.frame);
            shard.insert(place, packet);
        }
    }

    fn count_unknown_links(&mut self, frames: &[Frame]) {
        for frame in frames {
            let unknown =
                self.unknown_links.entry(frame.link).or_insert(UnknownLink { first: frame.id, frames: 0, bytes: 0 });
            unknown.frames += 1;
            unknown.bytes += u64::from(frame.original_len_bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::capture::{LinkType, ProblemKind};
    use crate::net::testing::{FOCUS, TcpSegment, Trace, fragment, udp};

    /// A hundred clients that talk at once, some of it in fragments.
    fn busy() -> Trace {
        let mut trace = Trace::default();
        for round in 0..5u32 {
            for client in 0..100u16 {
                let alice = format!("192.0.2.{}:{}", client % 7 + 10, 40_000 + client);
                let text = format!("message {round} of client {client}, which is long enough for fragments");
                let seq = 1000 + 60 * round;
                trace.tcp(&alice, FOCUS, TcpSegment { seq, ack: 1, flags: "A", data: text.as_bytes() });
                let datagram = udp(&alice, FOCUS, client + 1, text.as_bytes());
                trace.ip(&fragment(&datagram, client + 1, 24..datagram.len() - 20));
                trace.ip(&fragment(&datagram, client + 1, 0..24));
            }
        }
        trace
    }

    #[test]
    fn neither_batches_nor_threads_change_the_result() {
        let read = |batch: usize, threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            let record = pool.install(|| busy().read_in_batches(batch));
            let describe = |flow: &crate::net::testing::RecordedFlow| {
                format!("{:?} {:?} {:?} {:?}", flow.flow, flow.streams(), flow.datagrams, flow.origins)
            };
            (record.flows.iter().map(describe).collect::<Vec<_>>(), record.problems)
        };
        let expected = read(usize::MAX, 1);
        assert_eq!(expected.0.len(), 200);
        assert_eq!(expected.1, []);
        for (batch, threads) in [(1, 1), (7, 2), (100, 3), (usize::MAX, 4)] {
            assert!(read(batch, threads) == expected, "{batch} frames in a batch, {threads} threads");
        }
    }

    #[test]
    fn an_unknown_link_type_is_noted_once() {
        let mut trace = Trace::default();
        trace.frame(LinkType::RAW, &udp("192.0.2.1:1", FOCUS, 1, b"hi"));
        for _ in 0..3 {
            trace.frame(LinkType(147), b"12345");
        }
        let record = trace.read();
        assert_eq!(record.problem_kinds(), [ProblemKind::UnknownLinkType]);
        assert_eq!((record.problems[0].frame.map(|frame| frame.0), record.problems[0].bytes), (Some(1), 15));
        assert_eq!(record.problems[0].detail, "3 frames of link-type-147 (LINKTYPE 147) are not decoded");
        assert_eq!(record.flows.len(), 1);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert!(Trace::default().read().flows.is_empty());
    }
}
