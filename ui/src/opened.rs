//! The captures that are open, and how reading them fills them in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use rcshark::capture::{Input, OpenError, Progress};

use crate::digest::{Counts, SessionDigest};
use crate::loading::{self, Job, Outcome, Read};
use crate::panels::status::Status;
use crate::row::{Row, session_rows};
use crate::selection::Selection;
use crate::text::{count, shown};

/// All that belongs to the captures that are open: opening others is one assignment.
#[derive(Default)]
pub struct Opened {
    pub captures: Vec<Capture>,
    /// What the list of sessions shows.
    pub rows: Vec<Row>,
    /// Changed by [`Opened::select`] only.
    pub selection: Selection,
    /// The selected session.
    pub detail: Option<SessionDigest>,
    /// The selection moved by keyboard: the list is to show it.
    pub reveal: bool,
    outcomes: Option<Receiver<Outcome>>,
}

/// One entry of the list: a file, a folder, or several that are read as one.
pub struct Capture {
    pub name: String,
    pub progress: Arc<Progress>,
    pub state: State,
}

pub enum State {
    Reading,
    Read(Box<Read>),
    /// Why there is nothing to show.
    Failed(String),
}

impl Opened {
    /// Begins to read `paths`, each for itself or all as one; `wake` is called when there is news.
    pub fn read(paths: &[PathBuf], merge: bool, wake: impl Fn() + Send + 'static) -> Opened {
        let sets: Vec<&[PathBuf]> = if merge && !paths.is_empty() { vec![paths] } else { paths.chunks(1).collect() };
        let captures: Vec<Capture> = sets.iter().map(|set| Capture::reading(set)).collect();
        let jobs = sets.iter().zip(&captures).map(|(set, capture)| Job {
            inputs: set.iter().cloned().map(Input::from).collect(),
            progress: Arc::clone(&capture.progress),
        });
        let outcomes = (!captures.is_empty()).then(|| loading::spawn(jobs.collect(), wake));
        let mut opened = Opened { captures, outcomes, ..Opened::default() };
        opened.list_rows();
        opened
    }

    /// Takes in what has been read since the last call.
    pub fn poll(&mut self) {
        let Some(outcomes) = &self.outcomes else { return };
        let mut news = false;
        for capture in self.captures.iter_mut().filter(|capture| capture.is_reading()) {
            capture.state = match outcomes.try_recv() {
                Ok(Ok(read)) => State::Read(read),
                Ok(Err(error)) => State::Failed(failure(&error)),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => State::Failed(format!("{}: reading it broke off", capture.name)),
            };
            news = true;
        }
        if news {
            self.list_rows();
            self.select_first();
        }
    }

    pub fn is_reading(&self) -> bool {
        self.captures.iter().any(Capture::is_reading)
    }

    /// Stops reading. What was read of the current capture will be shown.
    pub fn cancel(&self) {
        for capture in &self.captures {
            capture.progress.cancel();
        }
    }

    /// The capture that the window is about: that of the selection, else the first.
    pub fn current(&self) -> Option<&Capture> {
        self.captures.get(self.selection.capture().unwrap_or(0))
    }

    /// For the status line.
    pub fn status(&self) -> Status<'_> {
        let mut counts = Counts::default();
        let mut problems_in = None;
        for (number, capture) in self.captures.iter().enumerate() {
            let Some(read) = capture.as_read() else { continue };
            counts += read.digest.counts;
            problems_in = problems_in.or((!read.digest.problems.is_empty()).then_some(number));
        }
        let reading = self.captures.iter().find(|capture| capture.is_reading());
        Status { counts, problems_in, reading: reading.map(|capture| (capture.name.as_str(), capture.part_read())) }
    }

    pub fn select(&mut self, selection: Selection) {
        self.selection = selection;
        self.detail = match selection {
            Selection::Session { capture, session } => {
                let read = self.captures.get(capture).and_then(Capture::as_read);
                read.and_then(|read| SessionDigest::new(&read.analysis, session))
            }
            Selection::Nothing | Selection::Capture(_) => None,
        };
    }

    /// Moves the selection one row up or down, past what cannot be selected; stays at the ends.
    pub fn step(&mut self, down: bool) {
        let selected = self.rows.iter().position(|row| row.target() == Some(self.selection));
        let mut targets = self.rows.iter().enumerate().filter_map(|(place, row)| Some((place, row.target()?)));
        let next = match selected {
            None => targets.next(),
            Some(selected) if down => targets.find(|(place, _)| *place > selected),
            Some(selected) => targets.take_while(|(place, _)| *place < selected).last(),
        };
        if let Some((_, target)) = next {
            self.select(target);
            self.reveal = true;
        }
    }

    /// Shows the first session there is, until the user selects something.
    fn select_first(&mut self) {
        let is_session = |target: &Selection| matches!(target, Selection::Session { .. });
        if self.selection == Selection::Nothing
            && let Some(first) = self.rows.iter().filter_map(Row::target).find(is_session)
        {
            self.select(first);
        }
    }

    fn list_rows(&mut self) {
        self.rows.clear();
        for (number, capture) in self.captures.iter().enumerate() {
            let failed = matches!(capture.state, State::Failed(_));
            let note = match &capture.state {
                State::Reading => "reading".into(),
                State::Read(read) => {
                    let in_part = if read.cancelled_at_byte.is_some() { " in the part that was read" } else { "" };
                    format!("{}{in_part}", count(read.digest.counts.sessions, "session"))
                }
                State::Failed(_) => "could not be read".into(),
            };
            self.rows.push(Row::Capture { capture: number, name: capture.name.clone(), note, failed });
            if let Some(read) = capture.as_read() {
                self.rows.extend(session_rows(number, &read.digest.sessions));
            }
        }
    }
}

impl Drop for Capture {
    /// Nobody will see what is still being read.
    fn drop(&mut self) {
        self.progress.cancel();
    }
}

impl Capture {
    fn reading(set: &[PathBuf]) -> Capture {
        let name = match set {
            [one] => shown(&short_name(one)),
            [first, rest @ ..] => format!("{} and {} more", shown(&short_name(first)), rest.len()),
            [] => String::new(),
        };
        Capture { name, progress: Arc::default(), state: State::Reading }
    }

    pub fn is_reading(&self) -> bool {
        matches!(self.state, State::Reading)
    }

    /// How much of it was read, from 0 to 1.
    pub fn part_read(&self) -> f32 {
        self.progress.read_bytes() as f32 / self.progress.total_bytes().max(1) as f32
    }

    pub fn as_read(&self) -> Option<&Read> {
        match &self.state {
            State::Read(read) => Some(read),
            State::Reading | State::Failed(_) => None,
        }
    }
}

fn failure(error: &OpenError) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::SessionLine;

    fn opened() -> Opened {
        let lines = ["s1", "s2"].map(|id| Arc::new(SessionLine { id: id.into(), ..SessionLine::default() }));
        let mut rows = vec![Row::Capture { capture: 0, name: "chat.pcap".into(), note: String::new(), failed: false }];
        rows.extend(session_rows(0, &lines));
        Opened { rows, ..Opened::default() }
    }

    #[test]
    fn steps_go_from_row_to_row_past_the_conversations_and_stop_at_the_ends() {
        let mut opened = opened();
        let mut step = |down| {
            opened.step(down);
            opened.selection
        };
        let capture = Selection::Capture(0);
        let session = |session| Selection::Session { capture: 0, session };
        assert_eq!([step(true), step(true), step(true), step(true)], [capture, session(0), session(1), session(1)]);
        assert_eq!([step(false), step(false), step(false)], [session(0), capture, capture]);
    }
}
