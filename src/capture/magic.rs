//! What a file is, told by its first bytes; its name is never asked.

use super::walk::Walk;

/// How many of a file's first bytes [`Magic::of`] wants to see.
pub(super) const MAGIC_BYTES: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magic {
    Capture,
    Gzip,
    Zstd,
    /// Something that may well hold packets, but is not read here.
    Foreign(&'static str),
    Unknown,
}

const FOREIGN: &[(&[u8], &str)] = &[
    (b"GMBU", "a capture of Microsoft Network Monitor 2.x"),
    (b"RTSS", "a capture of Microsoft Network Monitor 1.x"),
    (b"snoop\0\0\0", "a snoop capture"),
    (b"btsnoop\0", "a Bluetooth snoop capture"),
    (b"XCP\0", "a NetXRay or Sniffer capture"),
    (b"TRSNIFF data    ", "a Sniffer capture"),
    (b"\xfd7zXZ\0", "xz data"),
    (b"BZh", "bzip2 data"),
    (b"\x04\x22\x4d\x18", "lz4 data"),
    (b"PK\x03\x04", "a zip archive"),
];

impl Magic {
    pub fn of(first_bytes: &[u8]) -> Magic {
        if Walk::recognises(first_bytes) {
            return Magic::Capture;
        }
        if first_bytes.starts_with(&[0x1f, 0x8b]) {
            return Magic::Gzip;
        }
        // RFC 8878 section 3.1: a frame, or a skippable frame before it.
        if let Some(&[0x28, 0xb5, 0x2f, 0xfd] | &[0x50..=0x5f, 0x2a, 0x4d, 0x18]) = first_bytes.first_chunk::<4>() {
            return Magic::Zstd;
        }
        FOREIGN
            .iter()
            .find(|(magic, _)| first_bytes.starts_with(magic))
            .map_or(Magic::Unknown, |(_, format)| Magic::Foreign(format))
    }
}

/// The first bytes of a file as a message shows them: `"GET / H"…`.
pub(super) fn quoted(first_bytes: &[u8]) -> String {
    let shown = &first_bytes[..first_bytes.len().min(8)];
    let dots = if first_bytes.len() > shown.len() { "…" } else { "" };
    format!("\"{}\"{dots}", shown.escape_ascii())
}
