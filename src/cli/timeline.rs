//! `rcshark timeline`: who was in a session over time, what happened, and which message reached whom.

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::style::{
    BAD, BOLD, DIM, MSRP, WARN, clock, count, fit, moment, paint, terminal_columns, write_capture_name,
};
use super::table::{Cell, Table};
use super::{Common, chart, input};
use crate::Analysis;
use crate::session::Session;
use crate::timeline::{ChatMessage, Event, SessionTimeline, State};
use crate::view::{Lanes, Names, terminal};
use crate::wire::MessageId;

/// Who was in the group when, what happened, and which message reached whom.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rcshark timeline capture.pcap\n  \
    rcshark timeline capture.pcap --session s1 --at +12.5        who was in 12.5 s after the beginning\n  \
    rcshark timeline capture.pcap --at 10:00:12 --format json")]
pub struct Options {
    #[command(flatten)]
    common: Common,

    /// `json` is the document of `analyze`.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Columns of the chart; by default those of the terminal.
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..))]
    width: Option<u16>,
}

/// Columns of the chart where stdout is no terminal.
const DEFAULT_COLUMNS: usize = 80;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(options: &Options) -> anyhow::Result<bool> {
    if options.format == Format::Json {
        return input::write_documents(&options.common);
    }
    let width = options.width.map(usize::from).or_else(terminal_columns).unwrap_or(DEFAULT_COLUMNS);
    let mut out = options.common.stdout();
    let complete = input::for_each(&options.common, |analysis| {
        if options.common.concerns(analysis) {
            write_capture_name(&mut out, analysis, None)?;
            for (session, timeline) in options.common.wanted(analysis) {
                Drawing { analysis, session, timeline, names: Names::new(timeline), width }.write(&mut out)?;
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
    width: usize,
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
        let names: Vec<&str> = self.timeline.participants.iter().map(|one| self.names.get(&one.identity)).collect();
        let lanes = Lanes::new(self.analysis, self.session, self.timeline);
        chart::write(out, &lanes, &names, self.session.started, self.width)?;
        writeln!(out)?;
        self.events().write(out, 2)?;
        if !self.timeline.messages.is_empty() {
            writeln!(out)?;
            self.deliveries(&names).write(out, 2)?;
        }
        Ok(())
    }

    fn events(&self) -> Table {
        let mut table = Table::with_headings(&["time", "frame", "who", "what"]);
        for (at, event) in self.timeline.events() {
            let message = &self.analysis.messages[at];
            let nanos = message.time.nanos_since(self.session.started);
            let (who, what) = self.describe(event);
            table.push(vec![
                Cell::number(format!("{:.3}", nanos as f64 / 1e9)),
                Cell::number(self.frame(at)),
                Cell::text(&fit(&who, 20)),
                what,
            ]);
        }
        table
    }

    fn describe(&self, event: Event) -> (String, Cell) {
        match event {
            Event::Change(participant, step) => {
                let participant = &self.timeline.participants[participant];
                let change = &participant.timeline[step];
                let mut what = change.state.as_str().to_owned();
                if let Some(cause) = change.cause {
                    what = format!("{what}: {}", cause.as_str());
                }
                if let Some(by) = &change.by {
                    what = format!("{what} by {}", self.names.of_uri(by));
                }
                if let Some(doubt) = change.uncertain {
                    what = format!("{what} ({doubt})");
                }
                let style = match (change.state, change.uncertain) {
                    (_, Some(_)) => WARN,
                    (State::Disconnected, _) => BAD,
                    _ => BOLD,
                };
                (self.names.get(&participant.identity).to_owned(), Cell::text(&what).style(style))
            }
            Event::Message(index) => {
                let message = &self.timeline.messages[index];
                let who = self.sender(message);
                let bytes = message.body(&self.analysis.sessions.msrp, &self.analysis.messages).len();
                let copies: Vec<String> = message
                    .copies
                    .iter()
                    .map(|copy| format!("{} {}", self.name(copy.participant), self.frame(copy.message)))
                    .collect();
                let to =
                    if copies.is_empty() { " to nobody".to_owned() } else { format!(" → {}", copies.join(", ")) };
                (who, Cell::text(&format!("{} ({bytes} B){to}", message.content_type)).style(MSRP))
            }
            Event::Notification(index) => {
                let notification = &self.timeline.notifications[index];
                let who = notification.to.map_or("an observer".to_owned(), |to| self.name(to));
                let what = format!("is told who is in ({})", notification.source.as_str());
                (who, Cell::text(&what).style(DIM))
            }
            Event::Referral(index) => {
                let referral = &self.timeline.referrals[index];
                let who = referral.by.as_ref().map_or("unknown", |by| self.names.get(by)).to_owned();
                let targets: Vec<&str> = referral.targets.iter().map(|target| self.names.get(target)).collect();
                let answer = referral.answered.map(|(_, status)| format!(", answered {status}"));
                let outcome = referral.progress.iter().rev().find_map(|(_, status)| *status);
                let outcome = outcome.map(|status| format!(", outcome {status}"));
                let what = format!(
                    "asks the focus to {} {}{}{}",
                    referral.asked.as_str(),
                    targets.join(", "),
                    answer.unwrap_or_default(),
                    outcome.unwrap_or_default()
                );
                (who, Cell::text(&what))
            }
        }
    }

    /// A line per message, a column per participant.
    fn deliveries(&self, names: &[&str]) -> Table {
        let column = (self.width.saturating_sub(36) / names.len().max(1)).saturating_sub(2).clamp(3, 12);
        let short: Vec<String> = names.iter().map(|name| fit(name, column)).collect();
        let headings: Vec<&str> =
            ["delivery of", "frame", "from"].into_iter().chain(short.iter().map(String::as_str)).collect();
        let mut table = Table::with_headings(&headings);
        for message in &self.timeline.messages {
            let sent = &self.analysis.messages[message.sent];
            let mut row = vec![
                Cell::text(&clock(sent.time, self.session.started)),
                Cell::number(self.frame(message.sent)),
                Cell::text(&fit(&self.sender(message), 12)),
            ];
            row.extend((0..names.len()).map(|participant| self.delivery(message, participant)));
            table.push(row);
        }
        table
    }

    fn delivery(&self, message: &ChatMessage, participant: usize) -> Cell {
        if message.sender == Some(participant) {
            return Cell::text("sent").style(DIM);
        }
        let copy = message.copies.iter().find(|copy| copy.participant == participant);
        let Some(copy) = copy else {
            let was_in = self.timeline.participants[participant].state_before(message.sent) == Some(State::Connected);
            return if was_in { Cell::text("none").style(BAD) } else { Cell::text("") };
        };
        match (copy.response, copy.displayed, copy.delivered) {
            (Some(status), ..) if status >= 300 => Cell::text(&status.to_string()).style(BAD),
            (_, Some(_), _) => Cell::text("read").style(MSRP),
            (_, None, Some(_)) => Cell::text("delivered").style(MSRP),
            (Some(status), ..) => Cell::text(&status.to_string()),
            (None, ..) => Cell::text("no answer").style(WARN),
        }
    }

    fn sender(&self, message: &ChatMessage) -> String {
        match message.sender {
            Some(sender) => self.name(sender),
            None => message.from.as_deref().map_or("unknown".to_owned(), |from| self.names.of_uri(from).to_owned()),
        }
    }

    fn name(&self, participant: usize) -> String {
        self.names.get(&self.timeline.participants[participant].identity).to_owned()
    }

    fn frame(&self, id: MessageId) -> u32 {
        self.analysis.capture.table.place(self.analysis.messages[id].frame).number
    }
}
