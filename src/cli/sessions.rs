//! `rcshark sessions`: one line per group session, 1-1 session and conversation.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::style::{BOLD, DIM, count, duration, moment, paint};
use super::{Common, input};
use crate::Analysis;
use crate::session::{Session, SessionKind};
use crate::timeline::SessionTimeline;
use crate::view::terminal;

/// One line per group session, 1-1 session and conversation.
#[derive(Args)]
#[command(after_help = "Examples:\n  rcshark sessions capture.pcap\n  rcshark sessions captures/ | grep group")]
pub struct Options {
    #[command(flatten)]
    common: Common,

    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    /// The document of `analyze`.
    Json,
}

pub fn run(options: &Options) -> anyhow::Result<bool> {
    if options.format == Format::Json {
        return input::write_documents(&options.common);
    }
    let mut out = options.common.stdout();
    let complete = input::for_each(&options.common, |analysis| write_text(&mut out, analysis, &options.common))?;
    out.flush()?;
    Ok(complete)
}

fn write_text(out: &mut impl Write, analysis: &Analysis, common: &Common) -> anyhow::Result<()> {
    let names: Vec<String> = analysis.capture.files.iter().map(|file| file.input.to_string()).collect();
    let wanted =
        || analysis.sessions.sessions.iter().zip(&analysis.timelines).filter(|(session, _)| common.wants(session));
    writeln!(out, "{}  {}", paint(BOLD, terminal(&names.join(" + "))), paint(DIM, count(wanted().count(), "session")))?;
    for (session, timeline) in wanted() {
        writeln!(out, "  {}", line(analysis, session, timeline))?;
    }
    for (id, members) in analysis.sessions.conversations.iter().filter(|(_, members)| members.len() > 1) {
        let members: Vec<&str> = members.iter().map(|&member| analysis.sessions.sessions[member].id.as_str()).collect();
        writeln!(out, "  conversation {}: {}", terminal(id), members.join(", "))?;
    }
    Ok(())
}

fn line(analysis: &Analysis, session: &Session, timeline: &SessionTimeline) -> String {
    let lasted = match session.ended {
        Some(ended) => duration(ended.nanos_since(session.started)),
        None => format!("{}+", duration(session.span.1.nanos_since(session.started))),
    };
    let who = match session.kind {
        SessionKind::Group => count(timeline.participants.len(), "participant"),
        SessionKind::OneToOne => {
            let names: Vec<_> = timeline.participants.iter().map(|one| terminal(&one.identity.uri)).collect();
            names.join(" ↔ ")
        }
    };
    let about = session.subject.as_deref().map(|subject| format!("  “{}”", terminal(subject))).unwrap_or_default();
    let focus =
        session.focus_uri.as_deref().map(|focus| format!("  {}", paint(DIM, terminal(focus)))).unwrap_or_default();
    let extends = session
        .predecessor
        .map(|index| format!("  extends {}", analysis.sessions.sessions[index].id))
        .unwrap_or_default();
    format!(
        "{:<5} {:<10} {}  {:>11}  {who}, {}, {}{about}{extends}{focus}",
        session.id,
        session.kind.as_str(),
        moment(session.started),
        lasted,
        count(session.legs.len(), "leg"),
        count(timeline.messages.len(), "message"),
    )
}
