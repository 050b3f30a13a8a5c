//! A batch of frames → their packets, decoded in parallel and divided among the shards.

use std::sync::Arc;

use rayon::prelude::*;

use super::SHARDS;
use super::decode::{self, Decoded, Unreadable};
use super::fragments::Fragment;
use super::packet::Packet;
use crate::capture::{Batch, Frame, ProblemKind, Problems, Store};

/// Frames decoded as one task: enough that handing them over costs nothing, few enough to stay in the cache.
const FRAMES_PER_TASK: usize = 512;

/// The packets of one batch. Used again for another batch, it keeps its memory.
#[derive(Default)]
pub struct Packets {
    /// In the order of frames; those behind the last may be empty.
    pub(super) tasks: Vec<Task>,
    /// Holds the bytes of the batch.
    pub(super) store: Arc<Store>,
}

/// What a task makes of its frames.
#[derive(Default)]
pub(super) struct Task {
    /// Packets by shard.
    pub packets: [Vec<Packet>; SHARDS],
    pub fragments: Vec<Fragment>,
    pub unknown_links: Vec<Frame>,
    pub problems: Problems,
}

impl Packets {
    /// Decodes a batch. What was there before must have been taken.
    pub fn decode(&mut self, batch: &Batch) {
        self.store = Arc::clone(&batch.store);
        let count = batch.frames.len().div_ceil(FRAMES_PER_TASK).max(self.tasks.len());
        self.tasks.resize_with(count, Task::default);
        let tasks = batch.frames.par_chunks(FRAMES_PER_TASK).zip(&mut self.tasks);
        tasks.for_each(|(frames, task)| task.decode(frames, &batch.store));
    }

    pub(super) fn clear(&mut self) {
        self.tasks.iter_mut().for_each(Task::clear);
    }
}

impl Task {
    fn clear(&mut self) {
        self.packets.iter_mut().for_each(Vec::clear);
        self.fragments.clear();
        self.unknown_links.clear();
    }

    fn decode(&mut self, frames: &[Frame], store: &Store) {
        for frame in frames {
            self.decode_frame(frame, store);
        }
    }

    fn decode_frame(&mut self, frame: &Frame, store: &Store) {
        let bytes = u64::from(frame.original_len_bytes);
        let reading = match decode::decode(frame, store.bytes(frame.data)) {
            Ok(reading) => reading,
            Err(Unreadable::Cut) => {
                return self.problems.note(ProblemKind::CutFrame, Some(frame.id), bytes, || {
                    format!("only {} of {bytes} bytes were captured: not even the headers", frame.data.len_bytes)
                });
            }
            Err(Unreadable::Damaged(why)) => {
                return self.problems.note(ProblemKind::DamagedPacket, Some(frame.id), bytes, || why.into());
            }
        };
        if let Some(damage) = reading.damage {
            self.problems.note(ProblemKind::DamagedPacket, Some(frame.id), bytes, || damage.into());
        }
        match reading.decoded {
            Decoded::Packet(packet) => self.packets[packet.key.shard(SHARDS)].push(packet),
            Decoded::Fragment(fragment) => self.fragments.push(fragment),
            Decoded::UnknownLink => self.unknown_links.push(*frame),
            Decoded::Other => {}
        }
    }
}
