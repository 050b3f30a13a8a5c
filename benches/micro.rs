//! How fast the parts are, each alone: best of several rounds, per item and per second.
//!
//! ```text
//! cargo bench --bench micro            all
//! cargo bench --bench micro -- msrp    those with "msrp" in their name
//! ```

use std::hint::black_box;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use rcshark::capture::{self, Batch, FrameReader, Input, OpenOptions, Problems, Store};
use rcshark::net::{Assembler, Chunk, Consumer, Flow, Interest, Packets, StreamEvent};
use rcshark::session::Sessions;
use rcshark::wire::cut::Cut;
use rcshark::wire::{conference_info, cpim, msrp, sip};
use rcshark::{analyze, rules, timeline};

/// Size of the capture that the parts are taken from: some hundred groups.
const CAPTURE_BYTES: u64 = 256 << 20;
const SEED: u64 = 1;

/// Each part is measured for so long, and for so many rounds at least.
const PATIENCE: Duration = Duration::from_millis(600);
const MIN_ROUNDS: u32 = 5;

/// Data of a full TCP segment over Ethernet, with the timestamp option.
const SEGMENT_BYTES: usize = 1448;

fn main() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("mid-size.pcap");
    scenario::large::write(&path, CAPTURE_BYTES, SEED)?;
    let open = || -> FrameReader {
        capture::open(&[Input::Path(path.clone())], &OpenOptions::default()).expect("just written")
    };

    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let mut table = Table { wanted, out: io::stdout().lock() };
    writeln!(table.out, "| part | items | ns per item | million items/s | MB/s |\n|---|--:|--:|--:|--:|")?;

    let analysis = analyze(open());
    let messages = &analysis.messages;
    let of = |is_sip: bool| -> Vec<Vec<u8>> {
        let chosen = messages.iter().filter(|(_, message)| message.sip().is_some() == is_sip);
        chosen.map(|(_, message)| messages.raw(message).into_owned()).collect()
    };
    let (sip_messages, msrp_messages) = (of(true), of(false));
    table.row("sip: framing and summary", &sip_messages, |raw| sip::cut(raw, &mut sip::Scan::default(), true))?;
    table.row("sip: all headers indexed", &sip_messages, sip::Message::parse)?;
    table.row("msrp: framing and summary", &msrp_messages, |raw| msrp::cut(raw, &mut msrp::Scan::default(), true))?;
    let chunks = [1, 2, 4].map(|mib| (format!("msrp: a chunk of {mib} MiB in segments"), vec![chunk(mib << 20)]));
    for (name, chunk) in &chunks {
        table.row(name, chunk, frame_in_segments)?;
    }

    let envelopes: Vec<Vec<u8>> = msrp_messages
        .iter()
        .filter_map(|raw| msrp::Message::parse(raw.as_slice()))
        .filter(|message| message.header("Content-Type").is_some_and(|kind| kind.starts_with("message/cpim")))
        .map(|message| message.body().to_vec())
        .collect();
    table.row("cpim: parse", &envelopes, cpim::parse_first_chunk)?;
    table.row("conference-info: parse, 20 users", &[conference_info_of(20)], conference_info::parse)?;

    let batches: Vec<Batch> = {
        let mut frames = open();
        std::iter::from_fn(|| frames.next_batch()).collect()
    };
    let frames = batches.iter().map(|batch| batch.frames.len()).sum();
    table.whole("net: frames to streams", frames, CAPTURE_BYTES, || {
        let mut assembler = Assembler::new(|_shard| Nobody::default());
        let mut packets = Packets::default();
        for batch in &batches {
            packets.decode(batch);
            assembler.push(&mut packets);
        }
        assembler.finish()
    })?;
    let bytes = messages.iter().map(|(_, message)| u64::from(message.len_bytes)).sum();
    let build = || Sessions::build(messages, &mut Problems::default());
    table.whole("session: messages to sessions", messages.list.len(), bytes, build)?;
    let sessions = build();
    table.whole("timeline: sessions to timelines", messages.list.len(), bytes, || {
        timeline::build(&sessions, messages, false)
    })?;
    let (profile, all) = (rules::Profile::default(), rules::all());
    table
        .whole("rules: analysis to findings", messages.list.len(), bytes, || rules::check(&analysis, &profile, &all))?;
    table.whole("all: file to analysis", messages.list.len(), CAPTURE_BYTES, || analyze(open()))?;
    table.whole("all: file to findings", messages.list.len(), CAPTURE_BYTES, || {
        rules::analyze_and_check(open(), &profile, &all)
    })
}

/// Measures and prints, a row for each part.
struct Table<W> {
    wanted: String,
    out: W,
}

impl<W: Write> Table<W> {
    /// A part that reads one item at a time.
    fn row<'i, T>(&mut self, name: &str, items: &'i [Vec<u8>], mut read: impl FnMut(&'i [u8]) -> T) -> io::Result<()> {
        let bytes = items.iter().map(|item| item.len() as u64).sum();
        self.whole(name, items.len(), bytes, || items.iter().for_each(|item| drop(black_box(read(black_box(item))))))
    }

    /// A part that works on all items at once.
    fn whole<T>(&mut self, name: &str, items: usize, bytes: u64, mut work: impl FnMut() -> T) -> io::Result<()> {
        if !name.contains(&self.wanted) {
            return Ok(());
        }
        let (began, mut best, mut rounds) = (Instant::now(), Duration::MAX, 0);
        while rounds < MIN_ROUNDS || began.elapsed() < PATIENCE {
            let start = Instant::now();
            let result = black_box(work());
            best = best.min(start.elapsed());
            drop(result);
            rounds += 1;
        }
        let (secs, count) = (best.as_secs_f64(), items as f64);
        let (nanos, millions, megabytes) = (secs * 1e9 / count, count / secs / 1e6, bytes as f64 / secs / 1e6);
        writeln!(self.out, "| {name} | {items} | {nanos:.0} | {millions:.3} | {megabytes:.0} |")
    }
}

/// Frames one message as a stream brings it, segment after segment; what was searched is not searched again.
fn frame_in_segments(raw: &[u8]) -> usize {
    let (mut scan, mut len_bytes) = (msrp::Scan::default(), 0);
    while len_bytes < raw.len() {
        len_bytes = (len_bytes + SEGMENT_BYTES).min(raw.len());
        if let Cut::Message { len, .. } = msrp::cut(&raw[..len_bytes], &mut scan, false) {
            return len;
        }
    }
    0
}

/// A SEND whose body is full of what might be the beginning of an end-line.
fn chunk(body_bytes: usize) -> Vec<u8> {
    let body = "a line of text with a dash - and then ---- some more\r\n".repeat(body_bytes / 54);
    let paths = "To-Path: msrp://b.example:2855/b1;tcp\r\nFrom-Path: msrp://a.example:2855/a1;tcp\r\n";
    let range = format!("Byte-Range: 1-{len}/{len}", len = body.len());
    let head = format!("MSRP t4711 SEND\r\n{paths}Message-ID: m1\r\n{range}\r\nContent-Type: text/plain");
    format!("{head}\r\n\r\n{body}\r\n-------t4711$\r\n").into_bytes()
}

fn conference_info_of(users: usize) -> Vec<u8> {
    let user = |number: usize| {
        format!(
            "<user entity=\"sip:+49170000{number:04}@ims.example;user=phone\" state=\"full\">\
             <display-text>User {number}</display-text><roles><entry>participant</entry></roles>\
             <endpoint entity=\"sip:10.1.0.{number}:5060\" state=\"full\"><status>connected</status>\
             <joining-method>dialed-in</joining-method></endpoint></user>\r\n"
        )
    };
    let users_text: String = (0..users).map(user).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" \
         entity=\"sip:conf-1@focus.example\" state=\"full\" version=\"3\"><conference-description><subject>Weekend</subject>\
         <maximum-user-count>100</maximum-user-count></conference-description><conference-state><user-count>{users}\
         </user-count></conference-state><users>{users_text}</users></conference-info>"
    )
    .into_bytes()
}

/// Wants to see everything and makes nothing of it.
#[derive(Default)]
struct Nobody {
    problems: Problems,
}

impl Consumer for Nobody {
    type State = ();

    fn open(&mut self, _: &Flow) {}

    fn datagram(&mut self, _: &Flow, (): &mut (), _: bool, chunks: &[Chunk], _: u32, _: &Store) {
        black_box(chunks);
    }

    fn stream(&mut self, _: &Flow, (): &mut (), _: bool, event: StreamEvent, _: &Store) -> Interest {
        black_box(event);
        Interest::More
    }

    fn close(&mut self, _: &Flow, (): (), _: &Store) {}

    fn problems(&mut self) -> &mut Problems {
        &mut self.problems
    }
}
