//! The captures that are open, what is selected in them, and how reading them fills them in.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use rcshark::capture::{LiveCapture, Time};
use rcshark::rules::Profile;
use rcshark::wire::MessageId;

use crate::capture::{Capture, State, failure};
use crate::digest::Counts;
use crate::findings::{Findings, Tallies};
use crate::focus::Focus;
use crate::history::History;
use crate::loading::{self, Job, News, Read};
use crate::panels::status::{Doing, Status};
use crate::row::{Row, Wish, session_rows};
use crate::selection::Selection;
use crate::session_view::SessionView;
use crate::text::count;

/// All that belongs to the captures that are open: opening others is one assignment.
#[derive(Default)]
pub struct Opened {
    pub captures: Vec<Capture>,
    /// As they were asked for.
    pub paths: Vec<PathBuf>,
    /// What the list of sessions shows, and what it was asked to show.
    pub rows: Vec<Row>,
    pub wish: Wish,
    /// Changed by [`Opened::select`] only.
    pub selection: Selection,
    /// The selected session.
    pub session: Option<SessionView>,
    pub focus: Focus,
    /// The selection moved by keyboard: the list is to show it.
    pub reveal: bool,
    /// Counts the analyses that took the place of an earlier one of the same capture.
    pub renewed: u64,
    news: Option<Receiver<News>>,
}

impl Opened {
    /// Begins to read `paths`, each for itself or all as one, and to check them by `profile`; `wake` is called when there is news.
    pub fn read(paths: &[PathBuf], merge: bool, profile: Arc<Profile>, wake: impl Fn() + Send + 'static) -> Opened {
        let mut captures: Vec<Capture> = Vec::new();
        if merge && !paths.is_empty() {
            captures.push(Capture::reading(paths));
        } else {
            for path in paths {
                if path.is_dir() {
                    captures.extend(Capture::in_folder(path));
                } else {
                    captures.push(Capture::reading(std::slice::from_ref(path)));
                }
            }
        }
        Opened::begin(captures, paths.to_vec(), profile, wake)
    }

    /// Begins to show what `live` captures.
    pub fn listen(
        live: LiveCapture,
        interfaces: &[String],
        profile: Arc<Profile>,
        wake: impl Fn() + Send + 'static,
    ) -> Opened {
        Opened::begin(vec![Capture::live(live, interfaces)], vec![], profile, wake)
    }

    fn begin(
        captures: Vec<Capture>,
        paths: Vec<PathBuf>,
        profile: Arc<Profile>,
        wake: impl Fn() + Send + 'static,
    ) -> Opened {
        let job = |(number, capture): (usize, &Capture)| Job {
            number,
            source: capture.source(),
            progress: Arc::clone(&capture.progress),
        };
        let jobs: Vec<Job> = captures.iter().enumerate().filter(|(_, capture)| capture.is_reading()).map(job).collect();
        let news = (!captures.is_empty()).then(|| loading::spawn(jobs, profile, wake));
        let mut opened = Opened { captures, paths, news, ..Opened::default() };
        opened.list_rows();
        opened
    }

    /// Takes in what there is to know since the last call. What is selected, and what was looked at before, stays where there is
    /// more to know of the same capture.
    pub fn poll(&mut self, history: &mut History) {
        let Some(receiver) = &self.news else { return };
        let mut all = Vec::new();
        let is_over = loop {
            match receiver.try_recv() {
                Ok(news) => all.push(news),
                Err(TryRecvError::Empty) => break false,
                Err(TryRecvError::Disconnected) => break true,
            }
        };
        if all.is_empty() && !is_over {
            return;
        }
        for news in all {
            self.take(news, history);
        }
        if is_over {
            self.news = None;
            for capture in self.captures.iter_mut().filter(|capture| capture.is_reading()) {
                capture.state = State::Failed(format!("{}: reading it broke off", capture.name));
            }
        }
        self.list_rows();
        self.select_first();
    }

    fn take(&mut self, news: News, history: &mut History) {
        match news {
            News::SoFar(number, read) => self.renew(number, State::Reading(Some(read)), history),
            News::Read(number, Ok(read)) => self.renew(number, State::Read(read), history),
            News::Read(number, Err(error)) => self.renew(number, State::Failed(failure(&error)), history),
            News::Checked(number, findings) => {
                if let Some(State::Read(read)) = self.captures.get_mut(number).map(|capture| &mut capture.state) {
                    read.findings = Some(findings);
                }
            }
        }
    }

    pub fn is_reading(&self) -> bool {
        self.captures.iter().any(Capture::is_reading)
    }

    /// Are the rules still at work?
    pub fn is_checking(&self) -> bool {
        let is_checking = |capture: &Capture| matches!(&capture.state, State::Read(read) if read.findings.is_none());
        self.captures.iter().any(is_checking)
    }

    /// Stops reading, and capturing. What was read of the current capture will be shown.
    pub fn cancel(&self) {
        for capture in &self.captures {
            capture.progress.cancel();
        }
    }

    /// Ends what is captured live.
    pub fn stop_live(&self) {
        for live in self.captures.iter().filter_map(|capture| capture.live.as_ref()) {
            live.stop();
        }
    }

    /// What the window is about, if that is or was captured live.
    pub fn current_live(&self) -> Option<&Arc<LiveCapture>> {
        self.current()?.live.as_ref()
    }

    /// The capture that the window is about: that of the selection, else the first.
    pub fn current(&self) -> Option<&Capture> {
        self.captures.get(self.selection.capture().unwrap_or(0))
    }

    pub fn current_read(&self) -> Option<&Read> {
        self.current().and_then(Capture::as_read)
    }

    /// For the status line.
    pub fn status(&self) -> Status<'_> {
        let mut counts = Counts::default();
        let mut problems_in = None;
        let mut findings = Tallies::default();
        for (number, capture) in self.captures.iter().enumerate() {
            let Some(read) = capture.as_read() else { continue };
            counts += read.digest.counts;
            problems_in = problems_in.or((!read.digest.problems.is_empty()).then_some(number));
            if let Some(Findings { all, .. }) = read.findings.as_deref() {
                findings.errors += all.errors;
                findings.warnings += all.warnings;
                findings.notes += all.notes;
            }
        }
        let reading = self.captures.iter().find(|capture| capture.is_reading());
        Status {
            counts,
            problems_in,
            findings: (!self.is_checking()).then_some(findings),
            doing: reading.map(|capture| match capture.live_text() {
                Some(so_far) => Doing::Capturing(&capture.name, so_far),
                None => Doing::Reading(&capture.name, capture.part_read()),
            }),
        }
    }

    /// Selects a session or a capture as a whole; of a session its first message is looked at.
    pub fn select(&mut self, selection: Selection) {
        if self.selection.capture() != selection.capture() {
            self.focus = Focus::default();
        }
        self.selection = selection;
        self.session = match selection {
            Selection::Session { capture, session } => {
                let read = self.captures.get(capture).and_then(Capture::as_read);
                read.and_then(|read| SessionView::new(&read.analysis, session))
            }
            Selection::Nothing | Selection::Capture(_) => None,
        };
        self.list_parts();
        let first = self.session.as_ref().and_then(first_message);
        self.focus.finding = None;
        self.focus.cursor = None;
        self.select_message(first, None);
        // At the first message nobody is in: the cursor begins where there is something to see.
        if let Some(talk) = self.session.as_ref().and_then(first_talk) {
            self.focus.cursor = Some(talk);
        }
    }

    /// Shows a message of the current capture in all views.
    pub fn select_message(&mut self, message: Option<MessageId>, bytes: Option<std::ops::Range<usize>>) {
        let Some(read) = self.current_read() else { return };
        let message = message.filter(|id| (id.0 as usize) < read.analysis.messages.list.len());
        let time = message.map(|id| read.analysis.messages[id].time);
        self.focus.cursor = time.or(self.focus.cursor);
        self.focus.message = message;
        self.focus.bytes = bytes;
        self.focus.reveal += 1;
    }

    /// Moves the time cursor; what was the last message of the session then is selected.
    pub fn set_cursor(&mut self, time: Time) {
        let Some(read) = self.current_read() else { return };
        let number = self.session.as_ref().map(|session| session.number as u32);
        let messages = &read.analysis.messages;
        let session_of = &read.analysis.sessions.session_of;
        let last = messages.list.last_until(time).map_or(0, |last| last.0 as usize + 1);
        let is_own = |of: &u32| number.is_none_or(|number| *of == number);
        let own = session_of.get(..last).and_then(|before| before.iter().rposition(is_own));
        if let Some(own) = own {
            self.select_message(Some(MessageId(own as u32)), None);
        }
        self.focus.finding = None;
        self.focus.cursor = Some(time);
    }

    /// Shows a finding: its session, its message, and the bytes that are meant.
    pub fn select_finding(&mut self, place: usize) {
        let Some(read) = self.current_read() else { return };
        let Some(findings) = read.findings.clone() else { return };
        let Some(finding) = findings.outcome.findings.get(place) else { return };
        if let Selection::Session { capture, session } = self.selection
            && session != finding.session
        {
            self.select(Selection::Session { capture, session: finding.session });
        }
        self.select_message(Some(finding.place.message), finding.place.range.clone());
        self.focus.finding = Some(place);
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

    /// Makes the list of sessions anew, as it is wished for.
    pub fn list_rows(&mut self) {
        self.rows.clear();
        for (number, capture) in self.captures.iter().enumerate() {
            let failed = matches!(capture.state, State::Failed(_));
            let note = match &capture.state {
                State::Reading(None) => "reading".into(),
                State::Reading(Some(read)) => format!("{} so far", count(read.digest.counts.sessions, "session")),
                State::Read(read) => {
                    let in_part = if read.cancelled_at_byte.is_some() { " in the part that was read" } else { "" };
                    format!("{}{in_part}", count(read.digest.counts.sessions, "session"))
                }
                State::Failed(_) => "could not be read".into(),
            };
            self.rows.push(Row::Capture { capture: number, name: capture.name.clone(), note, failed });
            if let Some(read) = capture.as_read() {
                let tallies = read.findings.as_ref().map_or(&[][..], |findings| &findings.tallies);
                self.rows.extend(session_rows(number, &read.digest.sessions, tallies, &self.wish));
            }
        }
        self.list_parts();
    }

    /// Runs and legs stand below the selected session.
    fn list_parts(&mut self) {
        self.rows.retain(|row| !matches!(row, Row::Part(_)));
        let place = self.rows.iter().position(|row| row.target() == Some(self.selection));
        if let (Some(place), Some(session)) = (place, &self.session) {
            let parts = session.digest.parts.iter().cloned().map(Row::Part);
            self.rows.splice(place + 1..place + 1, parts);
        }
    }
}

/// The first message of a session, if it has one.
fn first_message(session: &SessionView) -> Option<MessageId> {
    let sessions = &session.analysis.sessions;
    let this = session.session()?;
    let legs = this.legs.iter().filter_map(|&leg| sessions.legs.get(leg)?.messages.first().copied());
    let subscriptions =
        this.subscriptions.iter().filter_map(|&one| sessions.subscriptions.get(one)?.messages.first().copied());
    let bare = this.bare_msrp.iter().filter_map(|bare| Some(sessions.msrp.sessions.get(bare.msrp as usize)?.first));
    legs.chain(subscriptions).chain(bare).min()
}

/// When a user wrote for the first time; where nobody did, the middle of the session.
fn first_talk(session: &SessionView) -> Option<Time> {
    let messages = &session.timeline()?.messages;
    if let Some(message) = messages.first() {
        return Some(session.analysis.messages[message.sent].time);
    }
    let (from, to) = session.session()?.span;
    Some(Time(from.0.saturating_add(to.nanos_since(from) / 2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::SessionLine;

    fn opened() -> Opened {
        let lines = ["s1", "s2"].map(|id| Arc::new(SessionLine { id: id.into(), ..SessionLine::default() }));
        let mut rows = vec![Row::Capture { capture: 0, name: "chat.pcap".into(), note: String::new(), failed: false }];
        rows.extend(session_rows(0, &lines, &[], &Wish::default()));
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
