//! The window: lays out the panels, and does what they ask for in one `match`.

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui;

use crate::chooser::{Choice, Chooser};
use crate::command::Command;
use crate::opened::Opened;
use crate::panels::{capture, detail, sessions, start, status, toolbar};

/// How often progress is drawn anew.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

pub struct App {
    opened: Opened,
    /// Read several captures as one?
    merge: bool,
    /// What is typed into the path field.
    path: String,
    focus_path: bool,
    chooser: Option<Chooser>,
}

impl App {
    /// Begins to read `captures`.
    pub fn new(captures: Vec<PathBuf>, merge: bool, egui: &egui::Context) -> App {
        let mut app = App { opened: Opened::default(), merge, path: String::new(), focus_path: false, chooser: None };
        if !captures.is_empty() {
            app.execute(Command::Open(captures), egui);
        }
        app
    }

    fn execute(&mut self, command: Command, egui: &egui::Context) {
        let context = egui.clone();
        let wake = move || context.request_repaint();
        match command {
            // One dialog at a time.
            Command::Choose => {
                self.chooser.get_or_insert_with(|| Chooser::open(wake));
            }
            Command::Open(paths) => {
                self.opened = Opened::read(&paths, self.merge, wake);
                let title = self.opened.current().map(|capture| format!("{} – rcshark", capture.name));
                egui.send_viewport_cmd(egui::ViewportCommand::Title(title.unwrap_or_else(|| "rcshark".into())));
            }
            Command::Cancel => self.opened.cancel(),
            Command::Select(selection) => self.opened.select(selection),
            Command::SelectPrevious => self.opened.step(false),
            Command::SelectNext => self.opened.step(true),
            Command::SwitchTheme => egui.set_theme(match egui.theme() {
                egui::Theme::Dark => egui::Theme::Light,
                egui::Theme::Light => egui::Theme::Dark,
            }),
        }
    }

    /// One frame of the window.
    pub fn show(&mut self, ui: &mut egui::Ui) {
        let egui = ui.ctx().clone();
        self.opened.poll();
        if self.opened.is_reading() {
            egui.request_repaint_after(PROGRESS_EVERY);
        }
        let mut asked = shortcuts(&egui);
        asked.extend(dropped(&egui));
        asked.extend(self.chosen());
        asked.extend(self.panels_ui(ui));
        for command in asked {
            self.execute(command, &egui);
            egui.request_repaint();
        }
        drop_hint_ui(&egui);
    }

    fn panels_ui(&mut self, ui: &mut egui::Ui) -> Vec<Command> {
        let mut asked = Vec::new();
        let focus_path = std::mem::take(&mut self.focus_path);
        egui::Panel::top("toolbar").show(ui, |ui| asked.extend(toolbar::toolbar_ui(ui, &mut self.path, focus_path)));
        let opened = &mut self.opened;
        let reveal = std::mem::take(&mut opened.reveal);
        if opened.captures.is_empty() {
            egui::CentralPanel::default().show(ui, |ui| asked.extend(start::start_ui(ui)));
            return asked;
        }
        egui::Panel::bottom("status").show(ui, |ui| asked.extend(status::status_ui(ui, &opened.status())));
        let left = egui::Panel::left("sessions").default_size(420.0).size_range(240.0..=720.0);
        left.show(ui, |ui| asked.extend(sessions::sessions_ui(ui, &opened.rows, opened.selection, reveal)));
        egui::CentralPanel::default().show(ui, |ui| match (&opened.detail, opened.current()) {
            (Some(session), _) => detail::detail_ui(ui, session),
            (None, Some(current)) => asked.extend(capture::capture_ui(ui, current)),
            (None, None) => {}
        });
        asked
    }

    /// What the file dialog gave. When it gave nothing, a path can be typed.
    fn chosen(&mut self) -> Option<Command> {
        let choice = self.chooser.as_ref()?.poll();
        if !matches!(choice, Choice::Pending) {
            self.chooser = None;
        }
        match choice {
            Choice::Pending => None,
            Choice::Nothing => {
                self.focus_path = true;
                None
            }
            Choice::Files(paths) => Some(Command::Open(paths)),
        }
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.show(ui);
    }
}

/// The commands whose keys were pressed. While text is typed, the keys without modifiers belong to it.
fn shortcuts(egui: &egui::Context) -> Vec<Command> {
    let typing = egui.text_edit_focused();
    let pressed = |command: &Command| {
        let shortcut = command.shortcut().filter(|shortcut| !typing || shortcut.modifiers.any());
        shortcut.is_some_and(|shortcut| egui.input_mut(|input| input.consume_shortcut(&shortcut)))
    };
    Command::WITH_SHORTCUT.into_iter().filter(pressed).collect()
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
