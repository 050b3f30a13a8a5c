//! The identifiers of a plan as the capture has them, and where they stand in its texts. Found once per plan and shared by all its
//! copies: what a copy calls them is put in without looking for them again.

use hashbrown::HashMap;

/// Shortest identifier that is looked for in free text. A shorter one may be a word of somebody.
const MIN_TEXT_BYTES: usize = 6;

/// Everything in a plan that may be called otherwise when it is played. Known by numbers.
#[derive(Debug, Default)]
pub struct Originals {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    /// By the first run of identifier characters: the originals that begin with it, the longest first.
    by_atom: HashMap<Box<str>, Vec<u32>>,
    /// Hosts, domains and users that `--map` names.
    hosts: Vec<String>,
}

/// A captured text, and the places in it where something may take the place of something.
#[derive(Clone, Debug, Default)]
pub struct Text {
    pub(super) raw: Vec<u8>,
    pub(super) places: Vec<Place>,
}

impl Text {
    /// A text in which nothing is replaced.
    pub fn plain(text: &str) -> Text {
        Text { raw: text.as_bytes().into(), places: vec![] }
    }

    /// Puts another one behind it.
    pub fn push(&mut self, other: &Text) {
        let len = self.raw.len();
        self.raw.extend_from_slice(&other.raw);
        self.places.extend(other.places.iter().cloned().map(|place| Place { at: place.at + len, ..place }));
    }
}

/// A run of identifier characters.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) at: usize,
    pub(super) len: usize,
    /// Originals that stand here, the longest first.
    pub(super) originals: Box<[u32]>,
    /// The host of `--map` that it ends with, and how much stands before that.
    pub(super) host: Option<(usize, usize)>,
}

impl Originals {
    pub fn new(texts: impl IntoIterator<Item = String>, hosts: Vec<String>) -> Originals {
        let mut originals = Originals { hosts, ..Originals::default() };
        for text in texts.into_iter().filter(|text| !text.is_empty()) {
            let number = originals.texts.len() as u32;
            if originals.numbers.try_insert(text.as_str().into(), number).is_err() {
                continue;
            }
            if text.len() >= MIN_TEXT_BYTES {
                let atom = &text[..atom_len(text.as_bytes())];
                originals.by_atom.entry(atom.into()).or_default().push(number);
            }
            originals.texts.push(text.into());
        }
        let texts = &originals.texts;
        for list in originals.by_atom.values_mut() {
            list.sort_by_key(|&number| std::cmp::Reverse(texts[number as usize].len()));
        }
        originals
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn number(&self, original: &str) -> Option<u32> {
        self.numbers.get(original).copied()
    }

    pub(super) fn bytes_of(&self, number: u32) -> usize {
        self.texts[number as usize].len()
    }

    /// Finds the places of a text.
    pub fn cut(&self, text: &[u8]) -> Text {
        let mut places = vec![];
        let mut at = 0;
        while at < text.len() {
            let len = atom_len(&text[at..]);
            // Atoms are ASCII.
            let atom = std::str::from_utf8(&text[at..at + len]).unwrap_or_default();
            let originals: Box<[u32]> = match self.by_atom.get(atom).filter(|_| len > 0) {
                Some(list) => list.iter().copied().filter(|&number| self.stands(number, &text[at..])).collect(),
                None => Box::default(),
            };
            let host = self.host(atom);
            if !originals.is_empty() || host.is_some() {
                places.push(Place { at, len, originals, host });
            }
            at += len.max(1);
        }
        Text { raw: text.into(), places }
    }

    /// Does the original stand at the beginning of `text`, and not as the beginning of a longer word?
    fn stands(&self, number: u32, text: &[u8]) -> bool {
        let original = self.texts[number as usize].as_bytes();
        text.starts_with(original)
            && !(original.last().is_some_and(|byte| is_atom(*byte))
                && text.get(original.len()).is_some_and(|byte| is_atom(*byte)))
    }

    /// A host that `--map` names, or one below it.
    fn host(&self, atom: &str) -> Option<(usize, usize)> {
        self.hosts.iter().enumerate().find_map(|(number, from)| {
            let rest = atom.strip_suffix(from.as_str()).filter(|_| !atom.is_empty())?;
            (rest.is_empty() || rest.ends_with('.')).then_some((number, rest.len()))
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
