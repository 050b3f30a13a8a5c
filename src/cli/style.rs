//! The few colours of the terminal output, and how times and texts are written there.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::Analysis;
use crate::capture::Time;
use crate::view::{Tone, terminal};

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();
pub const SIP: Style = AnsiColor::Cyan.on_default();
pub const MSRP: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();
pub const WARN: Style = AnsiColor::Yellow.on_default();

/// How a tone looks.
pub fn tone(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Faint => DIM,
        Tone::Good => MSRP,
        Tone::Doubtful => WARN,
        Tone::Bad => BAD,
    }
}

/// `text` in `style`.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// `12.345 s`, `3 min 05 s`, `2 h 04 min`: a span of nanoseconds as people say it.
pub fn duration(nanos: i64) -> String {
    let seconds = nanos.max(0) / 1_000_000_000;
    match seconds {
        0..=59 => format!("{:.3} s", nanos.max(0) as f64 / 1e9),
        60..=3_599 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3_600..=86_399 => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// A time without the digits nobody reads: `2026-03-01 10:00:00.005`.
pub fn moment(time: Time) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(11..23)) {
        (Some(date), Some(clock)) => format!("{date} {clock}"),
        _ => text,
    }
}

const DAY_NANOS: i64 = 86_400 * 1_000_000_000;

/// The hour of the day, with the date when it is not the day of `start`.
pub fn clock(time: Time, start: Time) -> String {
    let day = |time: Time| time.0.div_euclid(DAY_NANOS);
    let text = moment(time);
    match text.split_once(' ') {
        Some((_, clock)) if day(time) == day(start) => clock.to_owned(),
        _ => text,
    }
}

/// Characters in a line of the terminal; `None` when stdout is no terminal.
pub fn terminal_columns() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

/// The line above everything that is said about a capture.
pub fn write_capture_name(out: &mut impl Write, analysis: &Analysis, about: Option<&str>) -> io::Result<()> {
    let names: Vec<String> = analysis.capture.files.iter().map(|file| file.input.to_string()).collect();
    let about = about.map(|about| format!("  {}", paint(DIM, terminal(about)))).unwrap_or_default();
    writeln!(out, "{}{about}", paint(BOLD, terminal(&names.join(" + "))))
}

/// `1 leg`, `3 legs`.
pub fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// `text` cut to `width` characters, with … where something is missing.
pub fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
