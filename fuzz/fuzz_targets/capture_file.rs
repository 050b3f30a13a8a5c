//! Any bytes as a capture file: opened, read to the end, analysed. [`rcshark::capture::open`] wants a path, so the bytes
//! go through a file in memory.
#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rcshark::capture::{Input, OpenOptions, open};

/// Compressed input may grow to this.
const MAX_SPOOLED_BYTES: u64 = 1 << 20;

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = if cfg!(target_os = "linux") { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
    folder.join(format!("rcshark-fuzz-{}", std::process::id()))
});

fuzz_target!(|data: &[u8]| {
    std::fs::write(&*FILE, data).expect("a file in memory");
    let options = OpenOptions { max_spooled_bytes: MAX_SPOOLED_BYTES, ..OpenOptions::default() };
    if let Ok(frames) = open(&[Input::Path(FILE.clone())], &options) {
        let analysis = rcshark::analyze(frames);
        for message in analysis.messages.list.iter() {
            assert!(!analysis.messages.raw(message).is_empty());
        }
    }
});
