//! One capture in the window: a file, several that are read as one, or what comes live; and what became of reading it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcshark::capture::{Input, LiveCapture, LiveStatus, OpenError, Problems, Progress, expand};

use crate::loading::{Read, Source};
use crate::text::{count, shown};

/// One entry of the list: a file, a folder, or several that are read as one.
pub struct Capture {
    pub name: String,
    pub inputs: Vec<Input>,
    pub progress: Arc<Progress>,
    pub state: State,
    /// Where it comes from, when it is no file. A temporary file of it lives as long.
    pub live: Option<Arc<LiveCapture>>,
}

pub enum State {
    /// With what there is so far.
    Reading(Option<Box<Read>>),
    Read(Box<Read>),
    /// Why there is nothing to show.
    Failed(String),
}

impl Drop for Capture {
    /// Nobody will see what is still being read. What was captured goes here and not with the last thread that reads it, which
    /// the end of the program may overtake.
    fn drop(&mut self) {
        self.progress.cancel();
        if let Some(live) = &self.live {
            live.close();
        }
    }
}

impl Capture {
    /// About to be read.
    pub fn reading(set: &[PathBuf]) -> Capture {
        let name = match set {
            [one] => shown(&short_name(one)),
            [first, rest @ ..] => format!("{} and {} more", shown(&short_name(first)), rest.len()),
            [] => String::new(),
        };
        let inputs = set.iter().cloned().map(Input::from).collect();
        Capture { name, inputs, progress: Arc::default(), state: State::Reading(None), live: None }
    }

    /// Something that is captured from `interfaces`.
    pub fn live(live: LiveCapture, interfaces: &[String]) -> Capture {
        let name = format!("live on {}", shown(&interfaces.join(", ")));
        let inputs = vec![live.recording()];
        Capture { name, inputs, progress: Arc::default(), state: State::Reading(None), live: Some(Arc::new(live)) }
    }

    /// Where it is to be read from.
    pub fn source(&self) -> Source {
        match &self.live {
            Some(live) => Source::Live(Arc::clone(live)),
            None => Source::Files(self.inputs.clone()),
        }
    }

    /// The captures in a folder, each for itself; what could not be read there is an entry too.
    pub fn in_folder(folder: &Path) -> Vec<Capture> {
        let mut problems = Problems::default();
        match expand(&[Input::Path(folder.to_path_buf())], &mut problems) {
            Ok(files) => {
                let paths = files.into_iter().filter_map(|file| match file {
                    Input::Path(path) => Some(path),
                    Input::Stdin | Input::Recording { .. } => None,
                });
                let mut captures: Vec<Capture> = paths.map(|path| Capture::reading(&[path])).collect();
                let passed_over: Vec<String> = problems.finish().iter().map(|problem| shown(&problem.detail)).collect();
                if !passed_over.is_empty() {
                    let mut folder = Capture::reading(&[folder.to_path_buf()]);
                    folder.state = State::Failed(passed_over.join("\n"));
                    captures.push(folder);
                }
                captures
            }
            Err(error) => {
                let mut folder = Capture::reading(&[folder.to_path_buf()]);
                folder.state = State::Failed(failure(&error));
                vec![folder]
            }
        }
    }

    pub fn is_reading(&self) -> bool {
        matches!(self.state, State::Reading(_))
    }

    /// Is it being captured?
    pub fn is_live(&self) -> bool {
        self.live.is_some() && self.is_reading()
    }

    /// What was captured live so far, in words.
    pub fn live_text(&self) -> Option<String> {
        let LiveStatus { frames, dropped, ended, .. } = self.live.as_ref()?.status();
        let mut text = count(frames, "packet");
        if dropped > 0 {
            text.push_str(&format!(", {} dropped by the system", count(dropped, "packet")));
        }
        for why in ended {
            text.push_str(&format!("; {}", shown(&why)));
        }
        Some(text)
    }

    /// How much of it was read, from 0 to 1.
    pub fn part_read(&self) -> f32 {
        self.progress.read_bytes() as f32 / self.progress.total_bytes().max(1) as f32
    }

    pub fn as_read(&self) -> Option<&Read> {
        match &self.state {
            State::Read(read) | State::Reading(Some(read)) => Some(read),
            State::Reading(None) | State::Failed(_) => None,
        }
    }
}

/// Why there is nothing to show, in words.
pub fn failure(error: &OpenError) -> String {
    match error {
        OpenError::Cancelled => "Reading was cancelled.".into(),
        error => shown(&error.to_string()),
    }
}

fn short_name(path: &Path) -> String {
    match path.file_name() {
        _ if path.as_os_str() == "-" => Input::Stdin.to_string(),
        Some(name) => name.to_string_lossy().into_owned(),
        None => path.display().to_string(),
    }
}
