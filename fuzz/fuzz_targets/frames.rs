//! Any frames through the whole pipeline. The input is a list of frames with `SEPARATOR` between them; the first byte of
//! each says whether it is taken as it is, or becomes the payload of a UDP datagram or of a TCP segment of one of two
//! connections, in order or a little beside it.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

use libfuzzer_sys::fuzz_target;
use rcshark::capture::LinkType;
use support::Trace;

const SEPARATOR: &[u8] = b"\xf0\xf1";

/// Everything that is decoded, and something that is not.
const LINKS: [LinkType; 8] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::NULL,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::PPP,
    LinkType::IPV6,
    LinkType(147),
];

const ENDS: [[&str; 2]; 2] = [["192.0.2.1:40000", "192.0.2.2:5060"], ["192.0.2.1:40001", "192.0.2.2:2855"]];

fuzz_target!(|data: &[u8]| {
    let mut trace = Trace::default();
    let mut next = [[1_000_u32, 5_000]; 2];
    for record in split(data) {
        let [op, detail, payload @ ..] = record else { continue };
        let (pair, side) = (usize::from(op >> 2 & 1), usize::from(op >> 3 & 1));
        let (from, to) = (ENDS[pair][side], ENDS[pair][1 - side]);
        match op & 3 {
            0 => trace.frame(LINKS[usize::from(detail & 7)], payload),
            1 => trace.udp(from, to, payload),
            _ => {
                // The high bits of `detail` move the segment by -8 to 7 bytes; the low ones are flags.
                let moved_by = i32::from(detail >> 4) - i32::from(detail >> 4 & 8) * 2;
                let seq = next[pair][side].wrapping_add_signed(moved_by);
                let flags = detail & 7 | 16 * (1 - (op & 1));
                trace.tcp(from, to, seq, next[pair][1 - side], flags, payload);
                let syn_and_fin = u32::from(flags & 1) + u32::from(flags >> 1 & 1);
                next[pair][side] = next[pair][side].wrapping_add(payload.len() as u32 + syn_and_fin);
            }
        }
    }
    let read = trace.read();
    let in_batches = trace.read_in_batches(3);
    assert_eq!(read.raw(), in_batches.raw());
    assert_eq!(read.problems, in_batches.problems);
    for message in read.messages.list.iter() {
        let raw = &*read.messages.raw(message);
        let opened = read.messages.sip(message).is_some() || read.messages.msrp(message).is_some();
        assert!(opened && !raw.is_empty());
        // Each run of a message stands in the frame that it names.
        let pieces = read.messages.pieces(message);
        let ends = pieces.iter().skip(1).map(|piece| piece.at as usize).chain([raw.len()]);
        for (piece, end) in pieces.iter().zip(ends) {
            let run = &raw[piece.at as usize..end];
            let frame = &trace.frames[piece.frame.0 as usize].1;
            assert_eq!(&frame[piece.frame_offset as usize..][..run.len()], run);
        }
    }
});

fn split(mut data: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if data.is_empty() {
            return None;
        }
        let end = data.windows(2).position(|window| window == SEPARATOR).unwrap_or(data.len());
        let record = &data[..end];
        data = data.get(end + 2..).unwrap_or_default();
        Some(record)
    })
}
