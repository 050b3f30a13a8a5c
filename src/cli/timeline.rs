//! `rcshark timeline`: who was in a session over time, what happened, and which message reached whom.

use std::io::{self, Write};

use anstyle::Style;
use clap::Args;

use super::moment::Moment;
use super::style::{
    BAD, BOLD, DIM, MSRP, WARN, clock, count, fit, moment, paint, terminal_columns, write_capture_name,
};
use super::table::{Cell, Table};
use super::{Common, Format, chart, input};
use crate::Analysis;
use crate::capture::Time;
use crate::session::Session;
use crate::timeline::conference::{Change as News, Picture};
use crate::timeline::{
    Cause, ChatMessage, DisagreementKind, Event, GroupDataRequest, GroupDataValue, Observer, SessionTimeline, State,
    Told,
};
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
        let lines = self.folded();
        let who_columns = if self.width.is_some_and(|width| width < WIDE) { 16 } else { 32 };
        let who_columns =
            lines.iter().map(|(_, who, ..)| who.join(", ").chars().count()).max().unwrap_or_default().min(who_columns);
        let text_columns =
            |width: usize| width.saturating_sub(who_columns + TIME_AND_FRAME_COLUMNS).max(MIN_TEXT_COLUMNS);
        let columns = self.width.map_or(usize::MAX, text_columns);
        for (at, who, what, style) in lines {
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

    /// The events as lines. What several are told one after the other is told once, with the first frame.
    fn folded(&self) -> Vec<(MessageId, Vec<String>, String, Style)> {
        let mut lines: Vec<(MessageId, Vec<String>, String, Style)> = Vec::new();
        let mut told = 0;
        for (at, event) in self.timeline.events() {
            let (who, what, style) = self.describe(event);
            let is_told = matches!(event, Event::Told(..));
            told = if is_told { told } else { lines.len() + 1 };
            match lines.iter_mut().skip(told).find(|(_, _, known, _)| is_told && *known == what) {
                Some((_, names, ..)) => names.push(who),
                None => lines.push((at, vec![who], what, style)),
            }
        }
        lines
    }

    fn describe(&self, event: Event) -> (String, String, Style) {
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
                (self.names.get(&participant.identity).to_owned(), what, style)
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
                (who, format!("{} ({bytes} B){to}", message.content_type), MSRP)
            }
            Event::Told(observer, document) => {
                let observer = &self.timeline.observers[observer];
                let (what, style) = self.told(observer, &observer.told[document]);
                (self.observer(observer), what, style)
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
                (who, format!("{what}{doubt}"), WARN)
            }
            Event::GroupData(index) => {
                let request = &self.timeline.group_data[index];
                let (what, style) = self.group_data(request);
                (self.known(request.participant), what, style)
            }
            Event::Composing(index) => {
                let one = &self.timeline.composing[index];
                let what = if one.active { "is writing" } else { "has stopped writing" };
                (self.known(one.participant), what.to_owned(), DIM)
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
                (who, what, Style::new())
            }
        }
    }

    fn observer(&self, observer: &Observer) -> String {
        observer.who.map_or("an observer".to_owned(), |who| self.name(who))
    }

    /// What a document taught: `told (msrp, 3 in): Bob connected; subject “Trip”`.
    fn told(&self, observer: &Observer, told: &Told) -> (String, Style) {
        // Those of whom the same is told are named together.
        let mut seen: Vec<(String, Vec<String>)> = Vec::new();
        for one in &told.seen {
            let by = one.by.as_ref().map(|by| format!(" by {}", self.names.of_uri(by)));
            let cause = one
                .cause
                .filter(|_| one.state == Some(State::Disconnected))
                .map(|cause| format!(" ({})", cause.as_str()));
            let state = one.state.map_or("not listed", State::as_str);
            let what = format!("{state}{}{}", cause.unwrap_or_default(), by.unwrap_or_default());
            match seen.iter_mut().find(|(known, _)| *known == what) {
                Some((_, names)) => names.push(self.name(one.participant)),
                None => seen.push((what, vec![self.name(one.participant)])),
            }
        }
        let seen = seen.into_iter().map(|(what, names)| format!("{} {what}", names.join(", ")));
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
            (false, "") => learned.join("; "),
            (false, doubt) => format!("{doubt}; {}", learned.join("; ")),
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

    fn group_data(&self, request: &GroupDataRequest) -> (String, Style) {
        let value = match &request.value {
            GroupDataValue::Subject(text) | GroupDataValue::Bulletin(text) => format!(" “{}”", fit(text, 40)),
            GroupDataValue::IconUri(uri) => format!(" {}", fit(uri, 40)),
            GroupDataValue::IconFile(id) => format!(" cid:{}", fit(id, 40)),
            GroupDataValue::Roles(roles) => {
                let roles = roles.iter().map(|(role, uri)| format!("{role}: {}", self.names.of_uri(uri)));
                format!(" {}", roles.collect::<Vec<_>>().join(", "))
            }
            GroupDataValue::Other => String::new(),
        };
        let operation = request.operation.as_deref().unwrap_or("change");
        let target = request.target.as_deref().unwrap_or("something");
        let (outcome, style) = match request.outcome {
            Some((_, Some(code))) if code < 300 => (code.to_string(), Style::new()),
            Some((_, Some(code))) => (code.to_string(), BAD),
            Some((_, None)) => ("an answer without code".to_owned(), WARN),
            None => ("no answer".to_owned(), WARN),
        };
        (format!("asks to {operation} the {target}{value}: {outcome}"), style)
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
                Cell::text(&fit(&self.sender(message), 12)),
            ];
            row.extend((0..names.len()).map(|participant| self.delivery(message, participant)));
            table.push(row);
        }
        table
    }

    fn delivery(&self, message: &ChatMessage, participant: usize) -> Cell {
        if message.sender == Some(participant) {
            return match message.response {
                Some(status) if status >= 300 => Cell::text(&format!("sent, {status}")).style(BAD),
                _ => Cell::text("sent").style(DIM),
            };
        }
        let copy = message.copies.iter().find(|copy| copy.participant == participant);
        let Some(copy) = copy else {
            return if self.timeline.missing(message).contains(&participant) {
                Cell::text("none").style(BAD)
            } else {
                Cell::text("")
            };
        };
        let (mut text, style) = match (copy.response, copy.displayed, copy.delivered) {
            (Some(status), ..) if status >= 300 => (status.to_string(), BAD),
            (_, Some(_), _) => ("displayed".to_owned(), MSRP),
            (_, None, Some(_)) => ("delivered".to_owned(), MSRP),
            (Some(status), ..) => (status.to_string(), Style::new()),
            (None, ..) => ("no answer".to_owned(), WARN),
        };
        if copy.deferred().is_some() {
            text.push_str(", later");
        }
        let duplicates = copy.duplicates().count();
        if duplicates > 0 {
            text.push_str(&format!(", {}x", duplicates + 1));
        }
        Cell::text(&text).style(if duplicates > 0 { WARN } else { style })
    }

    fn sender(&self, message: &ChatMessage) -> String {
        match message.sender {
            Some(sender) => self.name(sender),
            None => message.from.as_deref().map_or("unknown".to_owned(), |from| self.names.of_uri(from).to_owned()),
        }
    }

    fn known(&self, participant: Option<usize>) -> String {
        participant.map_or("unknown".to_owned(), |participant| self.name(participant))
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

fn style_of(state: State) -> Style {
    match state {
        State::Connected => MSRP,
        State::Disconnected => BAD,
        State::Invited | State::Pending => WARN,
    }
}
