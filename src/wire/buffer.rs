//! Bytes of a stream that are not yet part of a message, and where they came from.

use crate::net::Chunk;

/// Memory that is kept for the next bytes. What a larger message needed is given back behind it: the stream may pause.
const MAX_KEPT_BYTES: usize = 16 * 1024;

/// See the module.
#[derive(Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    /// Where its runs came from: position in `bytes`, chunk.
    chunks: Vec<(usize, Chunk)>,
}

impl Buffer {
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn chunks(&self) -> &[(usize, Chunk)] {
        &self.chunks
    }

    /// Appends `bytes`, which came in `chunk`.
    pub fn push(&mut self, bytes: &[u8], chunk: Chunk) {
        self.chunks.push((self.bytes.len(), chunk));
        self.bytes.extend_from_slice(bytes);
    }

    /// Forgets the first `len` bytes.
    pub fn forget(&mut self, len: usize) {
        if len == 0 {
            return;
        }
        if len >= self.bytes.len() {
            self.bytes.clear();
            self.chunks.clear();
        } else {
            let first = self.chunks.partition_point(|(at, _)| *at <= len).saturating_sub(1);
            self.chunks.drain(..first);
            for (at, chunk) in &mut self.chunks {
                *chunk = without_first(*chunk, len.saturating_sub(*at));
                *at = at.saturating_sub(len);
            }
            self.bytes.drain(..len);
        }
        if self.bytes.capacity() > MAX_KEPT_BYTES {
            self.bytes.shrink_to_fit();
            self.chunks.shrink_to_fit();
        }
    }
}

/// `chunk` without its first `skip` bytes.
pub fn without_first(chunk: Chunk, skip: usize) -> Chunk {
    let span = chunk.span.slice(skip..chunk.span.len_bytes as usize);
    Chunk { span, frame_offset: chunk.frame_offset + skip as u32, ..chunk }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{FrameId, Span, Time};

    #[test]
    fn what_is_left_keeps_its_place_in_the_frames() {
        let mut buffer = Buffer::default();
        let chunk = |frame, start, len_bytes| {
            let span = Span { segment: 0, start, len_bytes };
            Chunk { span, frame: FrameId(frame), frame_offset: 54, time: Time(0) }
        };
        buffer.push(b"one", chunk(1, 100, 3));
        buffer.push(b"two", chunk(2, 200, 3));
        buffer.push(b"three", chunk(3, 300, 5));
        let places = |buffer: &Buffer| -> Vec<_> {
            let place = |&(at, chunk): &(usize, Chunk)| {
                (at, chunk.frame.0, chunk.frame_offset, chunk.span.start, chunk.span.len_bytes)
            };
            buffer.chunks().iter().map(place).collect()
        };
        buffer.forget(0);
        assert_eq!(buffer.bytes(), b"onetwothree");
        buffer.forget(4);
        assert_eq!((buffer.bytes(), places(&buffer)), (&b"wothree"[..], vec![(0, 2, 55, 201, 2), (2, 3, 54, 300, 5)]));
        buffer.forget(2);
        assert_eq!((buffer.bytes(), places(&buffer)), (&b"three"[..], vec![(0, 3, 54, 300, 5)]));
        buffer.forget(5);
        assert!(buffer.is_empty() && buffer.chunks().is_empty());
    }

    #[test]
    fn what_is_empty_holds_little_memory() {
        let mut buffer = Buffer::default();
        let span = Span { segment: 0, start: 0, len_bytes: 1 << 20 };
        buffer.push(&vec![0; 1 << 20], Chunk { span, frame: FrameId(0), frame_offset: 0, time: Time(0) });
        buffer.forget((1 << 20) - 1);
        assert!(buffer.bytes.capacity() <= MAX_KEPT_BYTES);
    }
}
