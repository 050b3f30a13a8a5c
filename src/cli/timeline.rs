//! `rcshark timeline`: who was in a session over time, what happened, and which message reached whom.

use std::io::{self, Write};
use std::str::FromStr;

use anstyle::Style;
use clap::{Args, ValueEnum};

use super::style::{
    BAD, BOLD, DIM, MSRP, WARN, clock, count, fit, moment, paint, terminal_columns, write_capture_name,
};
use super::table::{Cell, Table};
use super::{Common, chart, input};
use crate::Analysis;
use crate::capture::Time;
use crate::session::Session;
use crate::timeline::conference::{Change as News, Picture};
use crate::timeline::{Cause, ChatMessage, DisagreementKind, Event, Observer, SessionTimeline, State, Told};
use crate::view::{Lanes, Names, terminal};
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

/// What `--at` takes.
#[derive(Clone, Debug)]
enum Moment {
    /// Nanoseconds after the beginning of the session.
    After(i64),
    /// Time of day in UTC, in nanoseconds.
    Clock(i64),
    Absolute(Time),
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Moment, String> {
        let to_nanos = |seconds: f64| (seconds * 1e9) as i64;
        if let Some(seconds) = text.strip_prefix('+') {
            let seconds = seconds.strip_suffix('s').unwrap_or(seconds).trim().parse::<f64>();
            return seconds
                .map(to_nanos)
                .map(Moment::After)
                .map_err(|_| "seconds are expected after +, as in +12.5".into());
        }
        if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
            let nanos = i64::try_from(timestamp.as_nanosecond()).map_err(|_| "no capture is that old or new")?;
            return Ok(Moment::Absolute(Time(nanos)));
        }
        let time: jiff::civil::Time = text.parse().map_err(|_| "expected +SECONDS, HH:MM:SS or an RFC 3339 time")?;
        let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
        Ok(Moment::Clock(seconds * 1_000_000_000 + i64::from(time.subsec_nanosecond())))
    }
}

const DAY_NANOS: i64 = 86_400_000_000_000;

impl Moment {
    fn in_session(&self, session: &Session) -> Time {
        match *self {
            Moment::After(nanos) => Time(session.started.0.saturating_add(nanos)),
            Moment::Clock(nanos) => Time(session.started.0.div_euclid(DAY_NANOS) * DAY_NANOS + nanos),
            Moment::Absolute(time) => time,
        }
    }
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

    /// Who was in at `time`: by signalling, and by what each observer had been told.
    fn write_roster(&self, out: &mut impl Write, time: Time) -> io::Result<()> {
        writeln!(out)?;
        writeln!(out, "{}  {}  at {}", paint(BOLD, &self.session.id), self.session.kind.as_str(), moment(time))?;
        let Some(last) = self.analysis.messages.list.last_until(time) else {
            return writeln!(out, "  the capture begins later");
        };
        let roster = self.timeline.roster(last);
        let observers: Vec<String> = roster.first().map_or(Vec::new(), |entry| {
            entry
                .told
                .iter()
                .map(|(observer, _)| format!("{} was told", self.observer(&self.timeline.observers[*observer])))
                .collect()
        });
        let headings = ["participant", "state", "why", "since", "frame"];
        let headings: Vec<&str> = headings.into_iter().chain(observers.iter().map(String::as_str)).collect();
        let mut table = Table::with_headings(&headings);
        for entry in roster {
            let mut row = vec![Cell::text(&fit(&self.name(entry.participant), 24))];
            let Some(change) = entry.change else {
                row.push(Cell::text("not seen yet").style(DIM));
                table.push(row);
                continue;
            };
            let by = change.by.as_ref().map(|by| format!(" by {}", self.names.of_uri(by))).unwrap_or_default();
            let since = self.analysis.messages[change.at].time;
            row.extend([
                Cell::text(change.state.as_str()).style(style_of(change.state)),
                Cell::text(&format!("{}{by}", change.cause.map_or("", Cause::as_str))),
                Cell::text(&clock(since, self.session.started)),
                Cell::number(self.frame(change.at)),
            ]);
            row.extend(entry.told.iter().map(|(_, state)| {
                let differs = state.is_none_or(|state| state != change.state) && change.state != State::Disconnected;
                let text = state.map_or("-", State::as_str);
                Cell::text(text).style(if differs { WARN } else { Style::new() })
            }));
            table.push(row);
        }
        table.write(out, 2)
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
                let style = change.uncertain.map_or(style_of(change.state), |_| WARN);
                (self.names.get(&participant.identity).to_owned(), Cell::text(&what).style(style))
            }
            Event::Message(index) => {
                let message = &self.timeline.messages[index];
                let who = self.sender(message);
                let bytes = message.len_bytes(&self.analysis.sessions.msrp, &self.analysis.messages);
                let copies: Vec<String> = message
                    .copies
                    .iter()
                    .map(|copy| format!("{} {}", self.name(copy.participant), self.frame(copy.message)))
                    .collect();
                let to =
                    if copies.is_empty() { " to nobody".to_owned() } else { format!(" → {}", copies.join(", ")) };
                (who, Cell::text(&format!("{} ({bytes} B){to}", message.content_type)).style(MSRP))
            }
            Event::Told(observer, document) => {
                let observer = &self.timeline.observers[observer];
                let (what, style) = self.told(observer, &observer.told[document]);
                (self.observer(observer), Cell::text(&what).style(style))
            }
            Event::Disagreement(index) => {
                let one = &self.timeline.disagreements[index];
                let (who, state) = (self.name(one.participant), one.state.as_str());
                let what = match one.kind {
                    DisagreementKind::Never => format!("is never told that {who} is {state}"),
                    DisagreementKind::Late { told } => {
                        format!("is told only in frame {} that {who} is {state}", self.frame(told))
                    }
                    DisagreementKind::Other { told } => {
                        format!("is told that {who} is {}, but it is {state}", told.map_or("not in", State::as_str))
                    }
                };
                let doubt = one.uncertain.map(|doubt| format!(" ({doubt})")).unwrap_or_default();
                let who = self.observer(&self.timeline.observers[one.observer]);
                (who, Cell::text(&format!("{what}{doubt}")).style(WARN))
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

    fn observer(&self, observer: &Observer) -> String {
        observer.who.map_or("an observer".to_owned(), |who| self.name(who))
    }

    /// What a document taught: `told (msrp, 3 in): Bob connected; subject “Trip”`.
    fn told(&self, observer: &Observer, told: &Told) -> (String, Style) {
        let seen = told.seen.iter().map(|seen| {
            let by = seen.by.as_ref().map(|by| format!(" by {}", self.names.of_uri(by)));
            let cause = seen
                .cause
                .filter(|_| seen.state == Some(State::Disconnected))
                .map(|cause| format!(" ({})", cause.as_str()));
            let state = seen.state.map_or("not listed", State::as_str);
            format!("{} {state}{}{}", self.name(seen.participant), cause.unwrap_or_default(), by.unwrap_or_default())
        });
        let news = told.news.iter().filter_map(|news| self.news(news));
        let learned: Vec<String> = seen.chain(news).collect();
        let count = told.user_count.map(|count| format!(", {count} in")).unwrap_or_default();
        let channel = observer.source.as_str();
        let (doubt, style) = match told.taken {
            None => ("cannot be read", WARN),
            Some(taken) if !taken.is_coherent() => (taken.as_str(), WARN),
            Some(_) => ("", DIM),
        };
        let learned = match (learned.is_empty(), doubt) {
            (true, "") => "nothing new".to_owned(),
            (true, doubt) => doubt.to_owned(),
            (false, "") => learned.join(", "),
            (false, doubt) => format!("{doubt}; {}", learned.join(", ")),
        };
        (format!("told ({channel}{count}): {learned}"), style)
    }

    fn news(&self, news: &News) -> Option<String> {
        let text =
            |text: &Option<String>| text.as_deref().map_or("none".to_owned(), |text| format!("“{}”", fit(text, 40)));
        Some(match news {
            News::Subject { text: subject, .. } => format!("subject {}", text(subject)),
            News::Icon { picture, .. } => match picture {
                Some(Picture::Uri(uri)) => format!("icon {}", fit(uri, 40)),
                Some(Picture::Part(id)) => format!("icon cid:{}", fit(id, 40)),
                None => "no icon".to_owned(),
            },
            News::Bulletin(bulletin) => format!("bulletin {}", text(bulletin)),
            News::Keywords(keywords) => format!("keywords {}", keywords.join(" ")),
            News::MaximumUserCount(Some(maximum)) => format!("at most {maximum} users"),
            News::Roles { user, roles } => format!("{} is {}", self.names.of_uri(user), roles.join(", ")),
            News::DisplayText { user, text: name } => format!("{} is called {}", self.names.of_uri(user), text(name)),
            _ => return None,
        })
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

fn style_of(state: State) -> Style {
    match state {
        State::Connected => MSRP,
        State::Disconnected => BAD,
        State::Invited | State::Pending => WARN,
    }
}
