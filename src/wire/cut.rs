//! What a framing function says about the beginning of a stream.

/// The next piece of a stream. A length is never 0, so a caller always gets on.
#[derive(Clone, Copy, Debug)]
pub enum Cut<S> {
    /// A message of `len` bytes. `incomplete`: its end was not there.
    Message { len: usize, summary: S, incomplete: bool },
    /// Bytes that carry nothing and are no defect.
    KeepAlive { len: usize },
    /// Bytes that are no message.
    Skip { len: usize, why: &'static str },
    /// Not enough there to tell.
    NeedMore,
}
