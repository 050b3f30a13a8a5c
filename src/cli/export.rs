//! `rcshark export`: the frames of what was selected, as pcapng.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use hashbrown::HashMap;

use super::messages::Selection;
use super::style::count;
use super::{Common, input};
use crate::Analysis;
use crate::capture::{Commented, FrameId, PcapngWriter};

/// Writes the frames that carry the selected messages as pcapng, each frame once.
#[derive(Args)]
#[command(after_help = "Examples:\n  rcshark export capture.pcap --session s1 -o s1.pcapng\n  \
    rcshark export --merge node1.pcap node2.pcap -o both.pcapng\n  \
    rcshark export capture.pcap --filter 'participant contains \"alice\"' -o alice.pcapng")]
pub struct Options {
    #[command(flatten)]
    common: Common,

    /// Only messages for which this is true; `rcshark messages --fields` lists what can be asked.
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,

    /// The file to write; what was there is replaced once the new one is whole.
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

/// What is to be written: frames in order, each once, and what belongs to them.
struct Selected {
    frames: Vec<FrameId>,
    comments: HashMap<FrameId, Vec<String>>,
    /// Kind and content of the Decryption Secrets Blocks.
    secrets: Vec<(u32, Vec<u8>)>,
}

pub fn run(options: &Options) -> anyhow::Result<bool> {
    if options.common.files.iter().any(|file| file.as_os_str() == "-") {
        bail!("export reads its captures twice, which standard input does not allow: save it to a file first");
    }
    let selection = Selection::new(&options.common, options.filter.as_deref())?;
    let mut selected = None;
    let complete = input::for_each(&options.common, |analysis| {
        if selected.replace(Selected::new(analysis, &selection)).is_some() {
            bail!("several captures into one file: read them as one with --merge");
        }
        Ok(())
    })?;
    let Some(selected) = selected.filter(|_| complete) else { return Ok(false) };
    if selected.frames.is_empty() {
        bail!("nothing to export: no message is selected");
    }
    write(&selected, options).with_context(|| format!("{}: cannot be written", options.output.display()))?;
    let frames = count(selected.frames.len(), "frame");
    let _ = writeln!(io::stderr(), "rcshark: {frames} written to {}", options.output.display());
    Ok(true)
}

impl Selected {
    fn new(analysis: &Analysis, selection: &Selection<'_>) -> Selected {
        let messages = selection.of(analysis).map(|id| &analysis.messages[id]);
        let mut frames: Vec<FrameId> = messages.flat_map(|message| analysis.messages.frames(message)).collect();
        frames.sort_unstable();
        frames.dedup();
        let store = &analysis.messages.store;
        let mut comments: HashMap<FrameId, Vec<String>> = HashMap::new();
        for comment in &analysis.capture.comments {
            if let Commented::Frame(frame) = comment.on {
                comments.entry(frame).or_default().push(store.text(comment.text).into_owned());
            }
        }
        let secrets = analysis.capture.secrets.iter();
        let secrets = secrets.map(|secrets| (secrets.kind, store.bytes(secrets.data).to_vec())).collect();
        Selected { frames, comments, secrets }
    }
}

/// Reads the capture set again for the frames: an analysis keeps what they carry, not where they are.
fn write(selected: &Selected, options: &Options) -> anyhow::Result<()> {
    let mut writer = PcapngWriter::create(&options.output)?;
    for (kind, secrets) in &selected.secrets {
        writer.secrets(*kind, secrets)?;
    }
    let mut wanted = selected.frames.iter().peekable();
    let mut reader = input::open(&options.common)?;
    while let Some(batch) = reader.next_batch() {
        for frame in &batch.frames {
            if wanted.next_if_eq(&&frame.id).is_none() {
                continue;
            }
            let comments: Vec<&str> =
                selected.comments.get(&frame.id).into_iter().flatten().map(String::as_str).collect();
            let data = batch.store.bytes(frame.data);
            writer.frame(frame.time, frame.link, data, frame.original_len_bytes, &comments)?;
        }
    }
    Ok(writer.save()?)
}
