//! Mapping a file into memory: the one place of the library with `unsafe`.

use std::fs::File;
use std::io;

use memmap2::{Mmap, MmapOptions};

/// Maps the first `len_bytes` of `file`, which has so many. None cannot be mapped: the caller has to look first.
///
/// The mapping is private and read-only. A file that another program *truncates* while it is analysed ends the process
/// with SIGBUS when the missing part is touched; copy a capture that is still being rewritten before opening it.
#[allow(unsafe_code)]
pub(super) fn map(file: &File, len_bytes: u64) -> io::Result<Mmap> {
    let len_bytes = usize::try_from(len_bytes).map_err(io::Error::other)?;
    // SAFETY: the bytes of a mapping must not change while it lives. Captures are written once, by appending, and a
    // temporary file of ours has no name to be found by; a program that rewrites a capture in place while it is
    // analysed is outside the promise, as the doc says.
    unsafe { MmapOptions::new().len(len_bytes).map(file) }
}
