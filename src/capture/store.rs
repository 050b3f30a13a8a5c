//! The bytes of a capture set: a few large immutable segments, and spans that point into them.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Where some bytes lie in a [`Store`]; sixteen bytes that can be kept by the million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    pub segment: u32,
    pub len_bytes: u32,
    pub start: u64,
}

impl Span {
    /// The part `range` of this span, cut to its length.
    pub fn slice(self, range: Range<usize>) -> Span {
        let end = range.end.min(self.len_bytes as usize);
        let start = range.start.min(end);
        Span { segment: self.segment, len_bytes: (end - start) as u32, start: self.start + start as u64 }
    }
}

/// One run of bytes that never changes: a mapped file, or memory.
#[derive(Clone)]
pub enum Segment {
    Mapped(Arc<memmap2::Mmap>),
    Owned(Arc<Vec<u8>>),
}

impl Segment {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Segment::Mapped(map) => map,
            Segment::Owned(bytes) => bytes,
        }
    }
}

/// All segments of a capture set. Cloning is cheap: the segments are shared.
#[derive(Clone, Default)]
pub struct Store {
    segments: Vec<Segment>,
}

impl Store {
    /// Adds a segment and returns its number.
    pub fn push(&mut self, segment: Segment) -> u32 {
        self.segments.push(segment);
        (self.segments.len() - 1) as u32
    }

    pub fn segment_count(&self) -> u32 {
        self.segments.len() as u32
    }

    /// All bytes of a segment; none if there is no such segment.
    pub fn segment_bytes(&self, segment: u32) -> &[u8] {
        self.segments.get(segment as usize).map(Segment::bytes).unwrap_or_default()
    }

    /// The bytes of `span`. A span that does not belong to this store gives an empty slice.
    pub fn bytes(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.segments
            .get(span.segment as usize)
            .and_then(|segment| segment.bytes().get(start..start.checked_add(span.len_bytes as usize)?))
            .unwrap_or_default()
    }
    /// The text of `span`; what is no UTF-8 becomes U+FFFD.
    pub fn text(&self, span: Span) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(span))
    }
}
