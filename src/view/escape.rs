//! Text from captures is hostile: it is escaped for the place where it is shown.

use std::borrow::Cow;
use std::fmt::Write;

/// For a terminal and for one line: control characters (C0, DEL, C1), line breaks, and the characters that turn the writing direction
/// (Unicode TR 36 §3.6) are written as `\x1b`, `\u{202e}`.
pub fn terminal(text: &str) -> Cow<'_, str> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain || !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            _ if !is_dangerous(character) => escaped.push(character),
            _ if character.is_ascii() => {
                let _ = write!(escaped, "\\x{:02x}", character as u32);
            }
            _ => {
                let _ = write!(escaped, "\\u{{{:x}}}", character as u32);
            }
        }
    }
    Cow::Owned(escaped)
}

fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_lose_their_power() {
        assert_eq!(terminal("Münch☃en"), "Münch☃en");
        assert_eq!(terminal("\u{1b}[2J\r\nx\u{7f}"), "\\x1b[2J\\r\\nx\\x7f");
        assert_eq!(terminal("a\u{202e}b\u{9b}31m"), "a\\u{202e}b\\u{9b}31m");
    }
}
