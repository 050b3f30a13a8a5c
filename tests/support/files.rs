//! Frames → capture files of every format.

use std::fs;
use std::io::Write;
use std::path::Path;

use rcshark::capture::{PcapngWriter, Time};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::repack::Frame;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Pcap,
    PcapNanos,
    PcapBigEndian,
    PcapNanosBigEndian,
    PcapGzip,
    Pcapng,
    PcapngGzip,
    PcapngZstd,
}

pub const ALL_FORMATS: [Format; 8] = [
    Format::Pcap,
    Format::PcapNanos,
    Format::PcapBigEndian,
    Format::PcapNanosBigEndian,
    Format::PcapGzip,
    Format::Pcapng,
    Format::PcapngGzip,
    Format::PcapngZstd,
];

pub fn write(path: &Path, frames: &[Frame], format: Format) {
    let bytes = match format {
        Format::Pcap => pcap(frames, 1_000, u32::to_le_bytes),
        Format::PcapNanos => pcap(frames, 1, u32::to_le_bytes),
        Format::PcapBigEndian => pcap(frames, 1_000, u32::to_be_bytes),
        Format::PcapNanosBigEndian => pcap(frames, 1, u32::to_be_bytes),
        Format::PcapGzip => gzip(&pcap(frames, 1_000, u32::to_le_bytes)),
        Format::Pcapng => pcapng(frames),
        Format::PcapngGzip => gzip(&pcapng(frames)),
        Format::PcapngZstd => compress_to_vec(&pcapng(frames)[..], CompressionLevel::Fastest),
    };
    fs::write(path, bytes).unwrap();
}

/// draft-ietf-opsawg-pcap. One link type; a frame's time in ticks of so many nanoseconds.
fn pcap(frames: &[Frame], tick_nanos: i64, number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let magic = if tick_nanos == 1 { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    // Version 2.4: two 16-bit numbers, the first of which comes first in either byte order.
    let version = if number(1) == 1u32.to_le_bytes() { [2, 0, 4, 0] } else { [0, 2, 0, 4] };
    let link = frames.first().map_or(1, |frame| u32::from(frame.link.0));
    let mut out = [number(magic), version, number(0), number(0), number(262_144), number(link)].concat();
    for frame in frames {
        assert_eq!(u32::from(frame.link.0), link, "a pcap file has one link type");
        let seconds = frame.time_nanos.div_euclid(1_000_000_000) as u32;
        let ticks = (frame.time_nanos.rem_euclid(1_000_000_000) / tick_nanos) as u32;
        for field in [seconds, ticks, frame.bytes.len() as u32, frame.original_len] {
            out.extend(number(field));
        }
        out.extend(&frame.bytes);
    }
    out
}

fn pcapng(frames: &[Frame]) -> Vec<u8> {
    let mut writer = PcapngWriter::new(vec![]).unwrap();
    for frame in frames {
        writer.frame(Time(frame.time_nanos), frame.link, &frame.bytes, frame.original_len, &[]).unwrap();
    }
    writer.finish().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
