//! Large captures for benchmarks: many concurrent groups of five, straight to disk, in bounded memory.
//!
//! One thread makes group after group, each with its own addresses and identifiers; the other merges the frames of the
//! groups that run at the same time and writes them. About half the bytes are MSRP messages of 200 to 1500 bytes; some
//! are larger. SIP is over UDP and TCP, IPv4 and IPv6, with and without participating functions.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use serde::Serialize;

use crate::conversation::{Conversation, Payload};
use crate::output::{write_pcap_frame, write_pcap_header};
use crate::packets::{self, Frame, Packeting};
use crate::random::Random;
use crate::script::{Ending, Info, SipTransport, Story, Text, Topology};

/// How long a group lasts, about, divided by how many run at the same time.
const GROUP_INTERVAL_US: u64 = 1_000_000;
/// Groups made ahead of the one that is merged.
const GROUPS_AHEAD: usize = 4;
const CHATS_PER_GROUP: u64 = 40;

/// What was written, beside the capture as `NAME.truth.json`.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    pub groups: u32,
    pub packets: u64,
    pub sip_messages: u64,
    /// Every chunk and response counts.
    pub msrp_messages: u64,
    /// Frame bytes without the headers of the file.
    pub bytes: u64,
}

struct Group {
    /// No frame is earlier, and no later group begins earlier.
    start_us: u64,
    frames: std::vec::IntoIter<Frame>,
    sip_messages: u64,
    msrp_messages: u64,
}

/// Writes a capture of about so many bytes: groups begin until it is long enough, and all of them end.
pub fn write(path: &Path, bytes: u64, seed: u64) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let packeting = Packeting::default();
    write_pcap_header(&mut file, packeting.link.link_type())?;
    let summary = stream(bytes, seed, &packeting, &mut file)?;
    file.flush()?;
    let mut truth_path = path.to_path_buf().into_os_string();
    truth_path.push(".truth.json");
    std::fs::write(truth_path, serde_json::to_vec_pretty(&summary)?)
}

fn stream(bytes: u64, seed: u64, packeting: &Packeting, out: &mut impl Write) -> io::Result<Summary> {
    thread::scope(|scope| {
        let (send, groups) = sync_channel(GROUPS_AHEAD);
        scope.spawn(move || {
            // Ends when the receiver is gone.
            for number in 0.. {
                if send.send(group(number, seed, packeting)).is_err() {
                    return;
                }
            }
        });
        // The receiver goes out of scope with this call, so the thread ends.
        merge(bytes, groups.into_iter(), out)
    })
}

fn merge(bytes: u64, mut groups: impl Iterator<Item = Group>, out: &mut impl Write) -> io::Result<Summary> {
    let mut summary = Summary::default();
    let mut made = 0;
    let mut running: Vec<Option<Group>> = Vec::new();
    // The next frame of each running group: time, place in `running`.
    let mut order = BinaryHeap::new();
    let mut heads: Vec<Option<Frame>> = Vec::new();
    let mut next = groups.next();
    loop {
        let now_us = order.peek().map(|&Reverse((time_us, _))| time_us);
        if let Some(group) = next.take_if(|group| made < bytes && now_us.is_none_or(|now_us| group.start_us <= now_us))
        {
            summary.groups += 1;
            summary.sip_messages += group.sip_messages;
            summary.msrp_messages += group.msrp_messages;
            made += group.frames.as_slice().iter().map(|frame| 16 + frame.bytes.len() as u64).sum::<u64>();
            let place = running.iter().position(Option::is_none).unwrap_or(running.len());
            if place == running.len() {
                running.push(None);
                heads.push(None);
            }
            running[place] = Some(group);
            advance(place, &mut running, &mut heads, &mut order);
            next = groups.next();
            continue;
        }
        let Some(Reverse((_, place))) = order.pop() else { return Ok(summary) };
        if let Some(frame) = heads[place].take() {
            write_pcap_frame(out, &frame)?;
            summary.packets += 1;
            summary.bytes += frame.bytes.len() as u64;
        }
        advance(place, &mut running, &mut heads, &mut order);
    }
}

fn advance(
    place: usize,
    running: &mut [Option<Group>],
    heads: &mut [Option<Frame>],
    order: &mut BinaryHeap<Reverse<(u64, usize)>>,
) {
    match running[place].as_mut().and_then(|group| group.frames.next()) {
        Some(frame) => {
            order.push(Reverse((frame.time_us, place)));
            heads[place] = Some(frame);
        }
        None => running[place] = None,
    }
}

fn group(number: u32, seed: u64, packeting: &Packeting) -> Group {
    let story = story(number, seed);
    let conversation = Conversation::of(&story);
    let (mut sip_messages, mut msrp_messages) = (0, 0);
    for message in &conversation.messages {
        match &message.payload {
            Payload::Sip(_) => sip_messages += 1,
            Payload::Msrp(msrp) => msrp_messages += msrp.chunks.len() as u64,
            Payload::Raw(_) | Payload::Open | Payload::Refused | Payload::Close => {}
        }
    }
    let frames = packets::packets(&conversation, number, packeting);
    Group { start_us: story.start_us, frames: frames.into_iter(), sip_messages, msrp_messages }
}

fn story(number: u32, seed: u64) -> Story {
    let mut random = Random::new(seed).fork(u64::from(number));
    let mut story = Story::new(random.word()).group(number).participants(6);
    story.start_us += u64::from(number) * GROUP_INTERVAL_US;
    story.sip = if number.is_multiple_of(2) { SipTransport::Udp } else { SipTransport::Tcp };
    story.ipv6 = number % 5 == 4;
    story.topology = if number % 8 == 7 { Topology::ParticipatingFunctions } else { Topology::Direct };
    story.info = *random.pick(&[Info::Msrp, Info::Notify, Info::Mixed]);
    story.delivery_reports = number.is_multiple_of(3);
    story = story.create("A", &["B", "C", "D", "E"]);
    let people = ["A", "B", "C", "D", "E"];
    for chat in 0..CHATS_PER_GROUP {
        let who = *random.pick(&people);
        story = match chat {
            8 => story.typing(who),
            15 => story.change_subject(who, "Another subject"),
            20 if number.is_multiple_of(4) => story.add("A", "F"),
            // One large message per group.
            25 => story.chat(who, None, Text::Image(random.range(20_000, 60_000) as usize), 8_192),
            _ => story.message(who, Text::Words(random.range(200, 1_300) as usize)),
        };
    }
    story.leave("E").end(Ending::Inactivity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_interleave_and_the_size_is_about_right() {
        let mut out = Vec::new();
        let summary = stream(8 << 20, 7, &Packeting::default(), &mut out).expect("memory takes all");
        assert!(summary.groups > 2 && (8 << 20..10 << 20).contains(&out.len()), "{summary:?}, {} bytes", out.len());
        let mut times = Vec::new();
        let mut rest = &out[..];
        while let Some(header) = rest.get(..16) {
            let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
            times.push((word(0), word(4)));
            rest = &rest[16 + word(8) as usize..];
        }
        assert_eq!(times.len() as u64, summary.packets);
        assert!(times.is_sorted());
    }
}
