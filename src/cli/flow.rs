//! `rcshark flow`: the ladder of a session, one column per endpoint.

use std::io::Write;

use anyhow::bail;
use clap::{Args, ValueEnum};

use super::style::{BOLD, paint};
use super::{Common, input};
use crate::Analysis;
use crate::report::ladder;
use crate::view::{Ladder, terminal};

/// The ladder of a session: one column per endpoint, an arrow per SIP and MSRP message.
#[derive(Args)]
#[command(after_help = "Examples:\n  rcshark flow capture.pcap --session s1 | less -RS\n  \
    rcshark flow capture.pcap --session s1 --format mermaid > ladder.mmd\n  \
    rcshark flow capture.pcap --session s1 --format svg > ladder.svg")]
pub struct Options {
    #[command(flatten)]
    common: Common,

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
    let complete = input::for_each(&options.common, |analysis| write(&mut out, analysis, options))?;
    out.flush()?;
    Ok(complete)
}

fn write(out: &mut impl Write, analysis: &Analysis, options: &Options) -> anyhow::Result<()> {
    let wanted: Vec<_> = analysis.sessions.sessions.iter().filter(|session| options.common.wants(session)).collect();
    match (wanted.as_slice(), &options.common.session) {
        ([], Some(name)) => bail!("no session {name} in this capture; `rcshark sessions` lists what there is"),
        ([_, _, ..], _) if options.format != Format::Text => {
            bail!("this capture has {} sessions: choose one with --session", wanted.len());
        }
        _ => {}
    }
    for session in &wanted {
        let drawing = Ladder::new(analysis, session);
        match options.format {
            Format::Text => {
                if wanted.len() > 1 {
                    let subject = session.subject.as_deref().unwrap_or_default();
                    writeln!(
                        out,
                        "{}",
                        paint(BOLD, format!("{} {} {}", session.id, session.kind.as_str(), terminal(subject)))
                    )?;
                }
                let spacing =
                    options.spacing.unwrap_or_else(|| ladder::fitting_spacing(drawing.columns.len(), terminal_width()));
                ladder::write_text(out, &drawing, spacing)?;
            }
            Format::Svg => ladder::write_svg(out, &drawing)?,
            Format::Mermaid => ladder::write_mermaid(out, &drawing)?,
        }
    }
    Ok(())
}

/// Characters in a line of the terminal; `None` when stdout is no terminal.
fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0))
}
