//! What is written to files: the frames of a session, a report, a ladder.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use eframe::egui::ColorImage;
use rcshark::Analysis;
use rcshark::capture::{AtomicFile, Commented, FrameId, Input, OpenOptions, PcapngWriter, open};
use rcshark::report::findings::{Checked, html};
use rcshark::report::ladder;

use crate::command::LadderFormat;
use crate::findings::Findings;
use crate::panels::whole_ladder::WholeLadder;
use crate::text::count;

/// Writes the frames of session `number` as pcapng; what was written.
pub fn pcapng(inputs: &[Input], analysis: &Analysis, number: usize, path: &Path) -> anyhow::Result<String> {
    if inputs.contains(&Input::Stdin) {
        bail!("a capture from standard input cannot be read again: save it to a file first");
    }
    if analysis.capture.files.iter().any(|file| is_same(&file.input, path)) {
        bail!("that is the capture itself");
    }
    let messages = &analysis.messages;
    let of_session = &analysis.sessions.session_of;
    let own = messages.iter().filter(|(id, _)| of_session.get(id.0 as usize) == Some(&(number as u32)));
    let mut frames: Vec<FrameId> = own.flat_map(|(_, message)| messages.frames(message)).collect();
    frames.sort_unstable();
    frames.dedup();
    let mut comments: HashMap<FrameId, Vec<String>> = HashMap::new();
    for comment in &analysis.capture.comments {
        if let Commented::Frame(frame) = comment.on {
            comments.entry(frame).or_default().push(messages.store.text(comment.text).into_owned());
        }
    }
    let mut writer = PcapngWriter::create(path)?;
    for secrets in &analysis.capture.secrets {
        writer.secrets(secrets.kind, messages.store.bytes(secrets.data))?;
    }
    let mut wanted = frames.iter().peekable();
    // Read again: an analysis keeps what frames carry, not where they are.
    let mut reader = open(inputs, &OpenOptions::default())?;
    while let Some(batch) = reader.next_batch() {
        for frame in &batch.frames {
            if wanted.next_if_eq(&&frame.id).is_none() {
                continue;
            }
            let comments: Vec<&str> = comments.get(&frame.id).into_iter().flatten().map(String::as_str).collect();
            writer.frame(frame.time, frame.link, batch.store.bytes(frame.data), frame.original_len_bytes, &comments)?;
        }
    }
    writer.save()?;
    Ok(written(&count(frames.len() as u64, "frame"), path))
}

/// Writes what was captured live so far.
pub fn recording(recording: &Input, path: &Path) -> anyhow::Result<String> {
    let Input::Recording { path: from, len_bytes, .. } = recording else { bail!("it is a file already") };
    let mut file = AtomicFile::create(path)?;
    std::io::copy(&mut std::fs::File::open(from)?.take(*len_bytes), &mut file)?;
    file.save()?;
    Ok(written("the capture", path))
}

/// Writes a page with what was found in the capture.
pub fn html(analysis: &Analysis, findings: &Findings, path: &Path) -> anyhow::Result<String> {
    let mut file = AtomicFile::create(path)?;
    html::write(&mut file, &[Checked { analysis, outcome: &findings.outcome }])?;
    file.save()?;
    Ok(written("the report", path))
}

/// Writes a ladder as it is shown, all of it.
pub fn ladder(whole: WholeLadder, format: LadderFormat, path: &Path) -> anyhow::Result<String> {
    let drawn = whole.state.as_shown(&whole.drawn);
    let mut file = AtomicFile::create(path)?;
    match format {
        LadderFormat::Svg => ladder::write_svg(&mut file, &drawn)?,
        LadderFormat::Png => write_png(&mut file, &whole.picture()?)?,
        LadderFormat::Mermaid => ladder::write_mermaid(&mut file, &drawn)?,
        LadderFormat::Text => {
            ladder::write_text(&mut file, &drawn, ladder::fitting_spacing(drawn.columns.len(), None))?;
        }
    }
    file.save()?;
    Ok(written("the ladder", path))
}

fn write_png(out: &mut impl Write, pixels: &ColorImage) -> anyhow::Result<()> {
    let [width, height] = pixels.size.map(|side| side as u32);
    let bytes: Vec<u8> = pixels.pixels.iter().flat_map(|pixel| pixel.to_array()).collect();
    let encoder = image::codecs::png::PngEncoder::new(out);
    Ok(image::ImageEncoder::write_image(encoder, &bytes, width, height, image::ExtendedColorType::Rgba8)?)
}

/// Writes a picture of the window.
pub fn picture(pixels: &ColorImage, path: &Path) -> anyhow::Result<String> {
    let mut file = AtomicFile::create(path)?;
    write_png(&mut file, pixels)?;
    file.save()?;
    Ok(written("the picture", path))
}

/// The capture that comes with the program, as a file in `folder`.
pub fn sample(folder: &Path) -> anyhow::Result<PathBuf> {
    let path = folder.join("violations.pcapng.gz");
    std::fs::write(&path, include_bytes!("../../captures/violations.pcapng.gz")).context("the sample capture")?;
    Ok(path)
}

fn written(what: &str, path: &Path) -> String {
    format!("Wrote {what} to {}", path.display())
}

fn is_same(input: &Input, path: &Path) -> bool {
    let Input::Path(input) = input else { return false };
    match (input.canonicalize(), path.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
