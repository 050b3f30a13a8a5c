//! Pieces of something larger (a stream, an IP datagram) in order and without overlap, held as spans.
//!
//! Where two pieces claim the same bytes, the first copy wins: a receiver has usually delivered it already, and a later
//! forgery cannot change what was analysed. Copies that differ are found and left to the caller to report.

use std::collections::VecDeque;
use std::collections::vec_deque::Iter;

use super::Chunk;
use crate::capture::Store;

/// Some consecutive bytes and where they belong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    /// Offset of the first byte in the whole.
    pub start: i64,
    /// Length on the wire; the chunk holds less when the capture cut the frame.
    pub len_bytes: u32,
    pub chunk: Chunk,
}

impl Piece {
    pub fn end(&self) -> i64 {
        self.start + i64::from(self.len_bytes)
    }

    /// How many bytes at its end the capture cut away.
    pub fn cut_bytes(&self) -> u32 {
        self.len_bytes.saturating_sub(self.chunk.span.len_bytes)
    }

    /// The part of it that lies between two offsets inside it.
    pub fn part(&self, start: i64, end: i64) -> Piece {
        let from = (start - self.start) as usize;
        Piece { start, len_bytes: (end - start) as u32, chunk: self.chunk.slice(from..(end - self.start) as usize) }
    }
}

/// Pieces in order, none overlapping another.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    list: VecDeque<Piece>,
}

impl Pieces {
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn len(&self) -> usize {
        self.list.len()
    }

    pub fn first(&self) -> Option<&Piece> {
        self.list.front()
    }

    /// The offset behind the last piece.
    pub fn end(&self) -> Option<i64> {
        self.list.back().map(Piece::end)
    }

    pub fn iter(&self) -> Iter<'_, Piece> {
        self.list.iter()
    }

    pub fn pop_first(&mut self) -> Option<Piece> {
        self.list.pop_front()
    }

    /// Adds a piece that begins where the last one ends, or later.
    pub fn push_last(&mut self, piece: Piece) {
        self.list.push_back(piece);
    }

    /// Forgets everything, and gives the memory back.
    pub fn clear(&mut self) {
        self.list = VecDeque::new();
    }

    /// Moves every piece by `delta` bytes.
    pub fn shift(&mut self, delta: i64) {
        for piece in &mut self.list {
            piece.start += delta;
        }
    }

    /// Adds those bytes of `piece` that no other piece has yet.
    pub fn insert(&mut self, piece: Piece) {
        let mut index = self.first_behind(piece.start);
        let mut at = piece.start;
        while at < piece.end() {
            let next = self.list.get(index).map_or((piece.end(), piece.end()), |next| (next.start, next.end()));
            if next.0 > at {
                let end = next.0.min(piece.end());
                self.list.insert(index, piece.part(at, end));
                index += 1;
                at = end;
            } else {
                at = next.1.max(at);
                index += 1;
            }
        }
    }

    /// The offset of the first byte at which `piece` differs from what is here.
    pub fn conflict(&self, piece: &Piece, store: &Store) -> Option<i64> {
        let overlapping = self.list.range(self.first_behind(piece.start)..).take_while(|p| p.start < piece.end());
        for held in overlapping {
            let (start, end) = (held.start.max(piece.start), held.end().min(piece.end()));
            let mine = store.bytes(held.part(start, end).chunk.span);
            let theirs = store.bytes(piece.part(start, end).chunk.span);
            let common = mine.len().min(theirs.len());
            if mine[..common] != theirs[..common] {
                let same = mine.iter().zip(theirs).take_while(|(a, b)| a == b).count();
                return Some(start + same as i64);
            }
        }
        None
    }

    /// The index of the first piece that ends behind `offset`.
    fn first_behind(&self, offset: i64) -> usize {
        // Most pieces come in order and belong to the end.
        if self.list.back().is_none_or(|last| last.end() <= offset) {
            return self.list.len();
        }
        self.list.partition_point(|piece| piece.end() <= offset)
    }
}

impl Chunk {
    /// The part `range` of this chunk, cut to its length.
    pub(super) fn slice(&self, range: std::ops::Range<usize>) -> Chunk {
        let span = self.span.slice(range);
        Chunk { span, frame_offset: self.frame_offset + (span.start - self.span.start) as u32, ..*self }
    }
}
