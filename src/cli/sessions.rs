//! `rcshark sessions`: one line per group session, 1-1 session and conversation.

use std::io::Write;

use clap::Args;

use super::style::{BOLD, DIM, count, duration, fit, moment, write_capture_name};
use super::table::{Cell, Table};
use super::{Common, Format, input};
use crate::Analysis;
use crate::session::{Session, SessionKind};
use crate::timeline::SessionTimeline;
use crate::view::{Names, terminal};

/// One line per group session, 1-1 session and conversation.
#[derive(Args)]
#[command(after_help = "Examples:\n  rcshark sessions capture.pcap\n  rcshark sessions captures/ | grep group")]
pub struct Options {
    #[command(flatten)]
    common: Common,

    /// `json` is the document of `analyze`.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
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

/// Lists the sessions of one capture.
pub fn write_text(out: &mut impl Write, analysis: &Analysis, common: &Common) -> anyhow::Result<()> {
    if !common.concerns(analysis) {
        return Ok(());
    }
    let about = count(common.wanted(analysis).count(), "session");
    write_capture_name(out, analysis, Some(&about))?;
    let headings = ["", "kind", "started (UTC)", "lasted", "people", "legs", "messages", "about", "focus"];
    let mut table = Table::with_headings(&headings);
    for (session, timeline) in common.wanted(analysis) {
        table.push(row(analysis, session, timeline));
    }
    if about != "0 sessions" {
        table.write(out, 2)?;
    }
    for (id, members) in analysis.sessions.conversations.iter().filter(|(_, members)| members.len() > 1) {
        let members: Vec<&str> = members.iter().map(|&member| analysis.sessions.sessions[member].id.as_str()).collect();
        writeln!(out, "  conversation {}: {}", terminal(id), members.join(", "))?;
    }
    Ok(())
}

fn row(analysis: &Analysis, session: &Session, timeline: &SessionTimeline) -> Vec<Cell> {
    let lasted = match session.ended {
        Some(ended) => duration(ended.nanos_since(session.started)),
        None => format!("{}+", duration(session.span.1.nanos_since(session.started))),
    };
    let about = match (session.kind, &session.subject) {
        (_, Some(subject)) => format!("“{subject}”"),
        (SessionKind::OneToOne, None) => {
            let names = Names::new(timeline);
            let names: Vec<&str> = timeline.participants.iter().map(|one| names.get(&one.identity)).collect();
            names.join(" ↔ ")
        }
        (SessionKind::Group, None) => String::new(),
    };
    let extends = session.predecessor.map(|index| format!("extends {}  ", analysis.sessions.sessions[index].id));
    let focus = session.focus_uri.as_deref().unwrap_or_default();
    vec![
        Cell::text(&session.id).style(BOLD),
        Cell::text(session.kind.as_str()),
        Cell::text(&moment(session.started)),
        Cell::number(lasted),
        Cell::number(timeline.participants.len()),
        Cell::number(session.legs.len()),
        Cell::number(timeline.messages.len()),
        Cell::text(&fit(&about, 40)),
        Cell::text(&format!("{}{focus}", extends.unwrap_or_default())).style(DIM),
    ]
}
