//! The reader against captures of many origins: frame counts as recorded, and frame by frame as libpcap sees them.
//!
//! The corpus is no part of this project: without it these tests say so and pass.

// Says what is skipped.
#![allow(clippy::print_stdout)]

#[path = "support/corpus.rs"]
mod shared;

use std::fs;
use std::path::{Path, PathBuf};

use rcshark::capture::{FrameReader, Input, OpenError, OpenOptions, Problems, expand, open};
use shared::corpus;

fn reader(path: &Path) -> Result<FrameReader, OpenError> {
    open(&[Input::Path(path.to_path_buf())], &OpenOptions::default())
}

fn count(mut reader: FrameReader) -> u32 {
    let mut delivered = 0;
    while let Some(batch) = reader.next_batch() {
        delivered += batch.frames.len() as u32;
    }
    let summary = reader.summary();
    assert_eq!(summary.frames, delivered);
    delivered
}

/// Rows of the tables in PROVENANCE.md: file, and its column "packets".
fn recorded_counts(provenance: &str) -> Vec<(String, u32)> {
    let mut rows = vec![];
    let mut column = None;
    for line in provenance.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        if cells.first() == Some(&"file") {
            column = cells.iter().position(|cell| *cell == "packets");
        } else if let Some(count) = column.and_then(|column| cells.get(column)?.parse().ok()) {
            rows.push((cells[0].to_string(), count));
        }
    }
    rows
}

#[test]
fn frame_counts_are_the_recorded_ones() {
    let Some(world) = corpus("world") else { return };
    let rows = recorded_counts(&fs::read_to_string(world.join("PROVENANCE.md")).unwrap());
    assert!(rows.len() > 300, "only {} rows in the table", rows.len());
    let mut wrong = vec![];
    for (file, packets) in rows {
        match reader(&world.join(&file)).map(count) {
            Ok(count) if count == packets => {}
            Err(OpenError::ForeignFormat { format, .. }) if format.contains("Network Monitor") => {}
            other => wrong.push(format!("{file}: recorded {packets}, read {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every capture of the corpus.
fn all_captures() -> Vec<PathBuf> {
    let folders =
        ["group", "faults", "real", "world/captures", "world/captures-layers", "world/captures-msrp-recorded"];
    let inputs: Vec<Input> = folders.iter().filter_map(|folder| corpus(folder)).map(Input::from).collect();
    let files = expand(&inputs, &mut Problems::default()).unwrap();
    files.into_iter().filter_map(|input| if let Input::Path(path) = input { Some(path) } else { None }).collect()
}

#[cfg(feature = "pcap")]
#[test]
fn frames_are_what_libpcap_reads() {
    use pcap::{Capture, Precision};

    let mut compared = 0;
    for path in all_captures() {
        let Ok(mut theirs) = Capture::from_file_with_precision(&path, Precision::Nano) else { continue };
        let mut ours = reader(&path).unwrap();
        let mut number = 0;
        let mut mixed = false;
        while let Some(batch) = ours.next_batch() {
            for frame in &batch.frames {
                number += 1;
                let packet = match theirs.next_packet() {
                    Ok(packet) => packet,
                    // Where libpcap gives up: several link types in one file.
                    Err(error) if error.to_string().contains("different from the type of the first") => {
                        mixed = true;
                        break;
                    }
                    Err(error) => panic!("{} frame {number}: libpcap says {error}", path.display()),
                };
                let nanos = packet.header.ts.tv_sec * 1_000_000_000 + packet.header.ts.tv_usec;
                let place = format!("{} frame {number}", path.display());
                assert_eq!((frame.time.0, frame.original_len_bytes), (nanos, packet.header.len), "{place}");
                assert!(batch.store.bytes(frame.data) == packet.data, "{place}: other bytes");
            }
        }
        if !mixed {
            assert!(theirs.next_packet().is_err(), "{}: libpcap reads more than {number} frames", path.display());
            compared += 1;
        }
    }
    println!("{compared} captures compared with libpcap");
}

/// Unlike libpcap, the crate `pcap-parser` reads files with several link types.
#[test]
fn pcapng_frames_are_what_pcap_parser_reads() {
    use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
    use pcap_parser::{Block, PcapBlockOwned, PcapError, PcapNGReader};

    let mut compared = 0;
    for path in all_captures() {
        let file = fs::File::open(&path).unwrap();
        let Ok(mut theirs) = PcapNGReader::new(1 << 20, file) else { continue };
        let (mut interfaces, mut expected) = (vec![], vec![]);
        loop {
            match theirs.next() {
                Ok((len, PcapBlockOwned::NG(block))) => {
                    match block {
                        Block::SectionHeader(_) => interfaces.clear(),
                        Block::InterfaceDescription(interface) => interfaces.push(interface.linktype.0 as u16),
                        Block::EnhancedPacket(packet) => expected.push((
                            interfaces[packet.if_id as usize],
                            packet.orig_len(),
                            packet.packet_data().to_vec(),
                        )),
                        _ => {}
                    }
                    theirs.consume(len);
                }
                Ok((len, _)) => theirs.consume(len),
                Err(PcapError::Incomplete(_)) => theirs.refill().unwrap(),
                Err(PcapError::Eof) => break,
                Err(error) => panic!("{}: {error}", path.display()),
            }
        }
        let mut ours = reader(&path).unwrap();
        let mut expected = expected.into_iter();
        while let Some(batch) = ours.next_batch() {
            for frame in &batch.frames {
                let ours = (frame.link.0, frame.original_len_bytes, batch.store.bytes(frame.data).to_vec());
                assert_eq!(expected.next(), Some(ours), "{} frame {}", path.display(), frame.id.0 + 1);
            }
        }
        assert_eq!(expected.next(), None, "{}", path.display());
        compared += 1;
    }
    println!("{compared} captures compared with pcap-parser");
}
