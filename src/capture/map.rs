//! Mapping a file into memory: the one place of the library with `unsafe`.

use std::fs::File;
use std::io;

use memmap2::Mmap;

/// Maps all of `file`. An empty file cannot be mapped: the caller has to look first.
///
/// The mapping is private and read-only. A file that another program *truncates* while it is analysed ends the process
/// with SIGBUS when the missing part is touched; copy a capture that is still being rewritten before opening it.
#[allow(unsafe_code)]
pub(super) fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: the bytes of a mapping must not change while it lives. Captures are written once, by appending, and a
    // temporary file of ours has no name to be found by; a program that rewrites a capture in place while it is
    // analysed is outside the promise, as the doc says.
    unsafe { Mmap::map(file) }
}
