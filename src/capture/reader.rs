//! Opening a capture set and reading its frames.
//!
//! In come [`Input`]s; out come [`Batch`]es of frames, then a [`Summary`]. Several files are merged by time into one set; within
//! a file the order is never changed. Nothing is allocated per frame.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::mem;
use std::sync::Arc;

use super::bpf::Filter;
use super::input::expand;
use super::notes::Notes;
use super::source::{Spool, load, not_a_capture};
use super::walk::{Limit, Walk};
use super::{
    Batch, FileSummary, Frame, FrameId, FrameTable, Input, LinkType, OpenError, ProblemKind, Progress, Store, Summary,
    Time,
};

/// Frames in one batch: enough to keep all cores busy for a while, 1.3 MB of [`Frame`]s.
const BATCH_FRAMES: usize = 32 << 10;

/// Bytes of the file that one batch spans.
const BATCH_BYTES: usize = 16 << 20;

/// Frames that are read ahead from each file of a merge.
const MERGE_AHEAD_FRAMES: usize = 256;

/// Files in one set. Each is one mapping, of which Linux allows a process 65,530 by default.
const MAX_FILES: usize = 16_384;

/// Frames in one set: what a [`FrameId`] can count, less what a merge reads ahead.
const MAX_FRAMES: u32 = u32::MAX - MERGE_AHEAD_FRAMES as u32;

/// Bytes of temporary files that one set may take, so that a decompression bomb (1,000 times its size) cannot fill the disk.
pub const MAX_SPOOLED_BYTES: u64 = 32 << 30;

/// How a capture set is to be read.
#[derive(Clone, Debug)]
pub struct OpenOptions {
    /// A libpcap filter expression: only frames that pass are delivered, the others are counted all the same.
    pub filter: Option<String>,
    /// How many bytes compressed files and pipes may give in all; what comes after is left out, and noted.
    pub max_spooled_bytes: u64,
    /// Kept by who wants to watch or to cancel; inflating happens already inside [`open`].
    pub progress: Arc<Progress>,
}

impl Default for OpenOptions {
    fn default() -> OpenOptions {
        OpenOptions { filter: None, max_spooled_bytes: MAX_SPOOLED_BYTES, progress: Arc::default() }
    }
}

/// Opens one capture set: a single file, or several that are merged by time. Folders stand for the captures in them.
pub fn open(inputs: &[Input], options: &OpenOptions) -> Result<FrameReader, OpenError> {
    let mut summary = Summary::default();
    let inputs = expand(inputs, &mut summary.problems)?;
    if inputs.is_empty() {
        return Err(OpenError::NoInput);
    }
    if inputs.len() > MAX_FILES {
        return Err(OpenError::TooManyFiles { limit: MAX_FILES });
    }
    let mut store = Store::default();
    let mut spool = Spool { room_bytes: options.max_spooled_bytes, progress: &options.progress };
    let mut files = vec![];
    for (number, input) in inputs.into_iter().enumerate() {
        let mut notes = Notes::new(number as u32, input.to_string());
        let segment = load(&input, &mut spool, &mut notes)?;
        let len_bytes = segment.bytes().len() as u64;
        let segment = store.push(segment);
        let bytes = store.segment_bytes(segment);
        let walk = Walk::new(bytes, segment, &mut notes).ok_or_else(|| not_a_capture(&input, bytes))?;
        files.push(File { segment, walk, notes, counted_bytes: 0, ahead: vec![], taken: 0 });
        summary.files.push(FileSummary { input, len_bytes, frames: 0 });
    }
    let filter = options.filter.as_deref().map(|expression| filter(expression, &files, &store)).transpose()?;
    let merge = (files.len() > 1).then(BinaryHeap::new);
    if merge.is_some() {
        summary.table = FrameTable::for_merge();
    }
    let mut reader =
        FrameReader { store: Arc::new(store), files, merge, filter, progress: Arc::clone(&options.progress), summary };
    reader.begin_merge();
    Ok(reader)
}

/// The filter, compiled for the link type that comes first.
fn filter(expression: &str, files: &[File], store: &Store) -> Result<Filter, OpenError> {
    let link = files.iter().find_map(|file| file.walk.next_link(store.segment_bytes(file.segment)));
    Filter::new(expression, link.unwrap_or(LinkType::ETHERNET))
}

/// Reads the frames of a capture set in batches.
pub struct FrameReader {
    store: Arc<Store>,
    files: Vec<File>,
    /// For several files: when the next frame of each comes.
    merge: Option<BinaryHeap<Reverse<(Time, usize)>>>,
    filter: Option<Filter>,
    progress: Arc<Progress>,
    summary: Summary,
}

/// One file on its way.
struct File {
    segment: u32,
    walk: Walk,
    notes: Notes,
    /// How much of the walk the progress knows of.
    counted_bytes: usize,
    /// In a merge: frames that were read ahead, and how many of them are gone.
    ahead: Vec<Frame>,
    taken: usize,
}

impl FrameReader {
    /// The bytes of the set; the same in every batch.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// The files of the set, in the order of their numbers.
    pub fn files(&self) -> &[FileSummary] {
        &self.summary.files
    }

    /// The next frames that pass the filter; never an empty batch. `None` at the end, or when cancelled.
    pub fn next_batch(&mut self) -> Option<Batch> {
        while !self.progress.is_cancelled() {
            let mut frames = Vec::with_capacity(BATCH_FRAMES);
            let more = match self.merge.take() {
                None => self.read_single(&mut frames),
                Some(mut merge) => {
                    let more = self.read_merged(&mut merge, &mut frames);
                    self.merge = Some(merge);
                    more
                }
            };
            self.summary.see(&frames);
            self.drop_filtered(&mut frames);
            if !frames.is_empty() {
                return Some(Batch { frames, store: Arc::clone(&self.store) });
            }
            if !more {
                return None;
            }
        }
        None
    }

    /// What the set told beside its frames; whole after the last batch.
    pub fn summary(mut self) -> Summary {
        self.summary.add_notes(self.files.into_iter().map(|file| file.notes).collect());
        self.summary
    }

    /// Fills a batch from the only file. False at its end.
    fn read_single(&mut self, frames: &mut Vec<Frame>) -> bool {
        let room = self.room();
        let (Some(file), Some(summary)) = (self.files.first_mut(), self.summary.files.first_mut()) else {
            return false;
        };
        let more = file.fill(&self.store, Limit { frames: room, bytes: BATCH_BYTES }, frames, &self.progress);
        summary.frames += frames.len() as u32;
        more && room > 0
    }

    /// How many frames the next batch may have.
    fn room(&mut self) -> usize {
        let left = MAX_FRAMES - self.summary.frames;
        if left == 0 {
            self.summary.problems.note(ProblemKind::Limit, None, 0, || {
                format!("more than {MAX_FRAMES} frames in one capture set; the others are left out")
            });
        }
        BATCH_FRAMES.min(left as usize)
    }

    fn begin_merge(&mut self) {
        let Some(merge) = &mut self.merge else { return };
        for (number, file) in self.files.iter_mut().enumerate() {
            merge.extend(file.next_time(&self.store, &self.progress).map(|time| Reverse((time, number))));
        }
    }

    /// Fills a batch in the order of time; at equal times, in the order of the files. False at the end.
    fn read_merged(&mut self, merge: &mut BinaryHeap<Reverse<(Time, usize)>>, frames: &mut Vec<Frame>) -> bool {
        let room = self.room();
        let mut bytes = 0;
        while frames.len() < room && bytes < BATCH_BYTES {
            let Some(Reverse((_, number))) = merge.pop() else { return false };
            let Some(file) = self.files.get_mut(number) else { return false };
            let (Some(frame), Some(summary)) = (file.ahead.get(file.taken), self.summary.files.get_mut(number)) else {
                return false;
            };
            let id = FrameId(self.summary.frames + frames.len() as u32);
            frames.push(Frame { id, ..*frame });
            bytes += frame.data.len_bytes as usize;
            self.summary.table.push(number as u16, frame.id.0);
            summary.frames += 1;
            file.taken += 1;
            merge.extend(file.next_time(&self.store, &self.progress).map(|time| Reverse((time, number))));
        }
        room > 0
    }

    fn drop_filtered(&mut self, frames: &mut Vec<Frame>) {
        let Some(filter) = &mut self.filter else { return };
        frames.retain(|frame| {
            filter.passes(frame.link, self.store.bytes(frame.data)).unwrap_or_else(|error| {
                self.summary.problems.note(ProblemKind::FilterFailed, Some(frame.id), 0, || {
                    format!("{error}; frames of this link type are left out")
                });
                false
            })
        });
    }
}

impl File {
    /// Reads on. False at the end of the file.
    fn fill(&mut self, store: &Store, limit: Limit, frames: &mut Vec<Frame>, progress: &Progress) -> bool {
        let bytes = store.segment_bytes(self.segment);
        self.walk.fill(bytes, limit, frames, &mut self.notes);
        let position = self.walk.position();
        progress.add_read((position - mem::replace(&mut self.counted_bytes, position)) as u64);
        position < bytes.len()
    }

    /// The time of the next frame, which is read ahead if need be.
    fn next_time(&mut self, store: &Store, progress: &Progress) -> Option<Time> {
        if self.taken == self.ahead.len() {
            let mut frames = mem::take(&mut self.ahead);
            frames.clear();
            let limit = Limit { frames: MERGE_AHEAD_FRAMES, bytes: BATCH_BYTES };
            while frames.is_empty() && self.fill(store, limit, &mut frames, progress) {}
            (self.ahead, self.taken) = (frames, 0);
        }
        self.ahead.get(self.taken).map(|frame| frame.time)
    }
}
