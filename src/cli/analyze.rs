//! `rcshark analyze`: everything found in a capture, as text or as one JSON document.

use std::io::{self, Write};

use clap::Args;
use rayon::prelude::*;

use super::style::{WARN, count, duration, moment, write_capture_name};
use super::table::{Cell, Table};
use super::{Common, Format, describe, input};
use crate::Analysis;
use crate::capture::ProblemKind;
use crate::session::Session;
use crate::timeline::SessionTimeline;
use crate::view::terminal;

/// Everything found in a capture: its sessions with their legs, participants and messages, and what could not be read.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  rcshark analyze capture.pcap\n  rcshark analyze --format json captures/ > all.json\n  \
    rcshark analyze --merge node1.pcap node2.pcap\n  rcshark analyze capture.pcap --session sip:conf-1@focus.example"
)]
pub struct Options {
    #[command(flatten)]
    common: Common,

    /// `json` is one document per FILE, in an array.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How many sessions are described at the same time before they are written: enough for all processors, little to keep in memory.
const SESSIONS_AT_ONCE: usize = 64;

pub fn run(options: &Options) -> anyhow::Result<bool> {
    match options.format {
        Format::Text => {
            let mut out = options.common.stdout();
            let mut first = true;
            let complete = input::for_each(&options.common, |analysis| {
                if !options.common.concerns(analysis) {
                    return Ok(());
                }
                if !std::mem::take(&mut first) {
                    writeln!(out)?;
                }
                write_text(&mut out, analysis, &options.common)
            })?;
            out.flush()?;
            Ok(complete)
        }
        Format::Json => input::write_documents(&options.common),
    }
}

fn write_text(out: &mut impl Write, analysis: &Analysis, common: &Common) -> anyhow::Result<()> {
    let capture = &analysis.capture;
    write_capture_name(out, analysis, None)?;
    let links: Vec<String> = capture.links.iter().map(ToString::to_string).collect();
    let links = if links.is_empty() { String::new() } else { format!(" ({})", links.join(", ")) };
    let span = match (capture.first, capture.last) {
        (Some(first), Some(last)) => format!(", {} from {} UTC", duration(last.nanos_since(first)), moment(first)),
        _ => String::new(),
    };
    writeln!(out, "  {}{links}{span}", count(capture.frames as usize, "frame"))?;
    let sip = analysis.messages.list.iter().filter(|message| message.sip().is_some()).count();
    let msrp = analysis.messages.list.len() - sip;
    let duplicates = match analysis.duplicate_datagrams {
        0 => String::new(),
        number => format!(", {} left out", count(number as usize, "duplicate datagram")),
    };
    writeln!(out, "  {}, {}{duplicates}", count(sip, "SIP message"), count(msrp, "MSRP message"))?;
    write_problems(out, analysis)?;
    let wanted: Vec<_> = common.wanted(analysis).collect();
    for sessions in wanted.chunks(SESSIONS_AT_ONCE) {
        let describe = |(session, timeline): &(&Session, &SessionTimeline)| -> io::Result<Vec<u8>> {
            let mut text = b"\n".to_vec();
            describe::write_session(&mut text, analysis, session, timeline)?;
            Ok(text)
        };
        let texts: Vec<Vec<u8>> = sessions.par_iter().map(describe).collect::<io::Result<_>>()?;
        texts.iter().try_for_each(|text| out.write_all(text))?;
    }
    let conversations: Vec<_> =
        analysis.sessions.conversations.iter().filter(|(_, members)| members.len() > 1).collect();
    if common.session.is_none() && !conversations.is_empty() {
        writeln!(out)?;
        for (id, members) in conversations {
            let members: Vec<&str> =
                members.iter().map(|&member| analysis.sessions.sessions[member].id.as_str()).collect();
            writeln!(out, "conversation {}: {}", terminal(id), members.join(", "))?;
        }
    }
    Ok(())
}

/// A line per kind of problem: how often, how many bytes, and the first one.
fn write_problems(out: &mut impl Write, analysis: &Analysis) -> anyhow::Result<()> {
    let mut table = Table::default();
    for kind in ProblemKind::ALL {
        let mut of_kind = analysis.problems.iter().filter(|problem| problem.kind == *kind);
        let Some(first) = of_kind.next() else { continue };
        let (mut number, mut bytes) = (1, first.bytes);
        for problem in of_kind {
            number += 1;
            bytes += problem.bytes;
        }
        let bytes = if bytes > 0 { count(bytes as usize, "byte") } else { String::new() };
        let place = match first.frame {
            Some(frame) => format!("frame {}: ", analysis.capture.table.place(frame).number),
            None => String::new(),
        };
        table.push(vec![
            Cell::text(kind.as_str()).style(WARN),
            Cell::number(format!("{number} ×")),
            Cell::number(bytes),
            Cell::text(&format!("{}{place}{}", if number > 1 { "first in " } else { "" }, first.detail)),
        ]);
    }
    Ok(table.write(out, 2)?)
}
