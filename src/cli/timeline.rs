//! `rcshark timeline`: who was in a session over time, what happened, and which message reached whom.

use std::io::{self, Write};

use anstyle::Style;
use clap::Args;

use super::moment::Moment;
use super::style::{BOLD, DIM, WARN, clock, count, fit, moment, paint, terminal_columns, tone, write_capture_name};
use super::table::{Cell, Table};
use super::{Common, Format, chart, input};
use crate::Analysis;
use crate::capture::Time;
use crate::session::Session;
use crate::timeline::{Cause, Event, SessionTimeline, State};
use crate::view::{self, EventLine, Lanes, Names, terminal};
use crate::wire::MessageId;

/// Who was in the group when, what happened, and which message reached whom.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rcshark timeline capture.pcap\n  \
    rcshark timeline capture.pcap --session s1 --at +12.5        who was in 12.5 s after the beginning\n  \
    rcshark timeline capture.pcap --at 10:00:12                  the same by the clock (UTC)\n  \
    rcshark timeline capture.pcap --width 160 | less -R")]
pub struct Options {
    #[command(flatten)]
    common: Common,

    /// `json` is the document of `analyze`.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Who was in at this time: `+12.5` (seconds after the session's beginning), `10:00:12.5` (UTC, on the day it began), or
    /// `2026-03-01T10:00:12Z`.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, conflicts_with = "format")]
    at: Option<Moment>,

    /// Columns of the chart; by default those of the terminal.
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..))]
    width: Option<u16>,
}

/// From so many columns on there is room for several names in a line.
const WIDE: usize = 100;

/// Columns of the list of events before the names, and between them and the text.
const TIME_AND_FRAME_COLUMNS: usize = 24;

/// Texts are not broken shorter than this.
const MIN_TEXT_COLUMNS: usize = 30;

/// Columns of the chart where stdout is no terminal.
const DEFAULT_COLUMNS: usize = 100;

pub fn run(options: &Options) -> anyhow::Result<bool> {
    if options.format == Format::Json {
        return input::write_documents(&options.common);
    }
    let width = options.width.map(usize::from).or_else(terminal_columns);
    let mut out = options.common.stdout();
    let complete = input::for_each(&options.common, |analysis| {
        if options.common.concerns(analysis) {
            write_capture_name(&mut out, analysis, None)?;
            for (session, timeline) in options.common.wanted(analysis) {
                let drawing = Drawing { analysis, session, timeline, names: Names::new(timeline), width };
                match &options.at {
                    Some(moment) => drawing.write_roster(&mut out, moment.in_session(session))?,
                    None => drawing.write(&mut out)?,
                }
            }
        }
        Ok(())
    })?;
    out.flush()?;
    Ok(complete)
}

struct Drawing<'a> {
    analysis: &'a Analysis,
    session: &'a Session,
    timeline: &'a SessionTimeline,
    names: Names,
    /// `None` for a program that reads lines.
    width: Option<usize>,
}

impl Drawing<'_> {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let subject = self.session.subject.as_deref().map(|subject| format!("  “{}”", terminal(subject)));
        let runs = &self.timeline.runs;
        let about = if runs.len() > 1 { format!("  {}", count(runs.len(), "run")) } else { String::new() };
        writeln!(out)?;
        writeln!(
            out,
            "{}  {}{}  {}{}",
            paint(BOLD, &self.session.id),
            self.session.kind.as_str(),
            subject.unwrap_or_default(),
            paint(DIM, moment(self.session.started)),
            about,
        )?;
        writeln!(out)?;
        if self.timeline.participants.is_empty() {
            return writeln!(out, "  the capture does not show who took part");
        }
        let names: Vec<&str> = self.timeline.participants.iter().map(|one| self.names.get(&one.identity)).collect();
        let lanes = Lanes::new(self.analysis, self.session, self.timeline);
        chart::write(out, &lanes, &names, self.session.started, self.width.unwrap_or(DEFAULT_COLUMNS))?;
        writeln!(out)?;
        self.events().write(out, 2)?;
        if !self.timeline.messages.is_empty() {
            writeln!(out)?;
            self.deliveries(&names).write(out, 2)?;
        }
        Ok(())
    }

    /// Who was in at `time`: by signalling, and by what each observer had been told.
    fn write_roster(&self, out: &mut impl Write, time: Time) -> io::Result<()> {
        writeln!(out)?;
        writeln!(out, "{}  {}  at {}", paint(BOLD, &self.session.id), self.session.kind.as_str(), moment(time))?;
        let Some(last) = self.analysis.messages.list.last_until(time) else {
            return writeln!(out, "  the capture begins later");
        };
        let roster = self.timeline.roster(last);
        let observers: Vec<String> =
            roster.observers.iter().map(|&who| format!("{} was told", self.observer(who))).collect();
        let headings = ["participant", "state", "why", "since", "frame"];
        let headings: Vec<&str> = headings.into_iter().chain(observers.iter().map(String::as_str)).collect();
        let mut table = Table::with_headings(&headings);
        for entry in roster.entries {
            let mut row = vec![Cell::text(&fit(&self.name(entry.participant), 24))];
            let Some(change) = entry.change else {
                row.push(Cell::text("not seen yet").style(DIM));
                table.push(row);
                continue;
            };
            let by = change.by.as_ref().map(|by| format!(" by {}", self.names.of_uri(by))).unwrap_or_default();
            let since = self.analysis.messages[change.at].time;
            row.extend([
                Cell::text(change.state.as_str()).style(tone(change.state.into())),
                Cell::text(&format!("{}{by}", change.cause.map_or("", Cause::as_str))),
                Cell::text(&clock(since, self.session.started)),
                Cell::number(self.frame(change.at)),
            ]);
            row.extend(entry.told.iter().map(|&told| {
                let text = told.map_or("-", State::as_str);
                Cell::text(text).style(if entry.differs(told) { WARN } else { Style::new() })
            }));
            table.push(row);
        }
        table.write(out, 2)
    }

    fn events(&self) -> Table {
        let mut table = Table::with_headings(&["time", "frame", "who", "what"]);
        let lines = self.folded();
        let who_columns = if self.width.is_some_and(|width| width < WIDE) { 16 } else { 32 };
        let who_columns =
            lines.iter().map(|(who, _)| who.join(", ").chars().count()).max().unwrap_or_default().min(who_columns);
        let text_columns =
            |width: usize| width.saturating_sub(who_columns + TIME_AND_FRAME_COLUMNS).max(MIN_TEXT_COLUMNS);
        let columns = self.width.map_or(usize::MAX, text_columns);
        for (who, EventLine { at, what, tone: meant, .. }) in lines {
            let style = tone(meant);
            let nanos = self.analysis.messages[at].time.nanos_since(self.session.started);
            let mut parts = wrapped(&what, columns).into_iter();
            table.push(vec![
                Cell::number(format!("{:.3}", nanos as f64 / 1e9)),
                Cell::number(self.frame(at)),
                Cell::text(&fit(&who.join(", "), who_columns)),
                Cell::text(&parts.next().unwrap_or_default()).style(style),
            ]);
            table.extend(
                parts.map(|part| vec![Cell::text(""), Cell::text(""), Cell::text(""), Cell::text(&part).style(style)]),
            );
        }
        table
    }

    /// The events. What several are told one after the other is told once, with the first frame and their names.
    fn folded(&self) -> Vec<(Vec<String>, EventLine)> {
        let mut lines: Vec<(Vec<String>, EventLine)> = Vec::new();
        let mut told = 0;
        for line in view::events(self.analysis, self.timeline, &self.names) {
            let is_told = matches!(line.event, Event::Told(..));
            told = if is_told { told } else { lines.len() + 1 };
            match lines.iter_mut().skip(told).find(|(_, known)| is_told && known.what == line.what) {
                // Of one participant that is told on two hops one is enough.
                Some((names, _)) if names.contains(&line.who) => {}
                Some((names, _)) => names.push(line.who),
                None => lines.push((vec![line.who.clone()], line)),
            }
        }
        lines
    }

    fn observer(&self, who: Option<usize>) -> String {
        who.map_or("an observer".to_owned(), |who| self.name(who))
    }

    /// A line per message, a column per participant.
    fn deliveries(&self, names: &[&str]) -> Table {
        let column =
            (self.width.unwrap_or(usize::MAX).saturating_sub(36) / names.len().max(1)).saturating_sub(2).clamp(3, 12);
        let short: Vec<String> = names.iter().map(|name| fit(name, column)).collect();
        let headings: Vec<&str> =
            ["delivery of", "frame", "from"].into_iter().chain(short.iter().map(String::as_str)).collect();
        let mut table = Table::with_headings(&headings);
        for message in &self.timeline.messages {
            let sent = &self.analysis.messages[message.sent];
            let mut row = vec![
                Cell::text(&clock(sent.time, self.session.started)),
                Cell::number(self.frame(message.sent)),
                Cell::text(&fit(&view::sender(message, self.timeline, &self.names), 12)),
            ];
            let receipts = view::receipts(self.timeline, message);
            row.extend(receipts.iter().map(|receipt| Cell::text(&receipt.text).style(tone(receipt.tone))));
            table.push(row);
        }
        table
    }

    fn name(&self, participant: usize) -> String {
        self.names.get(&self.timeline.participants[participant].identity).to_owned()
    }

    fn frame(&self, id: MessageId) -> u32 {
        self.analysis.capture.table.place(self.analysis.messages[id].frame).number
    }
}

/// `text` in lines of up to `columns` characters, broken at spaces; a longer word stands alone.
fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
