//! A small generator of reproducible randomness (splitmix64): one seed, one capture.

#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed ^ 0x5ce9_a210_f1e2_d3c4)
    }

    /// A generator of its own for one purpose, so that more draws there change nothing here.
    pub fn fork(&self, purpose: u64) -> Self {
        let mut child = Self(self.0.wrapping_add(purpose.wrapping_mul(0xd134_2543_de82_ef95)));
        child.word();
        child
    }

    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// `low <= result < high`.
    pub fn range(&mut self, low: u64, high: u64) -> u64 {
        low + self.word() % (high - low)
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && (self.word() >> 11) as f64 / (1u64 << 53) as f64 <= probability
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.range(0, items.len() as u64) as usize]
    }

    /// Lower-case hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut out = String::with_capacity(digits);
        while out.len() < digits {
            let mut word = self.word();
            for _ in 0..(digits - out.len()).min(16) {
                out.push(char::from(b"0123456789abcdef"[(word & 15) as usize]));
                word >>= 4;
            }
        }
        out
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let h = self.hex(32);
        format!("{}-{}-4{}-a{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..])
    }

    /// Words of a chat message, `bytes` long, not all of them ASCII.
    pub fn words(&mut self, bytes: usize) -> String {
        const WORDS: &[&str] = &[
            "the", "train", "to", "München", "is", "late", "see", "you", "tomorrow", "morning", "Grüße", "who",
            "brings", "coffee", "we", "could", "meet", "earlier", "☃", "maybe", "at", "seven", "or", "not", "everyone",
            "agrees", "fine",
        ];
        let mut out = String::with_capacity(bytes + 16);
        while out.len() < bytes {
            out.push_str(self.pick::<&str>(WORDS));
            out.push(' ');
        }
        let mut end = bytes;
        while !out.is_char_boundary(end) {
            end -= 1;
        }
        out.truncate(end);
        while out.len() < bytes {
            out.push('.');
        }
        out
    }
}
