//! How texts, numbers and times are written in the window.

use rcshark::capture::Time;

/// The longest text from a capture that is shown in one place.
const MAX_SHOWN_CHARS: usize = 300;

/// Text from a capture, made fit to be shown: strangers wrote it. What would not print, or would reorder what stands
/// around it, is escaped; what is very long is cut.
pub fn shown(text: &str) -> String {
    let end = text.char_indices().nth(MAX_SHOWN_CHARS).map(|(end, _)| end);
    match end.and_then(|end| text.get(..end)) {
        Some(beginning) => format!("{}…", rcshark::view::terminal(beginning)),
        None => rcshark::view::terminal(text).into_owned(),
    }
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number and what it counts: `1 leg`, `2 legs`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A span of time with about three digits.
pub fn duration(nanos: i64) -> String {
    let millis = nanos / 1_000_000;
    let seconds = millis / 1000;
    match seconds {
        ..=0 => format!("{millis} ms"),
        1..60 => format!("{seconds}.{} s", millis % 1000 / 100),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3600.. => format!("{} h {:02} min", grouped((seconds / 3600).unsigned_abs()), seconds % 3600 / 60),
    }
}

/// Seconds since `start`, to the millisecond.
pub fn seconds(time: Time, start: Time) -> String {
    format!("{:.3}", time.nanos_since(start) as f64 / 1e9)
}

/// Date and time to the millisecond, UTC.
pub fn moment(time: Time) -> String {
    let rfc3339 = time.to_string();
    let date = rfc3339.split('T').next().unwrap_or_default();
    format!("{date} {}", clock(time))
}

/// The time of day to the millisecond, UTC.
pub fn clock(time: Time) -> String {
    let rfc3339 = time.to_string();
    let clock = rfc3339.split('T').nth(1).unwrap_or_default();
    clock.get(..12).unwrap_or(clock).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_not_print_or_would_reorder_text_is_escaped() {
        assert_eq!(shown("a\tb\r\n\u{1b}[31m"), "a\\tb\\r\\n\\x1b[31m");
        assert_eq!(shown("sip:\u{202e}ecila"), "sip:\\u{202e}ecila");
        assert_eq!(shown("Zoë – 5 €"), "Zoë – 5 €");
    }

    #[test]
    fn what_is_very_long_is_cut() {
        let long = "ä".repeat(MAX_SHOWN_CHARS);
        assert_eq!(shown(&long), long);
        assert_eq!(shown(&format!("{long}b")), format!("{long}…"));
    }

    #[test]
    fn numbers_and_times_are_easy_to_read() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 1, 2].map(|number| count(number, "leg")), ["0 legs", "1 leg", "2 legs"]);
        let spans = [5, 12_340, 61_000, 7_260_000].map(|millis| duration(millis * 1_000_000));
        assert_eq!(spans, ["5 ms", "12.3 s", "1 min 01 s", "2 h 01 min"]);
        assert_eq!(moment(Time(1_772_359_200_005_318_001)), "2026-03-01 10:00:00.005");
    }
}
