//! Original → present identifiers. What we say is made new once and then used wherever it stands: in headers, SDP, MSRP paths,
//! CPIM, IMDN and XML. What the far end chose is learned from its messages. What is known of one leg counts before what is known
//! overall: an end may use other names towards another.

use hashbrown::HashMap;

use super::fresh::Fresh;

/// Shortest identifier that is looked for in free text. A shorter one may be a word of somebody.
const MIN_TEXT_BYTES: usize = 6;

/// Where an identifier is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Everywhere,
    Leg(usize),
}

/// The identifiers of one replayed session.
pub struct Identifiers {
    everywhere: Table,
    legs: Vec<Table>,
    pub fresh: Fresh,
    /// Hosts and domains by `--map`: what to look for, and what to put there.
    hosts: Vec<(String, String)>,
}

#[derive(Default)]
struct Table {
    exact: HashMap<Box<str>, Box<str>>,
    /// By the first run of identifier characters: the originals that begin with it, the longest first.
    by_atom: HashMap<Box<str>, Vec<Box<str>>>,
}

impl Table {
    fn insert(&mut self, original: &str, present: &str) {
        let known = self.exact.insert(original.into(), present.into());
        if known.is_none() && original.len() >= MIN_TEXT_BYTES {
            let atom = &original[..atom_len(original.as_bytes())];
            let list = self.by_atom.entry(atom.into()).or_default();
            list.push(original.into());
            list.sort_by_key(|text| std::cmp::Reverse(text.len()));
        }
    }

    /// The original that stands at the beginning of `text`, whose first atom is `atom`, and what takes its place.
    fn find(&self, atom: &str, text: &[u8]) -> Option<(&str, &str)> {
        let list = self.by_atom.get(atom)?;
        let stands = |original: &str| {
            let original = original.as_bytes();
            text.starts_with(original)
                && !(original.last().is_some_and(|byte| is_atom(*byte))
                    && text.get(original.len()).is_some_and(|byte| is_atom(*byte)))
        };
        let original = list.iter().find(|original| stands(original))?;
        Some((original, self.exact.get(original)?))
    }
}

impl Identifiers {
    /// For a session of so many legs. `hosts`: the textual part of `--map`.
    pub fn new(legs: usize, hosts: Vec<(String, String)>) -> Identifiers {
        Identifiers {
            everywhere: Table::default(),
            legs: (0..legs).map(|_| Table::default()).collect(),
            fresh: Fresh::default(),
            hosts,
        }
    }

    fn table(&mut self, scope: Scope) -> &mut Table {
        match scope {
            Scope::Leg(leg) if leg < self.legs.len() => &mut self.legs[leg],
            _ => &mut self.everywhere,
        }
    }

    /// From now on `original` is called `present`.
    pub fn learn(&mut self, scope: Scope, original: &str, present: &str) {
        if !original.is_empty() && !present.is_empty() {
            self.table(scope).insert(original, present);
        }
    }

    /// What `original` is called on this leg.
    pub fn get(&self, leg: usize, original: &str) -> Option<&str> {
        let on_leg = self.legs.get(leg).and_then(|table| table.exact.get(original));
        on_leg.or_else(|| self.everywhere.exact.get(original)).map(|text| &**text)
    }

    /// What `original` is called overall.
    pub fn everywhere(&self, original: &str) -> Option<&str> {
        self.everywhere.exact.get(original).map(|text| &**text)
    }

    /// What `original` is called; when it has no name yet, a new one in the same form.
    pub fn name(&mut self, leg: usize, scope: Scope, original: &str) -> String {
        if let Some(known) = self.get(leg, original) {
            return known.to_owned();
        }
        let new = self.fresh.like(original);
        self.learn(scope, original, &new);
        new
    }

    /// The text with everything that is known put in.
    pub fn rewrite(&self, leg: usize, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 32);
        let mut at = 0;
        while at < text.len() {
            let len = atom_len(&text[at..]);
            if len == 0 {
                out.push(text[at]);
                at += 1;
                continue;
            }
            let bytes = &text[at..at + len];
            // Atoms are ASCII.
            let atom = std::str::from_utf8(bytes).unwrap_or_default();
            let on_leg = self.legs.get(leg).and_then(|table| table.find(atom, &text[at..]));
            if let Some((original, present)) = on_leg.or_else(|| self.everywhere.find(atom, &text[at..])) {
                out.extend_from_slice(present.as_bytes());
                at += original.len();
                continue;
            }
            match self.host(atom) {
                Some(host) => out.extend_from_slice(host.as_bytes()),
                None => out.extend_from_slice(bytes),
            }
            at += len;
        }
        out
    }

    /// As [`Identifiers::rewrite`], for a header value.
    pub fn rewrite_text(&self, leg: usize, text: &str) -> String {
        String::from_utf8_lossy(&self.rewrite(leg, text.as_bytes())).into_owned()
    }

    /// A host that `--map` names, or one below it.
    fn host(&self, atom: &str) -> Option<String> {
        self.hosts.iter().find_map(|(from, to)| {
            let rest = atom.strip_suffix(from.as_str())?;
            (rest.is_empty() || rest.ends_with('.')).then(|| format!("{rest}{to}"))
        })
    }
}

fn atom_len(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_atom(**byte)).count()
}

/// Characters that identifiers, users and hosts are made of; others end one.
fn is_atom(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'+' | b'%' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_identifiers_are_replaced_and_the_leg_counts_first() {
        let mut ids = Identifiers::new(2, vec![("example.com".into(), "test.local".into())]);
        ids.learn(Scope::Everywhere, "sip:conf-1234@cf.example", "sip:conf-9@127.0.0.1:5070");
        ids.learn(Scope::Everywhere, "conf-1234", "conf-9");
        ids.learn(Scope::Everywhere, "mess-77abc", "mess-1");
        ids.learn(Scope::Leg(1), "mess-77abc", "mess-2");
        let text = "<sip:conf-1234@cf.example;gr> conf-1234 mess-77abc mess-77abcd xmess-77abc a@ims.example.com";
        let seen = |leg| ids.rewrite_text(leg, text);
        assert_eq!(seen(0), "<sip:conf-9@127.0.0.1:5070;gr> conf-9 mess-1 mess-77abcd xmess-77abc a@ims.test.local");
        assert!(seen(1).contains(" mess-2 "));
    }

    #[test]
    fn a_name_is_made_once() {
        let mut ids = Identifiers::new(1, vec![]);
        let first = ids.name(0, Scope::Everywhere, "c0ffee-1234");
        assert_ne!(first, "c0ffee-1234");
        assert_eq!(ids.name(0, Scope::Leg(0), "c0ffee-1234"), first);
    }
}
