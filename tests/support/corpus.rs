//! The corpus beside the project.

// Says what is skipped.
#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};

/// A folder of the corpus, which is no part of this project; without it the test says so and passes.
pub fn corpus(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus").join(folder);
    if !path.is_dir() {
        println!("skipped: no corpus at {}", path.display());
        return None;
    }
    Some(path)
}
