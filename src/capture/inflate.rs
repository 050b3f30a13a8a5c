//! gzip and zstd, as readers.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::magic::Magic;

const BUFFER_BYTES: usize = 128 << 10;

/// What inflates data that begins with `magic`, if it is compressed at all.
///
/// Data that ends early gives all that could be inflated and then [`io::ErrorKind::UnexpectedEof`].
pub(super) fn inflater<'a>(magic: Magic, compressed: impl Read + 'a) -> Option<Box<dyn Read + 'a>> {
    let compressed = BufReader::with_capacity(BUFFER_BYTES, compressed);
    match magic {
        Magic::Gzip => Some(Box::new(MultiGzDecoder::new(compressed))),
        Magic::Zstd => Some(Box::new(Zstd::new(compressed))),
        Magic::Capture | Magic::Foreign(_) | Magic::Unknown => None,
    }
}

/// A frame without contents (RFC 8878 section 3.1.1).
const EMPTY_FRAME: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x00, 0x01, 0x00, 0x00];

/// An empty last block, and a place for the frame's checksum.
const LAST_BLOCK: &[u8] = &[0x01, 0x00, 0x00, 0, 0, 0, 0];

/// Any number of zstd frames, one after the other, with skippable frames between them.
struct Zstd<R> {
    compressed: R,
    decoder: FrameDecoder,
    state: State,
}

enum State {
    BetweenFrames,
    InFrame,
    /// All blocks are decoded; what they hold is still to be handed out.
    FrameDecoded,
    Failed(io::Error),
    Over,
}

impl<R: BufRead> Zstd<R> {
    fn new(compressed: R) -> Zstd<R> {
        let mut decoder = FrameDecoder::new();
        // The decoder refuses a hostile window size from its second frame on (100 MiB), but not in its first.
        let state = match decoder.init(EMPTY_FRAME) {
            Ok(()) => State::BetweenFrames,
            Err(error) => State::Failed(io::Error::other(error)),
        };
        Zstd { compressed, decoder, state }
    }

    fn begin_frame(&mut self) -> io::Result<State> {
        if self.compressed.fill_buf()?.is_empty() {
            return Ok(State::Over);
        }
        match self.decoder.init(&mut self.compressed) {
            Ok(()) => Ok(State::InFrame),
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                io::copy(&mut (&mut self.compressed).take(length.into()), &mut io::sink())?;
                Ok(State::BetweenFrames)
            }
            Err(error) => Err(self.explained(error)),
        }
    }

    fn decode_some(&mut self) -> io::Result<State> {
        match self.decoder.decode_blocks(&mut self.compressed, BlockDecodingStrategy::UptoBytes(BUFFER_BYTES)) {
            Ok(false) => Ok(State::InFrame),
            Ok(true) => Ok(State::FrameDecoded),
            Err(error) => {
                // The decoder holds back a window's worth of bytes until it has seen a last block.
                let _ = self.decoder.decode_blocks(LAST_BLOCK, BlockDecodingStrategy::All);
                Ok(State::Failed(self.explained(error)))
            }
        }
    }

    fn end_frame(&mut self) -> io::Result<State> {
        match self.decoder.get_checksum_from_data() {
            Some(sum) if Some(sum) != self.decoder.get_calculated_checksum() => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "wrong checksum"))
            }
            _ => Ok(State::BetweenFrames),
        }
    }

    fn explained(&mut self, error: FrameDecoderError) -> io::Error {
        match self.compressed.fill_buf() {
            Ok([]) => io::Error::new(io::ErrorKind::UnexpectedEof, error),
            Ok(_) => io::Error::new(io::ErrorKind::InvalidData, error),
            Err(error) => error,
        }
    }
}

impl<R: BufRead> Read for Zstd<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        loop {
            let len_bytes = self.decoder.read(target)?;
            if len_bytes > 0 || target.is_empty() {
                return Ok(len_bytes);
            }
            let next = match std::mem::replace(&mut self.state, State::Over) {
                State::BetweenFrames => self.begin_frame()?,
                State::InFrame => self.decode_some()?,
                State::FrameDecoded => self.end_frame()?,
                State::Failed(error) => return Err(error),
                State::Over => return Ok(0),
            };
            self.state = next;
        }
    }
}
