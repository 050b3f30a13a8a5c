//! What networks and sniffers do to packets, each as a function from packets to packets. What was sent stays the same.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use scenario::random::Random;

use super::repack::{Body, Packet};

const MILLIS: i64 = 1_000_000;

/// How soon after each other the pieces of a segment come.
const SEGMENT_GAP_NANOS: i64 = 2_000;

/// Segments further apart than this were not sent together.
const TOGETHER_NANOS: i64 = 100 * MILLIS;

/// TCP streams in segments of 1 to `longest` bytes, which keep no boundary of the original ones: some are cut, some
/// merged.
pub fn recut(packets: Vec<Packet>, longest: u64, random: &mut Random) -> Vec<Packet> {
    let mut out = vec![];
    let mut runs: BTreeMap<[SocketAddr; 2], Run> = BTreeMap::new();
    for packet in packets {
        let (Some((from, to)), Some((header, payload))) = (packet.direction(), packet.tcp()) else {
            out.push(packet);
            continue;
        };
        let connection = if from < to { [from, to] } else { [to, from] };
        let carries_data = !payload.is_empty() && !header.syn && !header.rst;
        if !carries_data && !header.syn && !header.rst && !header.fin {
            out.push(packet);
            continue;
        }
        let run = runs.entry(connection).or_default();
        if !carries_data || !run.is_continued_by(&packet) {
            std::mem::take(run).cut(longest, random, &mut out);
        }
        if carries_data {
            run.packets.push(packet);
        } else {
            out.push(packet);
        }
    }
    for run in runs.into_values() {
        run.cut(longest, random, &mut out);
    }
    in_order(out)
}

/// Segments of one direction that follow each other, with nothing said by the other side in between.
#[derive(Default)]
struct Run {
    packets: Vec<Packet>,
}

impl Run {
    fn is_continued_by(&self, packet: &Packet) -> bool {
        let (Some(last), Some((next, _))) = (self.packets.last(), packet.tcp()) else { return true };
        let Some((header, payload)) = last.tcp() else { return false };
        last.direction() == packet.direction()
            && !header.fin
            && header.sequence_number.wrapping_add(payload.len() as u32) == next.sequence_number
            && packet.time_nanos - last.time_nanos < TOGETHER_NANOS
    }

    fn cut(self, longest: u64, random: &mut Random, out: &mut Vec<Packet>) {
        let Some((first, _)) = self.packets.first().and_then(Packet::tcp) else { return };
        let first_sequence = first.sequence_number;
        let mut bytes = vec![];
        // Which packet brought each byte.
        let mut brought_by = vec![];
        for (index, packet) in self.packets.iter().enumerate() {
            bytes.extend(packet.tcp().unwrap().1);
            brought_by.resize(bytes.len(), index);
        }
        let (mut start, mut number) = (0, 0);
        while start < bytes.len() {
            let end = bytes.len().min(start + random.range(1, longest + 1) as usize);
            let carrier = &self.packets[brought_by[end - 1]];
            let mut header = carrier.tcp().unwrap().0.clone();
            header.sequence_number = first_sequence.wrapping_add(start as u32);
            header.fin &= end == bytes.len();
            out.push(Packet {
                time_nanos: carrier.time_nanos + SEGMENT_GAP_NANOS * number,
                id: random.word() as u16,
                body: Body::Tcp(header, bytes[start..end].to_vec()),
                ..carrier.clone()
            });
            (start, number) = (end, number + 1);
        }
    }
}

/// Some packets are captured up to two milliseconds late, behind others.
pub fn reorder(mut packets: Vec<Packet>, probability: f64, random: &mut Random) -> Vec<Packet> {
    for packet in &mut packets {
        if random.chance(probability) {
            packet.time_nanos += random.range(1, 2 * MILLIS as u64) as i64;
        }
    }
    in_order(packets)
}

/// Some segments are sent again within 300 ms.
pub fn retransmit(packets: Vec<Packet>, probability: f64, random: &mut Random) -> Vec<Packet> {
    let mut out = packets.clone();
    for mut packet in packets {
        if packet.tcp().is_some_and(|(_, payload)| !payload.is_empty()) && random.chance(probability) {
            packet.time_nanos += random.range(MILLIS as u64, 300 * MILLIS as u64) as i64;
            packet.id = random.word() as u16;
            out.push(packet);
        }
    }
    in_order(out)
}

/// Some segments repeat bytes of the one before.
pub fn overlap(mut packets: Vec<Packet>, probability: f64, random: &mut Random) -> Vec<Packet> {
    let mut before: BTreeMap<(SocketAddr, SocketAddr), (u32, Vec<u8>)> = BTreeMap::new();
    for packet in &mut packets {
        let Some(direction) = packet.direction() else { continue };
        let Body::Tcp(header, payload) = &mut packet.body else { continue };
        if payload.is_empty() || header.syn {
            continue;
        }
        let (sequence, original) = (header.sequence_number, payload.clone());
        if let Some((last_sequence, last)) = before.get(&direction)
            && last_sequence.wrapping_add(last.len() as u32) == sequence
            && random.chance(probability)
        {
            let repeated = random.range(1, last.len() as u64 + 1) as usize;
            header.sequence_number = sequence.wrapping_sub(repeated as u32);
            payload.splice(..0, last[last.len() - repeated..].iter().copied());
        }
        before.insert(direction, (sequence, original));
    }
    packets
}

/// The first byte of every direction has a sequence number of `distance` before the wrap; 0 makes it 0.
pub fn wrap(mut packets: Vec<Packet>, mut distance: impl FnMut() -> u32) -> Vec<Packet> {
    let mut shifts: BTreeMap<(SocketAddr, SocketAddr), u32> = BTreeMap::new();
    for packet in &packets {
        if let (Some(direction), Some((header, _))) = (packet.direction(), packet.tcp()) {
            let first_byte = header.sequence_number.wrapping_add(u32::from(header.syn));
            shifts.entry(direction).or_insert_with(|| distance().wrapping_add(first_byte).wrapping_neg());
        }
    }
    for packet in &mut packets {
        let Some((from, to)) = packet.direction() else { continue };
        let shift = |direction| shifts.get(&direction).copied().unwrap_or_default();
        if let Body::Tcp(header, _) = &mut packet.body {
            header.sequence_number = header.sequence_number.wrapping_add(shift((from, to)));
            if header.ack {
                header.acknowledgment_number = header.acknowledgment_number.wrapping_add(shift((to, from)));
            }
        }
    }
    packets
}

/// No SYN was captured.
pub fn without_syn(mut packets: Vec<Packet>) -> Vec<Packet> {
    packets.retain(|packet| packet.tcp().is_none_or(|(header, _)| !header.syn));
    packets
}

/// Every packet is captured again up to 50 µs later: `seen_again` says how it looks there.
pub fn mirrored(packets: Vec<Packet>, seen_again: fn(&mut Packet), random: &mut Random) -> Vec<Packet> {
    let mut out = vec![];
    for packet in packets {
        let mut copy = packet.clone();
        copy.time_nanos += random.range(0, 50_001) as i64;
        seen_again(&mut copy);
        out.extend([packet, copy]);
    }
    in_order(out)
}

/// The capture lacks some packets.
pub fn lose(mut packets: Vec<Packet>, probability: f64, random: &mut Random) -> Vec<Packet> {
    packets.retain(|_| !random.chance(probability));
    packets
}

fn in_order(mut packets: Vec<Packet>) -> Vec<Packet> {
    packets.sort_by_key(|packet| packet.time_nanos);
    packets
}
