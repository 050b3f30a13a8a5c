//! Conversations → a capture in memory → files: the capture (pcap or pcapng, also gzipped) and its truth (JSON).

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use rcshark::capture::{LinkType, PcapngWriter, Time};

use crate::conversation::{Conversation, Payload};
use crate::packets::{self, Frame, Packeting, Sighting};
use crate::truth::{FORMAT, Loss, Truth};

/// Frames in the order of the file, and what is true about them.
pub struct Capture {
    pub link_type: u16,
    pub frames: Vec<Frame>,
    pub truth: Truth,
}

impl Capture {
    pub fn of(conversations: Vec<Conversation>, packeting: &Packeting) -> Self {
        let numbered = conversations.iter().enumerate();
        let mut frames =
            numbered.flat_map(|(number, one)| packets::packets(one, number as u32, packeting)).collect::<Vec<_>>();
        frames.sort_by_key(|frame| frame.time_us);
        let (frames, lost) = packets::impair(frames, packeting);

        let mut truth = Truth {
            format: FORMAT,
            capture: String::new(),
            link: packeting.link.name().to_owned(),
            file_format: "pcap",
            packets: frames.len(),
            sip_messages: 0,
            msrp_messages: 0,
            options: Vec::new(),
            groups: Vec::new(),
            one2one: Vec::new(),
            violations: Vec::new(),
            losses: losses(&conversations, &lost),
        };
        let mut spans = spans(&frames, conversations.len());
        for (mut conversation, spans) in conversations.into_iter().zip(&mut spans) {
            conversation.record.resolve(spans);
            for message in &conversation.messages {
                match &message.payload {
                    Payload::Sip(_) => truth.sip_messages += 1,
                    Payload::Msrp(msrp) => {
                        truth.msrp_messages += msrp.chunks.iter().filter(|chunk| !chunk.omit).count()
                    }
                    Payload::Raw(_) | Payload::Open | Payload::Refused | Payload::Close => {}
                }
            }
            truth.options.push(conversation.options);
            truth.groups.append(&mut conversation.record.groups);
            truth.one2one.append(&mut conversation.record.one2one);
            truth.violations.append(&mut conversation.record.violations);
        }
        Self { link_type: packeting.link.link_type(), frames, truth }
    }

    /// Writes `path` in the format its name asks for: pcapng when it ends in `.pcapng`, else classic pcap; gzipped when
    /// `.gz` follows.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = io::BufWriter::new(std::fs::File::create(path)?);
        if path.extension().is_some_and(|extension| extension == "gz") {
            let mut gzip = GzEncoder::new(file, Compression::best());
            self.write_format(Format::of(path), &mut gzip)?;
            file = gzip.finish()?;
        } else {
            self.write_format(Format::of(path), &mut file)?;
        }
        file.flush()
    }

    fn write_format(&self, format: Format, out: &mut impl Write) -> io::Result<()> {
        match format {
            Format::Pcap => write_pcap(out, self.link_type, &self.frames),
            Format::Pcapng => write_pcapng(out, self.link_type, &self.frames),
        }
    }

    /// Writes the truth about the capture at `path` to `path.truth.json`.
    pub fn write_truth(&mut self, path: &Path) -> io::Result<()> {
        self.truth.capture = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.truth.file_format = Format::of(path).name();
        let mut truth_path = PathBuf::from(path).into_os_string();
        truth_path.push(".truth.json");
        let mut json = serde_json::to_vec_pretty(&self.truth)?;
        json.push(b'\n');
        std::fs::write(truth_path, json)
    }
}

/// The file formats that can be written.
#[derive(Clone, Copy)]
enum Format {
    Pcap,
    Pcapng,
}

impl Format {
    /// What a file of this name should hold.
    fn of(path: &Path) -> Self {
        let name = path.to_string_lossy();
        if name.trim_end_matches(".gz").ends_with(".pcapng") { Self::Pcapng } else { Self::Pcap }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::Pcapng => "pcapng",
        }
    }
}

fn spans(frames: &[Frame], conversations: usize) -> Vec<crate::truth::Spans> {
    let mut spans = vec![HashMap::new(); conversations];
    for (number, frame) in (1u32..).zip(frames) {
        for mark in &frame.marks {
            let span = spans[mark.conversation as usize].entry(mark.message).or_insert((number, number));
            span.1 = number;
        }
    }
    spans
}

fn losses(conversations: &[Conversation], lost: &[Sighting]) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    for sighting in lost {
        let messages = &conversations[sighting.conversation as usize].messages;
        let Some(message) = messages.iter().find(|message| message.id == sighting.message) else { continue };
        match losses.iter_mut().find(|loss| loss.message == message.label) {
            Some(loss) => loss.lost_packets += 1,
            None => losses.push(Loss { message: message.label.clone(), lost_packets: 1 }),
        }
    }
    losses
}

fn write_pcapng(out: &mut impl Write, link_type: u16, frames: &[Frame]) -> io::Result<()> {
    let mut writer = PcapngWriter::new(out)?;
    for frame in frames {
        let time = Time(frame.time_us as i64 * 1_000);
        writer.frame(time, LinkType(link_type), &frame.bytes, frame.original_len, &[])?;
    }
    writer.finish().map(drop)
}

pub fn write_pcap(out: &mut impl Write, link_type: u16, frames: &[Frame]) -> io::Result<()> {
    write_pcap_header(out, link_type)?;
    frames.iter().try_for_each(|frame| write_pcap_frame(out, frame))
}

/// The 24 bytes at the beginning: µs resolution, little-endian, version 2.4, snaplen 262144.
pub fn write_pcap_header(out: &mut impl Write, link_type: u16) -> io::Result<()> {
    let mut header = Vec::with_capacity(24);
    for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, u32::from(link_type)] {
        header.extend_from_slice(&u32::to_le_bytes(word));
    }
    out.write_all(&header)
}

pub fn write_pcap_frame(out: &mut impl Write, frame: &Frame) -> io::Result<()> {
    let seconds = (frame.time_us / 1_000_000) as u32;
    let micros = (frame.time_us % 1_000_000) as u32;
    let mut header = [0; 16];
    for (place, word) in [seconds, micros, frame.bytes.len() as u32, frame.original_len].into_iter().enumerate() {
        header[place * 4..place * 4 + 4].copy_from_slice(&word.to_le_bytes());
    }
    out.write_all(&header)?;
    out.write_all(&frame.bytes)
}
