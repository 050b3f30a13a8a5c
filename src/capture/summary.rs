//! What is known about a capture set once it has been read.

use super::notes::{Comment, Commented, NameResolution, Notes, Secrets};
use super::{Frame, FrameId, FrameTable, Input, LinkType, Problems, Time};

/// One file of a capture set.
#[derive(Clone, Debug)]
pub struct FileSummary {
    pub input: Input,
    /// Length in bytes, inflated.
    pub len_bytes: u64,
    pub frames: u32,
}

/// All that a capture set told beside its frames. Spans point into [`super::FrameReader::store`].
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// In the order of reading: what the file numbers in [`super::FramePlace`] and [`Commented`] count.
    pub files: Vec<FileSummary>,
    /// All frames of the set, those included that the filter held back.
    pub frames: u32,
    /// The earliest time of a frame.
    pub first: Option<Time>,
    /// The latest time of a frame.
    pub last: Option<Time>,
    /// Each link type once, in order of appearance.
    pub links: Vec<LinkType>,
    pub table: FrameTable,
    pub comments: Vec<Comment>,
    pub names: Vec<NameResolution>,
    pub secrets: Vec<Secrets>,
    pub problems: Problems,
}

impl Summary {
    /// Takes in the next frames of the set.
    pub(super) fn see(&mut self, frames: &[Frame]) {
        self.frames += frames.len() as u32;
        for frame in frames {
            self.first = Some(self.first.map_or(frame.time, |first| first.min(frame.time)));
            self.last = self.last.max(Some(frame.time));
            if self.links.last() != Some(&frame.link) && !self.links.contains(&frame.link) {
                self.links.push(frame.link);
            }
        }
    }

    /// Takes in what the files told beside their frames. `notes` and `files` go in step.
    pub(super) fn add_notes(&mut self, mut notes: Vec<Notes>) {
        self.number_comments(&mut notes);
        for mut notes in notes {
            self.comments.append(&mut notes.comments);
            self.names.append(&mut notes.names);
            self.secrets.append(&mut notes.secrets);
            self.problems.append(notes.into_problems());
        }
    }

    /// The notes of a file number its frames from 0; here the comments of a merge get the frames' ids in the set.
    fn number_comments(&self, notes: &mut [Notes]) {
        let mut next = vec![0; notes.len()];
        for (id, place) in self.table.places() {
            let file = place.file as usize;
            let (Some(notes), Some(next)) = (notes.get_mut(file), next.get_mut(file)) else { continue };
            let in_file = FrameId(place.number - 1);
            // Comments stand in the order of the file, those of frames among others.
            while let Some(comment) = notes.comments.get_mut(*next) {
                match &mut comment.on {
                    Commented::Frame(frame) if *frame > in_file => break,
                    Commented::Frame(frame) if *frame == in_file => *frame = id,
                    _ => {}
                }
                *next += 1;
            }
        }
        // What a cancelled merge never delivered has no id.
        if notes.len() > 1 {
            for (notes, next) in notes.iter_mut().zip(next) {
                let mut place = 0;
                notes.comments.retain(|comment| {
                    place += 1;
                    place <= next || !matches!(comment.on, Commented::Frame(_))
                });
            }
        }
    }
}
