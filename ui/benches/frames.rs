//! What one frame of each view costs: the pass over the panels, without drawing the pixels.
//!
//! ```text
//! cargo bench -p rcshark-ui --bench frames -- CAPTURE
//! ```
//!
//! For each view: the first frame, one in which something moves (the selection goes on by a row), and one in which nothing does.
//! Before them how long it took until the first session was there, until everything was, and until the rules were done.

#![allow(clippy::print_stdout, reason = "it is a program that prints")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::egui::{self, Event, Key, Modifiers, RawInput, Rect, pos2, vec2};
use rcshark_ui::{App, Start};

const FRAMES: usize = 60;

/// The window of the target: a large one.
const SIZE: egui::Vec2 = vec2(1920.0, 1080.0);

struct Window {
    egui: egui::Context,
    app: App,
    time: f64,
}

impl Window {
    /// One pass; how long it took.
    fn frame(&mut self, events: Vec<Event>) -> Duration {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(pos2(0.0, 0.0), SIZE)),
            time: Some(self.time),
            events,
            focused: true,
            ..RawInput::default()
        };
        let app = &mut self.app;
        let begin = Instant::now();
        let output = self.egui.run_ui(input, |ui| app.show(ui));
        let took = begin.elapsed();
        std::hint::black_box(output);
        took
    }

    fn press(&mut self, key: Key) -> Duration {
        self.press_with(Modifiers::NONE, key)
    }

    fn press_with(&mut self, modifiers: Modifiers, key: Key) -> Duration {
        let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        self.frame(vec![event(true), event(false)])
    }

    fn wait(&mut self) {
        while self.app.is_busy() {
            std::thread::sleep(Duration::from_millis(5));
            self.frame(Vec::new());
        }
    }
}

fn main() {
    let Some(path) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).map(PathBuf::from) else {
        println!("frames CAPTURE: which capture?");
        return;
    };
    let egui = egui::Context::default();
    let begin = Instant::now();
    let app = App::new(Start { captures: vec![path], ..Start::default() }, &egui);
    let mut window = Window { egui, app, time: 0.0 };
    let mut first_session = None;
    let mut longest = Duration::ZERO;
    while window.app.is_reading() {
        std::thread::sleep(Duration::from_millis(5));
        longest = longest.max(window.frame(Vec::new()));
        first_session = first_session.or_else(|| window.app.has_session().then(|| begin.elapsed()));
    }
    let read = begin.elapsed();
    window.wait();
    println!(
        "first session after {:.2} s, all after {:.2} s, rules checked after {:.2} s; longest frame meanwhile {} ms",
        first_session.unwrap_or(read).as_secs_f64(),
        read.as_secs_f64(),
        begin.elapsed().as_secs_f64(),
        longest.as_millis()
    );
    println!("{:<18} {:>12} {:>17} {:>16}", "view", "first frame", "moving, median", "still, median");
    for (name, key) in [
        ("timeline", Key::Num1),
        ("ladder", Key::Num2),
        ("messages", Key::Num3),
        ("chat", Key::Num4),
        ("findings", Key::Num5),
        ("overview", Key::Num6),
        ("not read", Key::Num7),
    ] {
        window.measure(name, key);
    }
    // The capture as a whole, which stands above its sessions.
    window.press_with(Modifiers::COMMAND, Key::ArrowUp);
    window.measure("all messages", Key::Num3);
    window.measure("all findings", Key::Num5);
    println!("{} MB at most", peak_megabytes());
}

impl Window {
    fn measure(&mut self, name: &str, key: Key) {
        self.press(key);
        let first = self.frame(Vec::new());
        self.wait();
        self.press(Key::J);
        self.frame(Vec::new());
        // The command of a key is done behind the frame, and what it changes is drawn in the two behind it.
        let mut moving: Vec<Duration> =
            (0..FRAMES).map(|_| self.press(Key::J).max(self.frame(Vec::new())).max(self.frame(Vec::new()))).collect();
        for _ in 0..5 {
            self.frame(Vec::new());
        }
        let mut still: Vec<Duration> = (0..FRAMES).map(|_| self.frame(Vec::new())).collect();
        println!("{name:<18} {:>9} µs {:>14} µs {:>13} µs", first.as_micros(), median(&mut moving), median(&mut still));
    }
}

/// The most memory that the process had; 0 where the system does not tell.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn median(durations: &mut [Duration]) -> u128 {
    durations.sort_unstable();
    durations[durations.len() / 2].as_micros()
}
