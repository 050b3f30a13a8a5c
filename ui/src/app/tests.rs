//! Whole flows through the window, found by what is read aloud.

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
