//! Opening a capture set and reading its frames.
//!
//! In come [`Input`]s; out come [`Batch`]es of frames, then a [`Summary`]. Several files are merged by time into one
//! set; within a file the order is never changed. Nothing is allocated per frame.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
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

/// Frames in one batch: enough to keep all cores busy for a while, 160 kB of [`Frame`]s.
const BATCH_FRAMES: usize = 4 << 10;

/// Bytes of the file that one batch spans: so few that they are still in a cache when the batch is worked on.
const BATCH_BYTES: usize = 2 << 20;

/// Bytes of the file that are fetched at once; they stay in the cache of one core.
const FETCH_BYTES: usize = 64 << 10;

/// Bytes that come into the cache together, on all common machines.
const CACHE_LINE_BYTES: usize = 64;

/// Frames that are read ahead from each file of a merge.
const MERGE_AHEAD_FRAMES: usize = 256;

/// Files in one set. Each is one mapping, of which Linux allows a process 65,530 by default.
const MAX_FILES: usize = 16_384;

/// Frames in one set: what a [`FrameId`] can count, less what a merge reads ahead.
const MAX_FRAMES: u32 = u32::MAX - MERGE_AHEAD_FRAMES as u32;

/// Bytes of temporary files that one set may take, so that a decompression bomb (1,000 times its size) cannot fill the
/// disk.
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
    let mut reader = FrameReader {
        store: Arc::new(store),
        files,
        merge,
        filter,
        progress: Arc::clone(&options.progress),
        end_bytes: u64::MAX,
        summary,
    };
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
    /// How much is read of the files.
    end_bytes: u64,
    summary: Summary,
}

/// One file on its way.
#[derive(Clone)]
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

    /// For a first look, before anything was read of this: a reader of the same set that ends where about `bytes` of the files
    /// were read. It is cancelled together with this one, and has a progress of its own.
    pub fn preview(&self, bytes: u64) -> FrameReader {
        FrameReader {
            store: Arc::clone(&self.store),
            files: self.files.clone(),
            merge: self.merge.clone(),
            filter: self.filter.clone(),
            progress: Arc::new(self.progress.aside()),
            end_bytes: bytes,
            summary: self.summary.clone(),
        }
    }

    /// The next frames that pass the filter; never an empty batch. `None` at the end, or when cancelled.
    pub fn next_batch(&mut self) -> Option<Batch> {
        while !self.progress.is_cancelled() && self.progress.read_bytes() < self.end_bytes {
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
        let stop = self.walk.position().saturating_add(limit.bytes).min(bytes.len());
        while frames.len() < limit.frames && self.walk.position() < stop {
            let position = self.walk.position();
            let window = position..stop.min(position + FETCH_BYTES);
            fetch(bytes.get(window.clone()).unwrap_or_default());
            self.walk.fill(bytes, Limit { bytes: window.len(), ..limit }, frames, &mut self.notes);
        }
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

/// Brings `bytes` into the cache. A walk from record to record, and decoding after it, would wait for the memory at each
/// header, as no header can be asked for before the one ahead of it has come; in a row they come all at once.
fn fetch(bytes: &[u8]) {
    black_box(bytes.iter().step_by(CACHE_LINE_BYTES).fold(0, |all, byte| all ^ byte));
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::bytes::Order;
    use super::super::testing::{Bytes, drain, read, seen};
    use super::super::{Commented, FramePlace};
    use super::*;

    fn is_send<T: Send>() {}

    fn put(folder: &Path, name: &str, bytes: Bytes) -> Input {
        let path = folder.join(name);
        fs::write(&path, bytes.bytes).unwrap();
        Input::Path(path)
    }

    fn section(link: u16, packets: &[(u64, &str)]) -> Bytes {
        let start = Bytes::new(Order::Little).section().interface(link, |body| body);
        packets.iter().fold(start, |file, (ticks, data)| {
            file.packet(0, *ticks, data.as_bytes(), |body| {
                if data.contains("noted") { body.option(1, data.as_bytes()).option(0, b"") } else { body }
            })
        })
    }

    #[test]
    fn a_reader_can_move_to_another_thread() {
        is_send::<FrameReader>();
    }

    #[test]
    fn files_are_merged_by_time_and_frames_keep_their_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let inputs = [
            put(folder.path(), "one", section(1, &[(1, "a"), (5, "b noted"), (4, "c stepped back"), (9, "d")])),
            put(folder.path(), "two", section(101, &[(0, "e noted"), (5, "f")])),
            put(folder.path(), "three", section(1, &[])),
        ];
        let whole = drain(open(&inputs, &OpenOptions::default()).unwrap());
        let data: Vec<_> = whole.frames.iter().map(|frame| String::from_utf8_lossy(&frame.data).into_owned()).collect();
        assert_eq!(data, ["e noted", "a", "b noted", "c stepped back", "f", "d"]);
        assert_eq!(whole.ids, [0, 1, 2, 3, 4, 5]);
        let summary = &whole.summary;
        let places: Vec<_> = whole.ids.iter().map(|id| summary.table.place(FrameId(*id))).collect();
        let expected = [(1, 1), (0, 1), (0, 2), (0, 3), (1, 2), (0, 4)];
        assert_eq!(places, expected.map(|(file, number)| FramePlace { file, number }));
        assert_eq!((summary.first, summary.last), (Some(Time(0)), Some(Time(9_000))));
        assert_eq!(summary.links, [LinkType::RAW, LinkType::ETHERNET]);
        let counts: Vec<_> = summary.files.iter().map(|file| (file.input.clone(), file.frames)).collect();
        let [one, two, three] = inputs;
        assert_eq!(counts, [(one, 4), (two, 2), (three, 0)]);
        let comments: Vec<_> = summary.comments.iter().map(|c| (c.on, whole.store.text(c.text).into_owned())).collect();
        let on = |id, text: &str| (Commented::Frame(FrameId(id)), text.to_string());
        assert_eq!(comments, [on(2, "b noted"), on(0, "e noted")]);
    }

    #[test]
    fn a_merge_reads_on_beyond_what_it_read_ahead() {
        let folder = tempfile::tempdir().unwrap();
        let count = 3 * MERGE_AHEAD_FRAMES as u64 + 1;
        let file = |odd| section(1, &(0..count).map(|i| (2 * i + odd, "frame")).collect::<Vec<_>>());
        let inputs = [put(folder.path(), "even", file(0)), put(folder.path(), "odd", file(1))];
        let whole = drain(open(&inputs, &OpenOptions::default()).unwrap());
        assert!(whole.frames.iter().map(|frame| frame.time.0).eq((0..2 * count as i64).map(|i| i * 1_000)));
    }

    #[test]
    fn a_single_file_needs_no_table() {
        let whole = read(&section(1, &[(0, "a"), (1, "b")]).bytes).unwrap();
        assert_eq!(whole.summary.table.place(FrameId(1)), FramePlace { file: 0, number: 2 });
    }

    #[test]
    fn large_files_come_in_several_batches_of_one_store() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = Bytes::new(Order::Big).file_header(0xa1b2_c3d4, 1);
        for _ in 0..=BATCH_FRAMES {
            file = file.record(0, 0, b"", 0);
        }
        let mut reader = open(&[put(folder.path(), "file", file)], &OpenOptions::default()).unwrap();
        let progress = Arc::clone(reader.progress());
        let (first, second) = (reader.next_batch().unwrap(), reader.next_batch().unwrap());
        assert_eq!((first.frames.len(), second.frames[0].id), (BATCH_FRAMES, FrameId(BATCH_FRAMES as u32)));
        assert!(Arc::ptr_eq(&first.store, &second.store));
        assert!(reader.next_batch().is_none());
        assert_eq!(
            (progress.read_bytes(), progress.total_bytes()),
            (24 + 16 * (BATCH_FRAMES as u64 + 1), progress.read_bytes())
        );
    }

    #[test]
    fn a_preview_gives_the_first_frames_and_leaves_the_reader_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let frame = "x".repeat(60_000);
        let file = |odd| section(1, &(0..200u64).map(|i| (2 * i + odd, frame.as_str())).collect::<Vec<_>>());
        let inputs = [put(folder.path(), "even", file(0)), put(folder.path(), "odd", file(1))];
        for inputs in [&inputs[..1], &inputs[..]] {
            let reader = open(inputs, &OpenOptions::default()).unwrap();
            let (progress, read_ahead) = (Arc::clone(reader.progress()), reader.progress().read_bytes());
            let first = drain(reader.preview(3_000_000));
            assert_eq!(progress.read_bytes(), read_ahead);
            let whole = drain(reader);
            assert!((50..200).contains(&first.frames.len()), "{}", first.frames.len());
            assert_eq!(first.frames[..], whole.frames[..first.frames.len()]);
            assert_eq!((whole.frames.len(), whole.problem_kinds()), (200 * inputs.len(), vec![]));
            assert_eq!(first.problem_kinds(), vec![]);
        }
    }

    #[test]
    fn a_cancelled_reader_ends() {
        let folder = tempfile::tempdir().unwrap();
        let inputs = ["one", "two"].map(|name| put(folder.path(), name, section(1, &[(0, "a noted")])));
        for inputs in [&inputs[..1], &inputs[..]] {
            let mut reader = open(inputs, &OpenOptions::default()).unwrap();
            reader.progress().cancel();
            assert!(reader.next_batch().is_none());
            let summary = reader.summary();
            assert_eq!((summary.frames, summary.comments), (0, vec![]));
        }
    }

    #[test]
    fn nothing_given_is_an_error() {
        assert!(matches!(open(&[], &OpenOptions::default()), Err(OpenError::NoInput)));
    }

    #[cfg(not(feature = "pcap"))]
    #[test]
    fn without_libpcap_a_filter_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions { filter: Some("tcp".to_string()), ..OpenOptions::default() };
        let input = put(folder.path(), "file", section(1, &[]));
        assert!(matches!(open(&[input], &options), Err(OpenError::FilterUnsupported)));
    }

    /// UDP and TCP over raw IP, TCP and UDP over Ethernet; either pair first.
    #[cfg(feature = "pcap")]
    fn filtered(expression: &str, ethernet_first: bool) -> Result<super::super::testing::Whole, OpenError> {
        let ip = |protocol| [&[0x45, 0, 0, 20, 0, 0, 0, 0, 64, protocol][..], &[0; 10]].concat();
        let ethernet = |protocol| [&[0; 12][..], &[8, 0], &ip(protocol)].concat();
        let mut packets = [(0, ip(17)), (0, ip(6)), (1, ethernet(6)), (1, ethernet(17))];
        if ethernet_first {
            packets.rotate_left(2);
        }
        let file = Bytes::new(Order::Little).section().interface(101, |body| body).interface(1, |body| body);
        let file = packets.iter().fold(file, |file, (interface, data)| file.packet(*interface, 0, data, |body| body));
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions { filter: Some(expression.to_string()), ..OpenOptions::default() };
        Ok(drain(open(&[put(folder.path(), "file", file)], &options)?))
    }

    #[cfg(feature = "pcap")]
    #[test]
    fn a_filter_works_for_each_link_type_and_frames_keep_their_numbers() {
        let whole = filtered("udp", false).unwrap();
        assert_eq!((&whole.ids[..], whole.summary.frames), (&[0, 3][..], 4));
        assert_eq!(whole.problem_kinds(), []);
    }

    #[cfg(feature = "pcap")]
    #[test]
    fn a_filter_without_sense_is_an_error_and_one_without_sense_for_later_frames_is_noted() {
        let error = |expression| filtered(expression, false).map(|_| ()).unwrap_err().to_string();
        let text = error("this is no filter");
        assert!(text.starts_with("capture filter \"this is no filter\": ") && text.contains("syntax error"), "{text}");
        let for_ethernet = "ether host 00:00:00:00:00:00";
        let text = error(for_ethernet);
        assert!(text.ends_with("(link type raw)"), "{text}");

        let whole = filtered(for_ethernet, true).unwrap();
        assert_eq!(whole.ids, [0, 1]);
        let problems = whole.problems();
        assert_eq!(
            (problems.len(), problems[0].kind, problems[0].frame),
            (1, ProblemKind::FilterFailed, Some(FrameId(2)))
        );
    }

    #[test]
    fn frames_without_bytes_are_frames() {
        let whole = read(&section(1, &[(7, "")]).bytes).unwrap();
        assert_eq!(whole.frames, [seen(7_000, LinkType::ETHERNET, b"")]);
    }
}
