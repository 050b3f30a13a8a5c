//! What the user names as captures: files, folders of files, standard input.

use std::convert::Infallible;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use super::inflate::inflater;
use super::magic::{MAGIC_BYTES, Magic};
use super::{OpenError, ProblemKind, Problems};

/// A capture as the user named it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// A file; or a folder, which stands for all captures in it.
    Path(PathBuf),
    /// Written `-`.
    Stdin,
    /// What a [`super::LiveCapture`] has written so far: the first bytes of a file that grows. `name` is what it is called in
    /// reports.
    Recording { path: Arc<Path>, name: Arc<str>, len_bytes: u64 },
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Input {
        if path.as_os_str() == "-" { Input::Stdin } else { Input::Path(path) }
    }
}

impl FromStr for Input {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Input, Infallible> {
        Ok(PathBuf::from(text).into())
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Path(path) => path.display().fmt(f),
            Input::Stdin => f.write_str("standard input"),
            Input::Recording { name, .. } => f.write_str(name),
        }
    }
}

/// Replaces each folder by the captures in it and below, sorted by path. What is a capture is told by a file's first
/// bytes. Captures in formats that are not read are noted; other files are passed over. Links to folders are not
/// followed.
pub fn expand(inputs: &[Input], problems: &mut Problems) -> Result<Vec<Input>, OpenError> {
    let mut files = vec![];
    for input in inputs {
        match input {
            Input::Path(path) if path.is_dir() => {
                let before = files.len();
                collect(path, &mut files, problems)?;
                if files.len() == before {
                    return Err(OpenError::NoCapturesInFolder { path: path.clone() });
                }
            }
            _ => files.push(input.clone()),
        }
    }
    Ok(files)
}

fn collect(root: &Path, files: &mut Vec<Input>, problems: &mut Problems) -> Result<(), OpenError> {
    // A list of what is left to visit, last first: folders may be nested deeper than the stack.
    let mut left = vec![root.to_path_buf()];
    while let Some(path) = left.pop() {
        let fail = |error| OpenError::io(path.clone(), error);
        let metadata = fs::symlink_metadata(&path).map_err(fail)?;
        if metadata.is_dir() {
            let mut entries: Vec<PathBuf> = fs::read_dir(&path)
                .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
                .map_err(fail)?;
            entries.sort_unstable_by(|a, b| b.cmp(a));
            left.append(&mut entries);
        } else if path.is_file() {
            match magic_inside(&path).map_err(fail)? {
                Magic::Capture => files.push(Input::Path(path)),
                Magic::Foreign(format) => problems.note(ProblemKind::UnreadFile, None, metadata.len(), || {
                    format!("{}: passed over: {format}", path.display())
                }),
                _ => {}
            }
        }
    }
    Ok(())
}

/// What a file is, seen through compression.
fn magic_inside(path: &Path) -> io::Result<Magic> {
    let mut file = File::open(path)?;
    let first = first_bytes(&mut file)?;
    match inflater(Magic::of(&first), first.chain(file)) {
        // Broken data is for `open` to report, if anything comes out of it.
        Some(mut inflated) => Ok(Magic::of(&first_bytes(&mut inflated).unwrap_or_default())),
        None => Ok(Magic::of(&first)),
    }
}

/// As many bytes as [`Magic::of`] wants, or all there are.
pub(super) fn first_bytes(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    reader.take(MAGIC_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::bytes::Order;
    use super::super::testing::{Bytes, read_path};
    use super::*;

    #[test]
    fn a_folder_stands_for_the_captures_in_it_by_their_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let capture = Bytes::new(Order::Little).section().bytes;
        let put = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        put("b.log", &capture);
        put("a/z/deep", &capture);
        put("a.pcap", b"no capture");
        put("empty.pcap", b"");
        put("c.cap", b"GMBU");
        let mut problems = Problems::default();
        let inputs = [Input::Path(folder.path().to_path_buf()), Input::Stdin];
        let expanded = expand(&inputs, &mut problems).unwrap();
        let path = |name| Input::Path(folder.path().join(name));
        assert_eq!(expanded, [path("a/z/deep"), path("b.log"), Input::Stdin]);
        let problems = problems.finish();
        assert_eq!((problems.len(), problems[0].kind), (1, ProblemKind::UnreadFile));
        assert!(problems[0].detail.ends_with("c.cap: passed over: a capture of Microsoft Network Monitor 2.x"));
    }

    #[test]
    fn what_cannot_be_opened_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let refused = |path: &Path| read_path(path).map(|_| ()).unwrap_err();
        assert!(matches!(refused(folder.path()), OpenError::NoCapturesInFolder { path } if path == folder.path()));
        let missing = folder.path().join("missing");
        assert!(matches!(refused(&missing), OpenError::NotFound { path } if path == missing));
    }

    #[test]
    fn a_dash_is_standard_input() {
        assert_eq!("-".parse(), Ok(Input::Stdin));
        assert_eq!("./-".parse(), Ok(Input::Path("./-".into())));
    }
}
