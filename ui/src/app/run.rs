//! What each command does.

use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;

use eframe::egui;
use rcshark::capture::{Input, LiveCapture, LiveOptions, devices};
use rcshark::wire::MessageId;

use super::{App, Overlay, wake};
use crate::chooser::{Chooser, Wanted};
use crate::command::Command;
use crate::deferred::Deferred;
use crate::export;
use crate::focus::Tab;
use crate::follow;
use crate::history::{History, Place};
use crate::message_view::MessageView;
use crate::opened::Opened;
use crate::panels::palette::Palette;
use crate::panels::save::{Export, Save};
use crate::panels::whole_ladder::WholeLadder;
use crate::selection::Selection;
use crate::session_view::waker;
use crate::text::shown;

/// One step of the text size.
const TEXT_STEP: f32 = 1.1;

/// Does it lead to something else, to which one may want to come back?
fn is_journey(command: &Command) -> bool {
    matches!(
        command,
        Command::Select(_)
            | Command::ShowTab(_)
            | Command::SelectMessage(..)
            | Command::SelectFinding(_)
            | Command::PreviousSession
            | Command::NextSession
            | Command::Filter(_)
            | Command::FollowDialog
            | Command::FollowMessage
    )
}

impl App {
    pub(super) fn execute(&mut self, command: Command, egui: &egui::Context) {
        if is_journey(&command) {
            let now = self.place();
            self.history.leave(now);
            self.note = None;
        }
        match command {
            Command::Choose => self.choose(Wanted::Captures, egui),
            Command::ChooseFolder => self.choose(Wanted::Folder, egui),
            Command::Open(paths) => self.open(&paths, true, egui),
            Command::OpenSample => self.open_sample(egui),
            Command::Reload => {
                let paths = self.opened.paths.clone();
                if !paths.is_empty() {
                    self.open(&paths, false, egui);
                }
            }
            Command::Cancel => self.opened.cancel(),
            Command::CaptureLive => {
                self.live.list(devices());
                self.overlay = Overlay::Live;
            }
            Command::StopLive => self.opened.stop_live(),
            Command::SaveLive => {
                if self.opened.current_live().is_some() {
                    self.ask_where(Export::Recording);
                }
            }
            Command::Select(selection) => self.opened.select(selection),
            Command::PreviousSession => self.opened.step(false),
            Command::NextSession => self.opened.step(true),
            Command::Back => self.go(true),
            Command::Forward => self.go(false),
            Command::Step(rows) => self.opened.focus.step = Some(rows),
            Command::ShowTab(tab) => {
                self.tab = tab;
                self.opened.focus.reveal += 1;
                // What was clicked in another view has nothing to do with this one.
                if let Some(focused) = egui.memory(|memory| memory.focused()) {
                    egui.memory_mut(|memory| memory.surrender_focus(focused));
                }
            }
            Command::SelectMessage(id, bytes) => {
                self.opened.focus.finding = None;
                self.opened.select_message(Some(id), bytes);
            }
            Command::MarkBytes(bytes) => {
                self.opened.focus.bytes = bytes;
                self.opened.focus.reveal += 1;
            }
            Command::SelectFinding(place) => self.opened.select_finding(place),
            Command::SetCursor(time) => self.opened.set_cursor(time),
            Command::Filter(text) => self.filter_by(text),
            Command::FilterAlso(text) => {
                self.filter.also(&text);
                self.show_messages();
            }
            Command::AddColour(text, colour) => {
                if let Err(error) = self.colours.add(&text, colour) {
                    self.note = Some(error.to_string());
                }
            }
            Command::RemoveColour(place) => self.colours.remove(place),
            Command::FocusFilter => {
                self.ask_for_path = false;
                self.filter.request_focus();
            }
            Command::ClearFilter => {
                self.filter.set("");
                self.opened.focus.reveal += 1;
            }
            Command::FollowDialog => self.follow(follow::dialog),
            Command::FollowMessage => self.follow(follow::chat_message),
            Command::MarkMessage => {
                if let Some(id) = self.opened.focus.message {
                    self.opened.focus.toggle_mark(id);
                }
            }
            Command::CompareMarked => {
                self.settings.shows_detail = true;
                self.detail.compare();
            }
            Command::CopyText => self.copy_text(egui),
            Command::CopyFrameFilter => self.copy_frame_filter(egui),
            Command::Copy(text) => egui.copy_text(text),
            Command::ExportPcapng => {
                if let Some(session) = &self.opened.session {
                    let number = session.number;
                    self.ask_where(Export::Pcapng(number));
                }
            }
            Command::ExportHtml => {
                if self.opened.current_read().is_some_and(|read| read.findings.is_some()) {
                    self.ask_where(Export::Html);
                }
            }
            Command::ExportLadder(format) => {
                if self.opened.session.is_some() {
                    self.ask_where(Export::Ladder(format));
                }
            }
            Command::ExportPicture => self.ask_where(Export::Picture),
            Command::SwitchTheme => {
                let dark = egui.theme() == egui::Theme::Light;
                self.settings.dark = Some(dark);
                egui.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
            }
            Command::LargerText => egui.set_zoom_factor((egui.zoom_factor() * TEXT_STEP).min(3.0)),
            Command::SmallerText => egui.set_zoom_factor((egui.zoom_factor() / TEXT_STEP).max(0.5)),
            Command::NormalText => egui.set_zoom_factor(1.0),
            Command::ToggleSessions => self.settings.shows_sessions ^= true,
            Command::ToggleDetail => self.settings.shows_detail ^= true,
            Command::TogglePalette => {
                self.overlay = match self.overlay {
                    Overlay::Palette(_) => Overlay::None,
                    _ => Overlay::Palette(Palette::default()),
                }
            }
            Command::ToggleShortcuts => {
                self.overlay = match self.overlay {
                    Overlay::Shortcuts => Overlay::None,
                    _ => Overlay::Shortcuts,
                }
            }
            Command::Quit => egui.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    /// What is looked at.
    fn place(&self) -> Place {
        let focus = &self.opened.focus;
        let (message, bytes, finding) = (focus.message, focus.bytes.clone(), focus.finding);
        Place { selection: self.opened.selection, tab: self.tab, message, bytes, finding }
    }

    fn go(&mut self, back: bool) {
        let now = self.place();
        let Some(place) = self.history.go(now, back) else { return };
        self.tab = place.tab;
        if self.opened.selection != place.selection {
            self.opened.select(place.selection);
            self.opened.reveal = true;
        }
        self.opened.select_message(place.message, place.bytes);
        self.opened.focus.finding = place.finding;
    }

    /// One dialog at a time.
    fn choose(&mut self, wanted: Wanted, egui: &egui::Context) {
        self.chooser.get_or_insert_with(|| Chooser::open(wanted, wake(egui)));
    }

    fn open(&mut self, paths: &[PathBuf], remember: bool, egui: &egui::Context) {
        self.show_opened(Opened::read(paths, self.merge, Arc::clone(&self.profile), wake(egui)), egui);
        if remember {
            self.settings.opened(paths);
            if let Some(path) = &self.settings_path {
                self.settings.save(path);
            }
        }
    }

    /// Puts something else in place of what is open.
    fn show_opened(&mut self, opened: Opened, egui: &egui::Context) {
        self.opened = opened;
        self.history = History::default();
        self.centre.forget();
        self.detail.forget();
        self.ask_for_path = false;
        self.note = None;
        self.overlay = Overlay::None;
        let title = self.opened.current().map(|capture| format!("{} – rcshark", capture.name));
        egui.send_viewport_cmd(egui::ViewportCommand::Title(title.unwrap_or_else(|| "rcshark".into())));
    }

    /// Begins to capture; what prevents it is told in the dialog.
    pub(super) fn capture_live(&mut self, options: &LiveOptions, egui: &egui::Context) {
        match LiveCapture::start(options) {
            Ok(live) => {
                let profile = Arc::clone(&self.profile);
                self.show_opened(Opened::listen(live, &options.interfaces, profile, wake(egui)), egui);
            }
            Err(error) => self.live.fail(&error),
        }
    }

    fn open_sample(&mut self, egui: &egui::Context) {
        let made = tempfile::tempdir().map_err(anyhow::Error::from).and_then(|folder| {
            let path = export::sample(folder.path())?;
            Ok((folder, path))
        });
        match made {
            Ok((folder, path)) => {
                self.open(&[path], false, egui);
                self.sample = Some(folder);
            }
            Err(error) => self.note = Some(format!("The sample capture cannot be written: {error}")),
        }
    }

    fn filter_by(&mut self, text: String) {
        self.filter.set(text);
        self.show_messages();
    }

    fn show_messages(&mut self) {
        self.tab = Tab::Messages;
        self.opened.focus.reveal += 1;
    }

    fn follow(&mut self, expression: impl Fn(&rcshark::Analysis, MessageId) -> Option<String>) {
        let message = self.opened.focus.message;
        let found = self.opened.current_read().zip(message).map(|(read, id)| expression(&read.analysis, id));
        match found {
            Some(Some(text)) => self.filter_by(text),
            Some(None) => self.note = Some("The message belongs to nothing that could be followed".into()),
            None => {}
        }
    }

    fn copy_text(&mut self, egui: &egui::Context) {
        let message = self.opened.focus.message;
        let Some((read, id)) = self.opened.current_read().zip(message) else { return };
        if let Some(message) = MessageView::new(&read.analysis, id) {
            egui.copy_text(message.text());
            self.note = Some("The message was copied".into());
        }
    }

    /// The frames of the selected finding, or of the selected message.
    fn copy_frame_filter(&mut self, egui: &egui::Context) {
        let Some(read) = self.opened.current_read() else { return };
        let findings = read.findings.as_ref().map(|findings| &findings.outcome.findings);
        let finding = self.opened.focus.finding.and_then(|place| findings?.get(place));
        let ids: Vec<MessageId> = match finding {
            Some(finding) => finding.messages().collect(),
            None => self.opened.focus.message.into_iter().collect(),
        };
        if let Some(text) = follow::frames(&read.analysis, &ids) {
            egui.copy_text(text.clone());
            self.note = Some(format!("Copied: {text}"));
        }
    }

    fn ask_where(&mut self, what: Export) {
        let capture = self.opened.current().and_then(|capture| match capture.inputs.first() {
            Some(Input::Path(path)) if path.is_file() => Some(path.clone()),
            _ => None,
        });
        // Beside the sample, in a folder that goes with the window, nobody would find it again.
        let is_sample = |path: &PathBuf| self.sample.as_ref().is_some_and(|folder| path.starts_with(folder.path()));
        let capture = capture
            .map(|path| if is_sample(&path) { path.file_name().map_or(path.clone(), PathBuf::from) } else { path });
        let session = match (what, self.opened.selection, self.opened.current_read()) {
            (Export::Html | Export::Picture | Export::Recording, ..) => "",
            (_, Selection::Session { session, .. }, Some(read)) => {
                read.digest.sessions.get(session).map_or("", |line| line.id.as_str())
            }
            _ => "",
        };
        self.overlay = Overlay::Save(Save::new(what, capture.as_deref(), session));
    }

    /// Writes in a thread; the status line tells when it is done.
    pub(super) fn write(&mut self, what: Export, path: PathBuf, egui: &egui::Context) {
        if what == Export::Picture {
            self.take_picture(path, egui);
            return;
        }
        if let (Export::Recording, Some(live)) = (what, self.opened.current_live()) {
            let live = Arc::clone(live);
            self.write_by(move |path| export::recording(&live.recording(), path), path, egui);
            return;
        }
        let Some(read) = self.opened.current_read() else { return };
        let analysis = Arc::clone(&read.analysis);
        let inputs = self.opened.current().map(|capture| capture.inputs.clone()).unwrap_or_default();
        let findings = read.findings.clone();
        let ladder = match what {
            Export::Ladder(_) => {
                let session = self.opened.session.as_mut();
                let drawn = session.and_then(|session| session.ladder(egui));
                let (state, findings, theme) = (self.centre.ladder.clone(), findings.clone(), egui.theme());
                drawn.map(|drawn| WholeLadder { drawn, state, findings, theme })
            }
            Export::Pcapng(_) | Export::Html | Export::Picture | Export::Recording => None,
        };
        let write = move |path: &Path| match (what, findings, ladder) {
            (Export::Pcapng(session), ..) => export::pcapng(&inputs, &analysis, session, path),
            (Export::Html, Some(findings), _) => export::html(&analysis, &findings, path),
            (Export::Ladder(format), _, Some(ladder)) => export::ladder(ladder, format, path),
            _ => Err(anyhow::anyhow!("it is not worked out yet")),
        };
        self.write_by(write, path, egui);
    }

    /// Lets a thread write to `path`; what it answers is told at the end.
    fn write_by(
        &mut self,
        write: impl FnOnce(&Path) -> anyhow::Result<String> + Send + 'static,
        path: PathBuf,
        egui: &egui::Context,
    ) {
        let make = move || write(&path).map_err(|error| shown(&format!("{}: {error:#}", path.display())));
        self.note = Some("Writing …".into());
        self.writing = Some(Deferred::new(false, make, waker(egui)));
    }

    /// The picture is there when the next frame is drawn: without what asked for the path.
    fn take_picture(&mut self, path: PathBuf, egui: &egui::Context) {
        let (sender, receiver) = mpsc::channel();
        let wake = wake(egui);
        egui.request_screenshot(move |pixels| {
            let write = move || {
                let written = export::picture(&pixels, &path);
                // Nobody listens once the window is closed.
                let _ = sender.send(written.map_err(|error| shown(&format!("{}: {error:#}", path.display()))));
                wake();
            };
            // Without a thread the sender is gone, and nothing is said of it.
            let _ = thread::Builder::new().name("writing a picture".into()).spawn(write);
        });
        self.writing = Some(Deferred::awaited(receiver));
    }
}
