//! New identifiers that look like the old ones: of the same length, letters where there were letters, digits where there were
//! digits, so that whoever checks their form finds it kept.

use std::hash::{BuildHasher, RandomState};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// A source of identifiers that do not repeat.
pub struct Fresh {
    state: u64,
}

impl Default for Fresh {
    /// Others in every run.
    fn default() -> Fresh {
        Fresh::seeded(RandomState::new().hash_one(0))
    }
}

impl Fresh {
    /// The same seed, the same identifiers.
    pub fn seeded(seed: u64) -> Fresh {
        let mut fresh = Fresh { state: seed };
        fresh.state = fresh.number();
        fresh
    }

    /// 64 random bits (SplitMix64).
    pub fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// `len` hexadecimal digits.
    pub fn hex(&mut self, len: usize) -> String {
        self.hex_behind("", len)
    }

    /// `len` hexadecimal digits behind a word.
    pub fn hex_behind(&mut self, word: &str, len: usize) -> String {
        let len = word.len() + len;
        let mut text = Vec::with_capacity(len + 16);
        text.extend_from_slice(word.as_bytes());
        while text.len() < len {
            let bits = self.number();
            text.extend((0..16).map(|digit| HEX[(bits >> (digit * 4) & 15) as usize]));
        }
        text.truncate(len);
        String::from_utf8(text).unwrap_or_default()
    }

    /// An identifier in the form of `original`. What stands behind an `@` is a host and stays, so do words without a digit in
    /// `words.with-12digits`: a prefix is no part of what makes it unique.
    pub fn like(&mut self, original: &str) -> String {
        let (name, host) = original.split_at(original.find('@').unwrap_or(original.len()));
        let is_edge = |c: char| !c.is_ascii_alphanumeric();
        let is_part = |part: &str| part.len() >= 4 && part.bytes().any(|byte| byte.is_ascii_digit());
        let none = !name.split(is_edge).any(is_part);
        let is_uuid = is_uuid(name);
        let mut text = String::with_capacity(original.len());
        for part in name.split_inclusive(is_edge) {
            let word = part.trim_end_matches(is_edge);
            if none || is_uuid || is_part(word) {
                self.like_word(word, &mut text);
            } else {
                text.push_str(word);
            }
            text.push_str(&part[word.len()..]);
        }
        if is_uuid {
            // Version and variant (RFC 4122 §4.1) stay.
            text.replace_range(14..15, &name[14..15]);
            text.replace_range(19..20, &name[19..20]);
        }
        text.push_str(host);
        text
    }

    fn like_word(&mut self, word: &str, text: &mut String) {
        let is_hex = word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        let mut bits = 0u64;
        for (index, c) in word.chars().enumerate() {
            if index % 8 == 0 {
                bits = self.number();
            }
            let byte = (bits >> (index % 8 * 8)) as u8;
            text.push(match c {
                // A number does not begin with 0: it may be read as one.
                _ if is_number => char::from(if index == 0 { b'1' + byte % 9 } else { b'0' + byte % 10 }),
                _ if is_hex => char::from(HEX[usize::from(byte % 16)]),
                'a'..='z' => char::from(b'a' + byte % 26),
                'A'..='Z' => char::from(b'A' + byte % 26),
                '0'..='9' => char::from(b'0' + byte % 10),
                other => other,
            });
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_kept() {
        let mut fresh = Fresh::default();
        for original in [
            "aff34550-0785-480a-a5b2-4de78ff466e9",
            "gc-8b27a5c2b06a",
            "1c98729ac920bf1404d39af2@192.0.2.3",
            "Abcdef",
            "",
        ] {
            let new = fresh.like(original);
            assert_eq!(new.len(), original.len());
            assert!(new != original || original.is_empty(), "{new}");
            for (a, b) in original.chars().zip(new.chars()) {
                assert_eq!(a.is_ascii_alphanumeric(), b.is_ascii_alphanumeric());
            }
        }
        assert!(fresh.like("gc-8b27a5c2b06a").starts_with("gc-"));
        assert!(fresh.like("1c98729ac920@192.0.2.3").ends_with("@192.0.2.3"));
        assert_eq!(fresh.like("aff34550-0785-480a-a5b2-4de78ff466e9").as_bytes()[14], b'4');
    }
}
