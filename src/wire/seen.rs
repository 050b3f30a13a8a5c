//! What was looked at before. A message goes to all recipients in the same bytes, and so do notifications on their way: what is the same
//! is looked at once.

use std::hash::Hash;

use hashbrown::HashMap;

/// Bodies of a session that are kept to be recognised, and the longest that is.
const MAX_SEEN: usize = 8192;
const MAX_BODY_BYTES: usize = 4096;

/// What looks have shown, by the bytes looked at.
pub struct Seen<K, V> {
    shown: HashMap<K, V>,
}

impl<K, V> Default for Seen<K, V> {
    fn default() -> Seen<K, V> {
        Seen { shown: HashMap::new() }
    }
}

impl<K: Hash + Eq, V: Clone> Seen<K, V> {
    /// What a look at a body of `len_bytes` shows, which `key` tells from others. `look` gets a number that no other body that is kept has;
    /// `None` where this one is not kept.
    pub fn look(&mut self, key: K, len_bytes: usize, look: impl FnOnce(Option<u32>) -> V) -> V {
        if len_bytes > MAX_BODY_BYTES {
            return look(None);
        }
        if let Some(shown) = self.shown.get(&key) {
            return shown.clone();
        }
        if self.shown.len() == MAX_SEEN {
            return look(None);
        }
        let shown = look(Some(self.shown.len() as u32));
        self.shown.insert(key, shown.clone());
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_looked_at_once_and_what_is_too_much_each_time() {
        let mut seen = Seen::default();
        assert_eq!(seen.look("a", 1, |number| number), Some(0));
        assert_eq!(seen.look("a", 1, |_| panic!("known")), Some(0));
        assert_eq!(seen.look("b", 1, |number| number), Some(1));
        assert_eq!(seen.look("long", MAX_BODY_BYTES + 1, |number| number), None);
        let mut many = Seen::default();
        assert!((0..MAX_SEEN).all(|body| many.look(body, 1, |number| number) == Some(body as u32)));
        assert_eq!(many.look(MAX_SEEN, 1, |number| number), None);
        assert_eq!(many.look(7, 1, |_| panic!("known")), Some(7));
    }
}
