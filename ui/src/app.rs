//! The window: lays out the panels, and does what they ask for in one `match`.

mod centre;
mod run;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;
use rcshark::rules::Profile;

use crate::chooser::{Choice, Chooser, Wanted};
use crate::colour_rules::ColourRules;
use crate::command::Command;
use crate::deferred::Deferred;
use crate::focus::Tab;
use crate::history::History;
use crate::opened::Opened;
use crate::panels::detail::DetailState;
use crate::panels::live::{self, Live};
use crate::panels::palette::{self, Palette};
use crate::panels::save::{self, Save};
use crate::panels::{Scene, detail, sessions, shortcuts, start, status, toolbar};
use crate::settings::Settings;
use crate::style;
use crate::widgets::filter_line::FilterLine;

/// How often progress is drawn anew.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

pub struct App {
    opened: Opened,
    history: History,
    /// Read several captures as one?
    merge: bool,
    profile: Arc<Profile>,
    filter: FilterLine,
    colours: ColourRules,
    tab: Tab,
    centre: centre::CentreState,
    detail: DetailState,
    settings: Settings,
    /// Where the settings are kept; `None`: nowhere.
    settings_path: Option<PathBuf>,
    /// What is typed into the path field.
    path: String,
    focus_path: bool,
    /// No file dialog came: a path is to be typed.
    ask_for_path: bool,
    chooser: Option<Chooser>,
    overlay: Overlay,
    /// What is to be captured live, as it was chosen last.
    live: Live,
    /// Something that is being written, and what is to be said of it at the end.
    writing: Option<Deferred<Result<String, String>>>,
    /// What was done last.
    note: Option<String>,
    /// The state of the colour rules that the settings have.
    remembered_colours: u64,
    /// The folder of the sample capture, once it was opened; it goes with the window.
    sample: Option<tempfile::TempDir>,
}

/// How the window begins.
#[derive(Default)]
pub struct Start {
    pub captures: Vec<PathBuf>,
    /// Read several captures as one?
    pub merge: bool,
    /// By which captures are checked.
    pub profile: Profile,
    /// The file with what is remembered between two starts; `None`: nothing is.
    pub settings_path: Option<PathBuf>,
}

/// What lies over the window.
#[derive(Default)]
enum Overlay {
    #[default]
    None,
    Palette(Palette),
    Shortcuts,
    Save(Save),
    Live,
}

impl App {
    /// Begins to read the captures.
    pub fn new(start: Start, egui: &egui::Context) -> App {
        let Start { captures, merge, profile, settings_path } = start;
        style::install(egui);
        let settings = settings_path.as_deref().map(Settings::load).unwrap_or_default();
        if let Some(dark) = settings.dark {
            egui.set_theme(if dark { egui::Theme::Dark } else { egui::Theme::Light });
        }
        egui.set_zoom_factor(settings.text_scale);
        let mut app = App {
            opened: Opened::default(),
            history: History::default(),
            merge,
            profile: Arc::new(profile),
            filter: FilterLine::default(),
            colours: ColourRules::new(&settings.colours),
            tab: settings.tab,
            centre: centre::CentreState::default(),
            detail: DetailState::default(),
            settings,
            settings_path,
            path: String::new(),
            focus_path: false,
            ask_for_path: false,
            chooser: None,
            overlay: Overlay::None,
            live: Live::default(),
            writing: None,
            note: None,
            remembered_colours: 0,
            sample: None,
        };
        if !captures.is_empty() {
            app.execute(Command::Open(captures), egui);
        }
        app
    }

    /// Is there a session to look at?
    pub fn has_session(&self) -> bool {
        self.opened.session.is_some()
    }

    /// Is a capture still being read?
    pub fn is_reading(&self) -> bool {
        self.opened.is_reading()
    }

    /// Is something still being read, checked, worked out or written?
    pub fn is_busy(&self) -> bool {
        self.opened.is_reading()
            || self.opened.is_checking()
            || self.opened.session.as_ref().is_some_and(|session| session.is_busy())
            || self.centre.is_busy()
            || self.writing.as_ref().is_some_and(Deferred::is_pending)
    }

    /// One frame of the window.
    pub fn show(&mut self, ui: &mut egui::Ui) {
        let egui = ui.ctx().clone();
        let before = self.opened.renewed;
        self.opened.poll(&mut self.history);
        if let Some(read) = self.opened.current_read().filter(|_| self.opened.renewed != before) {
            self.detail.renew(&read.analysis, self.opened.focus.message);
        }
        if self.is_busy() {
            egui.request_repaint_after(PROGRESS_EVERY);
        }
        if let Some(written) = self.writing.as_mut().and_then(Deferred::poll) {
            self.note = Some(match written {
                Ok(text) => text.clone(),
                Err(error) => format!("Not written: {error}"),
            });
            self.writing = None;
        }
        let mut asked = self.shortcuts(&egui);
        asked.extend(dropped(&egui));
        asked.extend(self.chosen(&egui));
        self.panels_ui(ui, &mut asked);
        self.overlay_ui(ui, &mut asked);
        // Steps are for the views that were just drawn.
        self.opened.focus.step = None;
        self.remember(&egui);
        for command in asked {
            self.execute(command, &egui);
            egui.request_repaint();
        }
        drop_hint_ui(&egui);
    }

    fn panels_ui(&mut self, ui: &mut egui::Ui, asked: &mut Vec<Command>) {
        let bar = egui::Frame::side_top_panel(ui.style()).inner_margin(6.0);
        let has_capture = !self.opened.captures.is_empty();
        let toolbar = toolbar::Toolbar {
            filter: &mut self.filter,
            has_capture,
            path: &mut self.path,
            ask_for_path: self.ask_for_path,
            focus_path: std::mem::take(&mut self.focus_path),
        };
        egui::Panel::top("toolbar").frame(bar).show(ui, |ui| toolbar::toolbar_ui(ui, toolbar, asked));
        let reveal = std::mem::take(&mut self.opened.reveal);
        if !has_capture {
            egui::CentralPanel::default().show(ui, |ui| start::start_ui(ui, &self.settings.recent, asked));
            return;
        }
        let note = self.note.clone();
        // As high as with a button, so that nothing below or above moves when one comes or goes.
        let button = ui.text_style_height(&egui::TextStyle::Button) + 2.0 * ui.spacing().button_padding.y;
        let height = button.max(ui.spacing().interact_size.y) + bar.total_margin().sum().y;
        egui::Panel::bottom("status")
            .frame(bar)
            .exact_size(height)
            .show(ui, |ui| status::status_ui(ui, &self.opened.status(), note.as_deref(), asked));
        let frame = egui::Frame::side_top_panel(ui.style()).inner_margin(egui::Margin::symmetric(6, 6));
        if self.settings.shows_sessions {
            let left = egui::Panel::left("sessions")
                .frame(frame)
                .default_size(self.settings.sessions_width)
                .size_range(200.0..=(ui.available_width() * 0.5).max(220.0));
            let shown = left.show(ui, |ui| {
                if sessions::wish_ui(ui, &mut self.opened.wish) {
                    self.opened.list_rows();
                }
                asked.extend(sessions::sessions_ui(ui, &self.opened.rows, self.opened.selection, reveal));
            });
            self.settings.sessions_width = shown.response.rect.width();
        }
        if self.settings.shows_detail && self.opened.current_read().is_some() {
            let below = egui::Panel::bottom("detail")
                .frame(frame)
                .resizable(true)
                .default_size(self.settings.detail_height.unwrap_or(ui.available_height() * 0.37))
                .size_range(90.0..=(ui.available_height() - 160.0).max(100.0));
            let shown = below.show(ui, |ui| {
                let Some(read) = self.opened.current_read() else { return };
                let mut scene = Scene { read, focus: &self.opened.focus, asked };
                detail::detail_ui(ui, &mut scene, &mut self.detail);
            });
            self.settings.detail_height = Some(shown.response.rect.height());
        }
        egui::CentralPanel::default().frame(frame).show(ui, |ui| {
            let lines = centre::Lines { filter: &self.filter, colours: &self.colours };
            centre::centre_ui(ui, self.tab, &mut self.opened, lines, &mut self.centre, asked);
        });
    }

    fn overlay_ui(&mut self, ui: &egui::Ui, asked: &mut Vec<Command>) {
        match &mut self.overlay {
            Overlay::None => {}
            Overlay::Palette(palette) => match palette.show(ui, &self.opened.rows) {
                palette::Answer::Open => {}
                palette::Answer::Close => self.overlay = Overlay::None,
                palette::Answer::Run(command) => {
                    self.overlay = Overlay::None;
                    asked.push(command);
                }
            },
            Overlay::Shortcuts => {
                if shortcuts::shortcuts_ui(ui) {
                    self.overlay = Overlay::None;
                }
            }
            Overlay::Live => match self.live.show(ui) {
                live::Answer::Open => {}
                live::Answer::Close => self.overlay = Overlay::None,
                live::Answer::Start(options) => self.capture_live(&options, ui),
            },
            Overlay::Save(save) => match save.show(ui) {
                save::Answer::Open => {}
                save::Answer::Close => self.overlay = Overlay::None,
                save::Answer::Browse => {
                    let egui = ui.ctx().clone();
                    let wake = move || egui.request_repaint();
                    let wanted = Wanted::Save(PathBuf::from(save.path.trim()));
                    self.chooser.get_or_insert_with(|| Chooser::open(wanted, wake));
                }
                save::Answer::Write(what, path) => {
                    self.overlay = Overlay::None;
                    self.write(what, path, ui);
                }
            },
        }
    }

    /// The commands whose keys were pressed. While text is typed, the keys without modifiers belong to it.
    fn shortcuts(&self, egui: &egui::Context) -> Vec<Command> {
        let typing = egui.text_edit_focused();
        let is_covered = !matches!(self.overlay, Overlay::None) || egui::Popup::is_any_open(egui);
        let mut all: Vec<(egui::KeyboardShortcut, Command)> = Command::all()
            .into_iter()
            .flat_map(|command| command.shortcuts().into_iter().map(move |keys| (keys, command.clone())))
            .collect();
        // Ctrl+Shift+O is to be looked for before Ctrl+O.
        all.sort_by_key(|(keys, _)| std::cmp::Reverse([keys.modifiers.shift, keys.modifiers.any()]));
        let is_meant = |keys: &egui::KeyboardShortcut, command: &Command| match is_covered {
            true => *command == Command::TogglePalette,
            false => !typing || keys.modifiers.any(),
        };
        let pressed = |(keys, command): &(egui::KeyboardShortcut, Command)| {
            is_meant(keys, command) && egui.input_mut(|input| input.consume_shortcut(keys))
        };
        all.into_iter().filter(pressed).map(|(_, command)| command).collect()
    }

    /// What the file dialog gave. When it gave nothing, a path can be typed.
    fn chosen(&mut self, egui: &egui::Context) -> Option<Command> {
        let chooser = self.chooser.as_ref()?;
        let choice = chooser.poll();
        if matches!(choice, Choice::Pending) {
            return None;
        }
        let wanted = chooser.wanted.clone();
        self.chooser = None;
        match (wanted, choice) {
            (_, Choice::Pending) => None,
            (Wanted::Save(_), Choice::Paths(paths)) => {
                if let (Overlay::Save(save), Some(path)) = (&self.overlay, paths.into_iter().next()) {
                    let what = save.what;
                    self.overlay = Overlay::None;
                    self.write(what, path, egui);
                }
                None
            }
            (Wanted::Save(_), Choice::Nothing) => None,
            (_, Choice::Paths(paths)) => Some(Command::Open(paths)),
            (_, Choice::Nothing) => {
                self.ask_for_path = true;
                self.focus_path = true;
                None
            }
        }
    }

    /// Notes what will be remembered.
    fn remember(&mut self, egui: &egui::Context) {
        self.settings.tab = self.tab;
        self.settings.text_scale = egui.zoom_factor();
        if self.remembered_colours != self.colours.version() {
            self.remembered_colours = self.colours.version();
            self.settings.colours = self.colours.lines();
        }
        let window = egui.input(|input| input.viewport().inner_rect).map(|rect| [rect.width(), rect.height()]);
        self.settings.window = window.or(self.settings.window);
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(path) = &self.settings_path {
            self.settings.save(path);
        }
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }
}

/// What is worked out by a thread draws the window anew at its end.
fn wake(egui: &egui::Context) -> impl Fn() + Send + 'static {
    let egui = egui.clone();
    move || egui.request_repaint()
}

fn dropped(egui: &egui::Context) -> Option<Command> {
    let paths: Vec<PathBuf> =
        egui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
    (!paths.is_empty()).then_some(Command::Open(paths))
}

/// While files hang over the window: what letting them go does.
fn drop_hint_ui(egui: &egui::Context) {
    if egui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let painter = egui.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint")));
    let (area, style) = (egui.content_rect(), egui.global_style());
    painter.rect_filled(area, 0.0, style.visuals.window_fill.gamma_multiply(0.85));
    let font = egui::TextStyle::Heading.resolve(&style);
    painter.text(area.center(), egui::Align2::CENTER_CENTER, "Drop to open", font, style.visuals.strong_text_color());
}

#[cfg(test)]
mod tests;
