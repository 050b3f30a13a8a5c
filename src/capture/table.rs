//! From a frame's place in the set to what the user sees: the file, and the frame's number in it.

use super::FrameId;

/// Translates [`FrameId`]s. A set of one file needs no table; a merge keeps six bytes per frame.
#[derive(Clone, Debug, Default)]
pub struct FrameTable {
    merged: Option<Merged>,
}

#[derive(Clone, Debug, Default)]
struct Merged {
    file: Vec<u16>,
    number: Vec<u32>,
}

/// Where the user finds a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FramePlace {
    /// Which file of the set, counted from 0.
    pub file: u32,
    /// The frame's number in that file, counted from 1 as Wireshark does.
    pub number: u32,
}

impl FrameTable {
    pub(super) fn for_merge() -> FrameTable {
        FrameTable { merged: Some(Merged::default()) }
    }

    /// Notes that the next frame of the set is frame `index` (from 0) of `file`.
    pub(super) fn push(&mut self, file: u16, index: u32) {
        if let Some(merged) = &mut self.merged {
            merged.file.push(file);
            merged.number.push(index.saturating_add(1));
        }
    }

    /// Where `id` is found. An id that the set does not have is taken for one of the first file.
    pub fn place(&self, id: FrameId) -> FramePlace {
        let index = id.0 as usize;
        let merged =
            self.merged.as_ref().and_then(|merged| Some((*merged.file.get(index)?, *merged.number.get(index)?)));
        let (file, number) = merged.unwrap_or((0, id.0.saturating_add(1)));
        FramePlace { file: file.into(), number }
    }

    /// All frames of a merge, in order; empty for a single file.
    pub(super) fn places(&self) -> impl Iterator<Item = (FrameId, FramePlace)> {
        let count = self.merged.as_ref().map_or(0, |merged| merged.file.len() as u32);
        (0..count).map(|index| (FrameId(index), self.place(FrameId(index))))
    }
}
