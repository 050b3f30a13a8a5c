//! Capturing from the window, on loopback.

use super::*;
use crate::selection::Selection;

#[allow(clippy::print_stderr, reason = "whoever runs the tests is to know")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// Steps until the window is as wanted.
fn until(window: &mut Window, what: &str, is_so: impl Fn(&Window) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so(window) {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
        window.run_steps(2);
    }
}

/// Sends the SIP messages of a session of a sample from and to an address of loopback.
fn send_sip(sample_name: &str, session: usize, host: &str) {
    use rcshark::capture::{Input, OpenOptions, open};

    let frames = open(&[Input::Path(sample(sample_name))], &OpenOptions::default()).unwrap();
    let analysis = rcshark::analyze(frames);
    let socket = std::net::UdpSocket::bind((host, 0)).unwrap();
    let to = socket.local_addr().unwrap();
    for (id, message) in analysis.messages.iter() {
        if message.sip().is_some() && analysis.sessions.session_of[id.0 as usize] == session as u32 {
            socket.send_to(&analysis.messages.raw(message), to).unwrap();
        }
    }
}

#[test]
fn a_live_capture_is_started_followed_stopped_and_saved() {
    let host = "127.9.2.1";
    let folder = tempfile::tempdir().unwrap();
    let mut window = window(vec![], false);
    window.get_all_by_label("Capture live…").next().unwrap().click();
    window.run_steps(3);
    if window.query_by_label("lo").is_none() {
        return skipped("there is no loopback interface to capture on");
    }
    let chosen = app(&window).live.chosen();
    for name in chosen.iter().map(String::as_str).chain(["lo"]) {
        window.get_by_label(name).click();
        window.run_steps(2);
    }
    window.get_by_label("Capture filter").focus();
    window.run_steps(2);
    window.get_by_label("Capture filter").type_text("udp port no");
    window.run_steps(2);
    window.get_by_label("Start").click();
    window.run_steps(3);
    if has(&window, "no permission to capture") {
        return skipped("no permission to capture");
    }
    assert!(has(&window, "capture filter \"udp port no\" on lo: "), "what is wrong is told, and can be mended");
    window.get_by_label("Capture filter").focus();
    window.run_steps(2);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
    window.get_by_label("Capture filter").type_text(&format!("host {host}"));
    window.run_steps(2);
    window.get_by_label("Start").click();
    window.run_steps(3);
    assert!(has(&window, "Capturing live on lo"));

    // Two groups of one capture, one after the other.
    send_sip("two-groups.pcap", 0, host);
    until(&mut window, "the first session comes while it goes on", |window| has(window, "s1, group"));
    window.key_press(egui::Key::Num3);
    window.run_steps(2);
    for _ in 0..2 {
        window.key_press(egui::Key::J);
        window.run_steps(3);
    }
    let selected = app(&window).opened.focus.message;
    assert!(selected.is_some_and(|message| message.0 > 0));
    send_sip("two-groups.pcap", 1, host);
    until(&mut window, "the second session comes", |window| has(window, "s2, group"));
    let (opened, tab) = (&app(&window).opened, app(&window).tab);
    assert_eq!((opened.selection, tab), (Selection::Session { capture: 0, session: 0 }, Tab::Messages));
    assert_eq!(opened.focus.message, selected, "what is selected stays so");

    window.get_by_label("Stop capturing").click();
    wait(&mut window);
    window.get_by_label("live on lo, 2 sessions");
    assert!(!has(&window, "Stop capturing"));
    let saved = folder.path().join("live.pcapng");
    save_as(&mut window, egui::Key::S, &saved);
    let again = self::window(vec![saved], false);
    again.get_by_label("live.pcapng, 2 sessions");
}

/// Asks by a key with Ctrl to save something, to `path`.
fn save_as(window: &mut Window, key: egui::Key, path: &Path) {
    window.key_press_modifiers(egui::Modifiers::COMMAND, key);
    window.run_steps(3);
    let save = match &mut window.state_mut().as_mut().unwrap().overlay {
        Overlay::Save(save) => save,
        _ => panic!("no path is asked for"),
    };
    save.path = path.display().to_string();
    window.run_steps(2);
    window.get_by_label("Save").click();
    window.run_steps(2);
    wait(window);
}
