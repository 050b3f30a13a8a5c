//! What a capture file tells beside its frames: comments, names, secrets, and what was wrong with it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{FrameId, ProblemKind, Problems, Span};

/// How many comments, names and secrets of one file are kept; a hostile file could hold one per twelve bytes.
pub const MAX_NOTES_PER_FILE: usize = 100_000;

/// A comment somebody left in a pcapng file (option `opt_comment`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    pub on: Commented,
    /// UTF-8 text: see [`super::Store::text`].
    pub text: Span,
}

/// What a [`Comment`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commented {
    /// A section of the file with this number in the set.
    Section {
        file: u32,
    },
    /// The interface `index`, counted from 0 in its section.
    Interface {
        file: u32,
        index: u32,
    },
    Frame(FrameId),
}

/// An address and a name for it, out of a Name Resolution Block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameResolution {
    pub address: IpAddr,
    pub name: Span,
}

/// A Decryption Secrets Block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secrets {
    /// What kind of secrets: [`Secrets::TLS_KEY_LOG`] or another value of the pcapng registry.
    pub kind: u32,
    pub data: Span,
}

impl Secrets {
    /// An NSS key log (`SSLKEYLOGFILE`).
    pub const TLS_KEY_LOG: u32 = 0x544c_534b;
}

/// The notes of one file.
#[derive(Clone, Default)]
pub(super) struct Notes {
    /// How the file is called in messages.
    pub file_name: String,
    /// Which file of the set it is.
    pub file: u32,
    /// Comments on frames bear the frame's number in the file, counted from 0.
    pub comments: Vec<Comment>,
    pub names: Vec<NameResolution>,
    pub secrets: Vec<Secrets>,
    pub problems: Problems,
    /// Packets that the capturing system dropped, by section (where it begins in the file) and interface. The counters of a
    /// file grow: the last one counts.
    dropped: BTreeMap<(usize, u32), u64>,
    limit_noted: bool,
}

impl Notes {
    pub fn new(file: u32, file_name: String) -> Notes {
        Notes { file, file_name, ..Notes::default() }
    }

    pub fn problem(&mut self, kind: ProblemKind, bytes: u64, detail: impl FnOnce() -> String) {
        let file_name = &self.file_name;
        self.problems.note(kind, None, bytes, || format!("{file_name}: {}", detail()));
    }

    /// Whether one more comment, name, secret or counter may be kept.
    pub fn has_room(&mut self) -> bool {
        let kept = self.comments.len() + self.names.len() + self.secrets.len() + self.dropped.len();
        let room = kept < MAX_NOTES_PER_FILE;
        if !room && !std::mem::replace(&mut self.limit_noted, true) {
            self.problem(ProblemKind::Limit, 0, || {
                format!("more than {MAX_NOTES_PER_FILE} comments, names, secrets and counters; the others are left out")
            });
        }
        room
    }

    /// Of an interface of the section that begins at byte `section`, `packets` were dropped so far.
    pub fn dropped(&mut self, section: usize, interface: u32, packets: u64) {
        if packets > 0 && (self.dropped.contains_key(&(section, interface)) || self.has_room()) {
            self.dropped.insert((section, interface), packets);
        }
    }

    /// The problems of the file, once it was walked over.
    pub fn into_problems(mut self) -> Problems {
        for ((_, interface), packets) in std::mem::take(&mut self.dropped) {
            self.problem(ProblemKind::PacketsDropped, 0, || {
                format!("{packets} packets of interface {interface} were dropped by the system that captured them")
            });
        }
        self.problems
    }
}
