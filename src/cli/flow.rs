//! `rcshark flow`: the ladder of a session, one column per endpoint.

use std::io::Write;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::style::{terminal_columns, write_capture_name};
use super::{Common, input};
use crate::Analysis;
use crate::report::ladder;
use crate::session::Session;
use crate::view::Ladder;

/// The ladder of a session: one column per endpoint, an arrow per SIP and MSRP message.
#[derive(Args)]
#[command(after_help = "Examples:\n  rcshark flow capture.pcap --session s1 | less -RS\n  \
    rcshark flow capture.pcap --session s1 --format mermaid > ladder.mmd\n  \
    rcshark flow capture.pcap --session s1 --format svg > ladder.svg")]
pub struct Options {
    #[command(flatten)]
    common: Common,

    /// `svg` and `mermaid` draw one session; choose it with --session.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Characters between two columns; fitted to the terminal when not given.
    #[arg(long, value_name = "N")]
    spacing: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Svg,
    Mermaid,
}

pub fn run(options: &Options) -> anyhow::Result<bool> {
    let mut out = options.common.stdout();
    // A drawing is a file of its own: nothing is printed before it is certain that there is but one.
    let mut drawing = vec![];
    let mut first = true;
    let complete = input::for_each(&options.common, |analysis| {
        for (session, _) in options.common.wanted(analysis) {
            let ladder = Ladder::new(analysis, session);
            let first = std::mem::take(&mut first);
            match options.format {
                Format::Text => {
                    if !first {
                        writeln!(out)?;
                    }
                    write_text(&mut out, analysis, session, &ladder, options.spacing)?;
                }
                _ if !first => bail!("more than one session: choose one with --session, out of one capture"),
                Format::Svg => ladder::write_svg(&mut drawing, &ladder)?,
                Format::Mermaid => ladder::write_mermaid(&mut drawing, &ladder)?,
            }
        }
        Ok(())
    })?;
    if first && complete {
        bail!("there is no session to draw");
    }
    out.write_all(&drawing)?;
    out.flush()?;
    Ok(complete)
}

fn write_text(
    out: &mut impl Write,
    analysis: &Analysis,
    session: &Session,
    ladder: &Ladder,
    spacing: Option<usize>,
) -> anyhow::Result<()> {
    let subject = session.subject.as_deref().map(|subject| format!(" “{subject}”")).unwrap_or_default();
    write_capture_name(out, analysis, Some(&format!("{} {}{subject}", session.id, session.kind.as_str())))?;
    let spacing = spacing.unwrap_or_else(|| ladder::fitting_spacing(ladder.columns.len(), terminal_columns()));
    Ok(ladder::write_text(out, ladder, spacing)?)
}
