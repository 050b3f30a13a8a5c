//! The window: lays out the panels, and does what they ask for in one `match`.

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui;

use crate::chooser::{Choice, Chooser};
use crate::command::Command;
use crate::opened::Opened;
use crate::panels::{capture, detail, sessions, start, status, toolbar};
use crate::style;

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
        style::install(egui);
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
        let bar = egui::Frame::side_top_panel(ui.style()).inner_margin(6.0);
        egui::Panel::top("toolbar")
            .frame(bar)
            .show(ui, |ui| asked.extend(toolbar::toolbar_ui(ui, &mut self.path, focus_path)));
        let opened = &mut self.opened;
        let reveal = std::mem::take(&mut opened.reveal);
        if opened.captures.is_empty() {
            egui::CentralPanel::default().show(ui, |ui| asked.extend(start::start_ui(ui)));
            return asked;
        }
        egui::Panel::bottom("status").frame(bar).show(ui, |ui| asked.extend(status::status_ui(ui, &opened.status())));
        let left = egui::Panel::left("sessions").default_size(380.0).size_range(240.0..=720.0);
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Instant;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;
    use scenario::conversation::Conversation;
    use scenario::output::Capture;
    use scenario::packets::Packeting;
    use scenario::script::{Ending, Story};

    use super::*;

    /// A capture of one group chat for each subject.
    fn write_capture(path: &Path, subjects: &[&str]) {
        let conversations = subjects.iter().enumerate().map(|(group, subject)| {
            let story = Story::new(1).group(group as u32).subject(Some(subject));
            Conversation::of(&story.create("A", &["B", "C"]).message("A", "Hello").end(Ending::Inactivity))
        });
        Capture::of(conversations.collect(), &Packeting::default()).write(path).unwrap();
    }

    /// The window, once `paths` were read.
    fn window(paths: Vec<PathBuf>, merge: bool) -> Harness<'static, Option<App>> {
        let show = move |ui: &mut egui::Ui, app: &mut Option<App>| {
            app.get_or_insert_with(|| App::new(paths.clone(), merge, ui.ctx())).show(ui);
        };
        let mut harness = Harness::builder().with_size([1280.0, 800.0]).build_ui_state(show, None);
        wait(&mut harness);
        harness
    }

    /// Waits for the background thread.
    fn wait(harness: &mut Harness<'_, Option<App>>) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while harness.state().as_ref().is_some_and(|app| app.opened.is_reading()) {
            assert!(Instant::now() < deadline, "reading does not end");
            std::thread::sleep(Duration::from_millis(5));
            harness.step();
        }
        harness.run();
    }

    #[test]
    fn without_a_capture_the_window_says_what_to_do() {
        let harness = window(vec![], false);
        harness.get_by_label("Open a capture to see its group sessions");
        harness.get_by_label("Open captures…");
    }

    #[test]
    fn a_capture_is_opened_and_its_sessions_are_walked_by_keyboard_and_mouse() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lunch.pcap");
        write_capture(&path, &["Lunch", "Dinner"]);
        let mut harness = window(vec![path], false);
        harness.get_by_label("lunch.pcap, 2 sessions");
        harness.get_by_label("s1: group session");
        harness.key_press(egui::Key::ArrowDown);
        harness.run();
        harness.get_by_label("s2: group session");
        harness.get_by_label("Dinner");
        harness.get_by_label_contains("Same focus-uri sip:");
        harness.key_press(egui::Key::ArrowUp);
        harness.run();
        harness.get_by_label("s1: group session");
        harness.get_by_label_contains("s2, group, Dinner").click();
        harness.run();
        harness.get_by_label("s2: group session");
    }

    #[test]
    fn several_captures_are_entries_of_their_own_and_one_when_merged() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["lunch.pcap", "dinner.pcap"].map(|name| folder.path().join(name)).to_vec();
        write_capture(&paths[0], &["Lunch"]);
        write_capture(&paths[1], &["Lunch", "Dinner"]);
        let harness = window(paths.clone(), false);
        harness.get_by_label("lunch.pcap, 1 session");
        harness.get_by_label("dinner.pcap, 2 sessions");
        let harness = window(paths, true);
        harness.get_by_label_contains("lunch.pcap and 1 more, ");
    }

    #[test]
    fn what_cannot_be_opened_is_told_beside_what_can() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["missing.pcap", "notes.txt", "lunch.pcap"].map(|name| folder.path().join(name)).to_vec();
        std::fs::write(&paths[1], "Dear diary").unwrap();
        write_capture(&paths[2], &["Lunch"]);
        let mut harness = window(paths, false);
        harness.get_by_label("s1: group session");
        harness.get_by_label("missing.pcap, could not be read").click();
        harness.run();
        harness.get_by_label_contains("no such file or folder");
        harness.get_by_label("notes.txt, could not be read").click();
        harness.run();
        harness.get_by_label_contains("not a capture: begins with");
    }

    #[test]
    fn a_capture_cut_in_the_middle_is_shown_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.pcap");
        write_capture(&path, &["Lunch"]);
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
        let mut harness = window(vec![path], false);
        harness.get_by_label("s1: group session");
        harness.get_by_label_contains("1 problem").click();
        harness.run();
        harness.get_by_label("What could not be read");
        harness.get_by_label("truncated-file");
    }

    #[derive(Debug)]
    struct Dropped(PathBuf);

    impl egui::DroppedFile for Dropped {
        fn path(&self) -> &Path {
            &self.0
        }

        fn bytes(&self) -> Result<Vec<u8>, String> {
            std::fs::read(&self.0).map_err(|error| error.to_string())
        }
    }

    #[test]
    fn dropped_files_replace_what_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["lunch.pcap", "dinner.pcap"].map(|name| folder.path().join(name));
        write_capture(&paths[0], &["Lunch"]);
        write_capture(&paths[1], &["Dinner"]);
        let mut harness = window(vec![paths[0].clone()], false);
        harness.get_by_label("Lunch");
        harness.input_mut().dropped_files.push(Arc::new(Dropped(paths[1].clone())));
        harness.step();
        wait(&mut harness);
        harness.get_by_label("Dinner");
        assert!(harness.query_by_label("Lunch").is_none());
    }

    #[test]
    fn the_theme_is_switched_by_its_button() {
        let mut harness = window(vec![], false);
        assert_eq!(harness.ctx.theme(), egui::Theme::Dark);
        harness.get_by_label("Dark or light").click();
        harness.run();
        assert_eq!(harness.ctx.theme(), egui::Theme::Light);
    }
}
