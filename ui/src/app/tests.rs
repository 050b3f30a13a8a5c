//! Whole flows through the window, found by what is read aloud.

mod live;
mod pictures;

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

type Window = Harness<'static, Option<App>>;

/// A capture of one group chat for each subject.
fn write_capture(path: &Path, subjects: &[&str]) {
    let conversations = subjects.iter().enumerate().map(|(group, subject)| {
        let story = Story::new(1).group(group as u32).subject(Some(subject));
        Conversation::of(&story.create("A", &["B", "C"]).message("A", "Hello").end(Ending::Inactivity))
    });
    Capture::of(conversations.collect(), &Packeting::default()).write(path).unwrap();
}

/// A capture that comes with the source.
fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures").join(name)
}

/// The window, once `paths` were read and checked.
fn window(paths: Vec<PathBuf>, merge: bool) -> Window {
    let show = move |ui: &mut egui::Ui, app: &mut Option<App>| {
        app.get_or_insert_with(|| App::new(Start { captures: paths.clone(), merge, ..Start::default() }, ui.ctx()))
            .show(ui);
    };
    let builder = Harness::builder().with_size([1280.0, 800.0]).allow_missing_glyphs();
    let mut harness = builder.build_ui_state(show, None);
    wait(&mut harness);
    harness
}

/// Waits for the threads.
fn wait(window: &mut Window) {
    window.run_steps(2);
    let deadline = Instant::now() + Duration::from_secs(60);
    while window.state().as_ref().is_some_and(App::is_busy) {
        assert!(Instant::now() < deadline, "reading does not end");
        std::thread::sleep(Duration::from_millis(5));
        window.step();
    }
    window.run_steps(4);
}

fn press(window: &mut Window, keys: &[egui::Key]) {
    for &key in keys {
        window.key_press(key);
        window.run_steps(2);
    }
    wait(window);
}

fn press_with(window: &mut Window, modifiers: egui::Modifiers, key: egui::Key) {
    window.key_press_modifiers(modifiers, key);
    window.run_steps(2);
    wait(window);
}

fn click(window: &mut Window, label: &str) {
    window.get_by_label_contains(label).click();
    window.run_steps(3);
    wait(window);
}

fn has(window: &Window, label: &str) -> bool {
    window.query_all_by_label_contains(label).next().is_some()
}

fn app(window: &Window) -> &App {
    window.state().as_ref().unwrap()
}

#[test]
fn without_a_capture_the_window_says_what_to_do() {
    let window = window(vec![], false);
    window.get_by_label("Open a capture to see its group sessions");
    window.get_by_label("Open captures…");
}

#[test]
fn a_capture_is_opened_and_its_sessions_are_walked_by_keyboard_and_mouse() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lunch.pcap");
    write_capture(&path, &["Lunch", "Dinner"]);
    let mut window = window(vec![path], false);
    window.get_by_label("lunch.pcap, 2 sessions");
    press(&mut window, &[egui::Key::Num6]);
    window.get_by_label("s1: group session");
    press_with(&mut window, egui::Modifiers::COMMAND, egui::Key::ArrowDown);
    window.get_by_label("s2: group session");
    window.get_by_label("Dinner");
    assert!(has(&window, "Same focus-uri sip:"));
    press(&mut window, &[egui::Key::OpenBracket]);
    window.get_by_label("s1: group session");
    click(&mut window, "s2, group, Dinner");
    window.get_by_label("s2: group session");
}

#[test]
fn sessions_are_searched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lunch.pcap");
    write_capture(&path, &["Lunch", "Dinner"]);
    let mut window = window(vec![path], false);
    window.get_by_label("Search").focus();
    window.run_steps(2);
    window.get_by_label("Search").type_text("dinn");
    window.run_steps(2);
    assert!(has(&window, "s2, group, Dinner") && !has(&window, "s1, group, Lunch"));
}

#[test]
fn several_captures_are_entries_of_their_own_and_one_when_merged() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["lunch.pcap", "dinner.pcap"].map(|name| folder.path().join(name)).to_vec();
    write_capture(&paths[0], &["Lunch"]);
    write_capture(&paths[1], &["Lunch", "Dinner"]);
    let separate = window(paths.clone(), false);
    separate.get_by_label("lunch.pcap, 1 session");
    separate.get_by_label("dinner.pcap, 2 sessions");
    let merged = window(paths, true);
    merged.get_by_label_contains("lunch.pcap and 1 more, ");
}

#[test]
fn the_captures_in_a_folder_are_entries_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    write_capture(&folder.path().join("lunch.pcap"), &["Lunch"]);
    write_capture(&folder.path().join("dinner.pcap"), &["Dinner"]);
    std::fs::write(folder.path().join("notes.txt"), "Dear diary").unwrap();
    let whole = window(vec![folder.path().into()], false);
    whole.get_by_label("dinner.pcap, 1 session");
    whole.get_by_label("lunch.pcap, 1 session");
    let empty = tempfile::tempdir().unwrap();
    let nothing = window(vec![empty.path().into()], false);
    assert!(has(&nothing, ", could not be read"));
}

#[test]
fn what_cannot_be_opened_is_told_beside_what_can() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["missing.pcap", "notes.txt", "lunch.pcap"].map(|name| folder.path().join(name)).to_vec();
    std::fs::write(&paths[1], "Dear diary").unwrap();
    write_capture(&paths[2], &["Lunch"]);
    let mut window = window(paths, false);
    window.get_by_label_contains("s1, group, Lunch");
    click(&mut window, "missing.pcap, could not be read");
    window.get_by_label_contains("no such file or folder");
    click(&mut window, "notes.txt, could not be read");
    window.get_by_label_contains("not a capture: begins with");
}

#[test]
fn a_capture_cut_in_the_middle_is_shown_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.pcap");
    write_capture(&path, &["Lunch"]);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
    let mut window = window(vec![path], false);
    window.get_by_label_contains("s1, group, Lunch");
    window.get_by_label("1 problem").click();
    window.run_steps(3);
    window.get_by_label("What could not be read");
    assert!(has(&window, "truncated-file"));
}

#[test]
fn reading_that_is_cancelled_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lunch.pcap");
    write_capture(&path, &["Lunch"]);
    let paths = vec![path; 300];
    let show = move |ui: &mut egui::Ui, app: &mut Option<App>| {
        app.get_or_insert_with(|| App::new(Start { captures: paths.clone(), ..Start::default() }, ui.ctx())).show(ui);
    };
    let mut window: Window = Harness::builder().with_size([1280.0, 800.0]).build_ui_state(show, None);
    window.get_all_by_label("Cancel").next().unwrap().click();
    wait(&mut window);
    let is_failed = |capture: &crate::capture::Capture| matches!(capture.state, crate::capture::State::Failed(_));
    assert!(app(&window).opened.captures.last().is_some_and(is_failed), "the last one was not begun");
    assert!(!app(&window).opened.is_reading());
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
    let mut window = window(vec![paths[0].clone()], false);
    assert!(has(&window, "s1, group, Lunch"));
    window.input_mut().dropped_files.push(Arc::new(Dropped(paths[1].clone())));
    window.step();
    wait(&mut window);
    assert!(has(&window, "s1, group, Dinner") && !has(&window, "Lunch"));
}

#[test]
fn the_theme_is_switched_by_its_button() {
    let mut window = window(vec![], false);
    assert_eq!(window.ctx.theme(), egui::Theme::Dark);
    window.get_by_label("Dark or light").click();
    window.run_steps(2);
    assert_eq!(window.ctx.theme(), egui::Theme::Light);
}

#[test]
fn the_sample_capture_is_opened_and_a_finding_marks_its_bytes() {
    let mut window = window(vec![], false);
    click(&mut window, "Open a sample capture");
    assert!(has(&window, "s1, group, Weekend plans"));
    window.get_by_label("4 errors").click();
    window.run_steps(3);
    click(&mut window, "root of a conference-info over MSRP has state");
    // Tree, text and hex show the attribute; the documentation of its rule stands beside it.
    assert!(has(&window, "@state: full"));
    window.get_by_label("What it checks");
    let focus = &app(&window).opened.focus;
    let analysis = &app(&window).opened.current_read().unwrap().analysis;
    let raw = analysis.messages.raw(&analysis.messages[focus.message.unwrap()]);
    assert_eq!(&raw[focus.bytes.clone().unwrap()], b"full");
    press(&mut window, &[egui::Key::J]);
    assert!(has(&window, "user-count is 3, but 2 users are connected"));
    click(&mut window, "Conformance");
    click(&mut window, "fail (");
    assert!(has(&window, "9.2.14.3-m-a.ii, SHALL NOT, fail"));
}

#[test]
fn messages_are_filtered_as_on_the_command_line() {
    let mut window = window(vec![sample("violations.pcapng.gz")], false);
    press(&mut window, &[egui::Key::Num3, egui::Key::Slash]);
    window.get_by_label("Filter").type_text("sip.method == BYE");
    window.run_steps(2);
    press(&mut window, &[egui::Key::Enter]);
    window.get_by_label_contains(" of 270 messages");
    assert!(has(&window, ", SIP, s1, 6") || has(&window, "BYE"));
    press(&mut window, &[egui::Key::J, egui::Key::F]);
    assert!(app(&window).filter.applied().starts_with("sip.call_id == "));
    press(&mut window, &[egui::Key::X]);
    window.get_by_label("270 messages");
}

#[test]
fn a_right_click_makes_a_filter_of_what_is_clicked() {
    let mut window = window(vec![sample("violations.pcapng.gz")], false);
    press(&mut window, &[egui::Key::Num3]);
    window.get_by_label_contains("1, 1, 0.000, 192.0.2.3:5060").click_secondary();
    window.run_steps(3);
    click(&mut window, "Apply as filter");
    let applied = app(&window).filter.applied().to_owned();
    assert!(!applied.is_empty() && has(&window, " of 270 messages"), "{applied}");
    press(&mut window, &[egui::Key::X]);
    // The tree comes before the text.
    window.get_all_by_label_contains("Max-Forwards: 70").next().unwrap().click_secondary();
    window.run_steps(3);
    click(&mut window, "Add to the filter");
    assert_eq!(app(&window).filter.applied(), "sip.header.Max-Forwards == \"70\"");
}

#[test]
fn messages_that_a_filter_takes_are_coloured() {
    let mut window = window(vec![sample("violations.pcapng.gz")], false);
    let egui = window.ctx.clone();
    let app = window.state_mut().as_mut().unwrap();
    app.execute(Command::Filter("sip.method == BYE".into()), &egui);
    window.run_steps(2);
    click(&mut window, "Colours");
    click(&mut window, "Colour 3");
    assert_eq!(super::tests::app(&window).colours.lines(), [(2, "sip.method == BYE".to_owned())]);
    click(&mut window, "Colours");
    click(&mut window, "Remove the colour of sip.method");
    assert!(super::tests::app(&window).colours.all().is_empty());
}

#[test]
fn an_arrow_of_the_ladder_is_selected_by_keys_and_its_columns_are_named() {
    let mut window = window(vec![sample("violations.pcapng.gz")], false);
    press(&mut window, &[egui::Key::Num2, egui::Key::J, egui::Key::J]);
    window.get_by_label("Frame 4: INVITE [sdp]");
    window.get_by_label_contains("Endpoint Alice, 192.0.2.3");
    assert_eq!(app(&window).opened.focus.message.map(|id| id.0), Some(2));
    assert!(has(&window, "Method: INVITE"));
    window.get_by_label("Responses").click();
    window.run_steps(3);
    assert!(has(&window, " of 270 arrows"));
}

#[test]
fn the_roster_tells_who_is_in_at_the_cursor() {
    let mut window = window(vec![sample("violations.pcapng.gz")], false);
    press(&mut window, &[egui::Key::Num1, egui::Key::Home]);
    window.get_by_label("Bob: pending (invited)");
    assert!(has(&window, "Dave: not seen yet"));
    press(&mut window, &[egui::Key::End]);
    assert!(has(&window, "Dave: disconnected"));
}

#[test]
fn the_conversation_is_seen_by_one_and_the_copy_that_is_missing_is_marked() {
    let mut window = window(vec![sample("violations.pcapng.gz")], false);
    press(&mut window, &[egui::Key::Num4]);
    assert!(has(&window, "Message of Alice"));
    click(&mut window, "Deliveries");
    assert!(has(&window, ": none"), "one copy is missing");
}

#[test]
fn a_session_is_exported_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.pcap");
    write_capture(&path, &["Lunch", "Dinner"]);
    let mut window = window(vec![path], false);
    press_with(&mut window, egui::Modifiers::COMMAND, egui::Key::ArrowDown);
    press_with(&mut window, egui::Modifiers::COMMAND, egui::Key::E);
    window.get_by_label("Export the session as pcapng");
    window.get_by_label("Save").click();
    window.run_steps(3);
    wait(&mut window);
    let written = folder.path().join("two-s2.pcapng");
    assert!(has(&window, "Wrote "), "{:?}", app(&window).note);
    let again = super::tests::window(vec![written], false);
    again.get_by_label_contains("s1, group, Dinner");
}

#[test]
fn report_and_ladder_are_exported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lunch.pcap");
    write_capture(&path, &["Lunch"]);
    let mut window = window(vec![path], false);
    press_with(&mut window, egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, egui::Key::E);
    window.get_by_label("Save").click();
    wait(&mut window);
    let page = std::fs::read_to_string(folder.path().join("lunch.html")).unwrap();
    assert!(page.contains("What rcshark found"));
    for (name, beginning) in [("SVG", "<svg"), ("Mermaid", "sequenceDiagram"), ("text", "")] {
        press_with(&mut window, egui::Modifiers::COMMAND, egui::Key::K);
        window.get_by_label("Find a command").type_text(&format!("ladder as {name}"));
        window.run_steps(2);
        press(&mut window, &[egui::Key::Enter]);
        window.get_by_label("Save").click();
        wait(&mut window);
        let extension = match name {
            "SVG" => "svg",
            "Mermaid" => "mmd",
            _ => "txt",
        };
        let text = std::fs::read_to_string(folder.path().join(format!("lunch-s1.{extension}"))).unwrap();
        assert!(text.starts_with(beginning) && text.contains("INVITE"), "{text}");
    }
}

#[test]
fn one_goes_back_to_what_was_looked_at() {
    let mut window = window(vec![sample("violations.pcapng.gz")], false);
    press(&mut window, &[egui::Key::Num5]);
    click(&mut window, "root of a conference-info over MSRP has state");
    let message = app(&window).opened.focus.message;
    press(&mut window, &[egui::Key::Num2, egui::Key::Home]);
    assert_ne!(app(&window).opened.focus.message, message);
    press_with(&mut window, egui::Modifiers::ALT, egui::Key::ArrowLeft);
    press_with(&mut window, egui::Modifiers::ALT, egui::Key::ArrowLeft);
    assert_eq!((app(&window).tab, app(&window).opened.focus.message), (Tab::Findings, message));
    assert!(app(&window).opened.focus.finding.is_some());
    press_with(&mut window, egui::Modifiers::ALT, egui::Key::ArrowRight);
    assert_eq!((app(&window).tab, app(&window).opened.focus.message), (Tab::Ladder, message));
}

#[test]
fn two_messages_are_compared() {
    let mut window = window(vec![sample("violations.pcapng.gz")], false);
    let keys = [egui::Key::Num3, egui::Key::Home, egui::Key::M, egui::Key::J, egui::Key::J, egui::Key::M, egui::Key::D];
    press(&mut window, &keys);
    assert!(has(&window, "Max-Forwards: 70"));
    assert!(has(&window, "CSeq: 3646 INVITE | "));
}

#[test]
fn keys_are_told_and_text_is_copied() {
    let mut window = window(vec![sample("violations.pcapng.gz")], false);
    press(&mut window, &[egui::Key::Questionmark]);
    assert!(has(&window, "Ctrl+O: Open…"));
    press(&mut window, &[egui::Key::Escape]);
    assert!(!has(&window, "Ctrl+O: Open…"));
    window.key_press(egui::Key::W);
    window.step();
    window.step();
    assert_eq!(app(&window).note.as_deref(), Some("Copied: frame.number in {1, 2}"));
}

#[test]
fn every_view_of_every_sample_stands_keys_and_both_themes() {
    let folder = sample("");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().contains(".pcap"));
    paths.sort();
    assert!(paths.len() >= 10);
    let mut window = window(paths.clone(), false);
    for (number, _) in paths.iter().enumerate() {
        let selection = crate::selection::Selection::Session { capture: number, session: 0 };
        let egui = window.ctx.clone();
        window.state_mut().as_mut().unwrap().execute(Command::Select(selection), &egui);
        let tabs = [egui::Key::Num1, egui::Key::Num2, egui::Key::Num3, egui::Key::Num4, egui::Key::Num5];
        for tab in tabs.into_iter().chain([egui::Key::Num6, egui::Key::Num7]) {
            press(&mut window, &[tab, egui::Key::J, egui::Key::PageDown, egui::Key::End, egui::Key::K]);
        }
        press_with(&mut window, egui::Modifiers::COMMAND, egui::Key::T);
    }
}

#[test]
fn captures_with_broken_bytes_are_shown_and_never_end_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read(sample("adhoc-msrp.pcap")).unwrap();
    let paths: Vec<PathBuf> = (0..12u64)
        .map(|seed| {
            let mut bytes = whole.clone();
            let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            for _ in 0..200 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let place = random as usize % bytes.len();
                bytes[place.max(40)] = (random >> 32) as u8;
            }
            let path = folder.path().join(format!("{seed}.pcap"));
            std::fs::write(&path, bytes).unwrap();
            path
        })
        .collect();
    let mut window = window(paths.clone(), false);
    for number in 0..paths.len() {
        let selection = crate::selection::Selection::Session { capture: number, session: 0 };
        let egui = window.ctx.clone();
        window.state_mut().as_mut().unwrap().execute(Command::Select(selection), &egui);
        for tab in [egui::Key::Num1, egui::Key::Num2, egui::Key::Num3, egui::Key::Num4, egui::Key::Num5] {
            press(&mut window, &[tab, egui::Key::J, egui::Key::PageDown, egui::Key::End]);
        }
    }
}
