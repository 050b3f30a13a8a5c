//! The lanes of a session in characters: time goes to the right, a line per participant.

use std::io::{self, Write};

use anstyle::Style;

use super::style::{BAD, BOLD, DIM, MSRP, SIP, WARN, duration, fit, paint};
use crate::capture::Time;
use crate::timeline::State;
use crate::view::{Lane, Lanes, MarkKind, terminal};

/// The names of the participants get so many columns at most.
const MAX_NAME_COLUMNS: usize = 16;

/// Fewer columns than this show nothing.
const MIN_CHART_COLUMNS: usize = 20;

/// Between the beginnings of two labels of the ruler there are so many columns at least.
const LABEL_COLUMNS: usize = 12;

const ALL_MARKS: [MarkKind; 9] = [
    MarkKind::Invited,
    MarkKind::Connected,
    MarkKind::Left,
    MarkKind::Broken,
    MarkKind::Sent,
    MarkKind::Received,
    MarkKind::ReceivedInVain,
    MarkKind::Told,
    MarkKind::Referred,
];

/// Draws the chart in `width` columns. `names` are those of the participants; `start` is what the ruler counts from.
pub fn write(out: &mut impl Write, lanes: &Lanes, names: &[&str], start: Time, width: usize) -> io::Result<()> {
    let name_columns = names.iter().map(|name| name.chars().count()).max().unwrap_or_default().min(MAX_NAME_COLUMNS);
    let columns = width.saturating_sub(name_columns + 4).max(MIN_CHART_COLUMNS);
    let chart = Chart { lanes, columns };
    let (labels, ruler) = chart.ruler(start);
    writeln!(out, "  {:name_columns$}  {}", "", paint(DIM, labels.trim_end()))?;
    writeln!(out, "  {:name_columns$}  {}", "", paint(DIM, ruler))?;
    for (lane, name) in lanes.lanes.iter().zip(names) {
        let name = fit(&terminal(name), name_columns);
        let fill = name_columns - name.chars().count();
        writeln!(out, "  {}{:fill$}  {}", paint(BOLD, name), "", chart.lane(lane))?;
    }
    let has = |kind: &&MarkKind| lanes.lanes.iter().any(|lane| lane.marks.iter().any(|mark| mark.kind == **kind));
    let legend: Vec<String> = ALL_MARKS
        .iter()
        .filter(has)
        .map(|kind| {
            let (glyph, style, meaning) = look(*kind);
            format!("{} {meaning}", paint(style, glyph))
        })
        .collect();
    let mut line = String::new();
    let mut line_columns = 0;
    for entry in legend {
        let entry_columns = anstream::adapter::strip_str(&entry).to_string().chars().count() + 2;
        if line_columns + entry_columns > width.saturating_sub(2) && line_columns > 0 {
            writeln!(out, "  {}", line.trim_end())?;
            (line, line_columns) = (String::new(), 0);
        }
        line.push_str(&entry);
        line.push_str("  ");
        line_columns += entry_columns;
    }
    if line_columns > 0 {
        writeln!(out, "  {}", line.trim_end())?;
    }
    Ok(())
}

/// Glyph, colour and meaning of a mark.
fn look(kind: MarkKind) -> (char, Style, &'static str) {
    match kind {
        MarkKind::Told => ('▵', DIM, "told who is in"),
        MarkKind::Received => ('○', MSRP, "message received"),
        MarkKind::ReceivedInVain => ('⊗', BAD, "message refused"),
        MarkKind::Sent => ('●', MSRP, "message sent"),
        MarkKind::Referred => ('R', SIP, "REFER"),
        MarkKind::Invited => ('┄', WARN, "invited"),
        MarkKind::Connected => ('┣', SIP, "connected"),
        MarkKind::Left => ('┫', SIP, "left"),
        MarkKind::Broken => ('✗', BAD, "refused, lost or removed"),
    }
}

struct Chart<'a> {
    lanes: &'a Lanes,
    columns: usize,
}

impl Chart<'_> {
    fn column(&self, place: f64) -> usize {
        (place * (self.columns - 1) as f64).round() as usize
    }

    /// The labels, and the line with ticks under them. Folded pauses say how long they were.
    fn ruler(&self, start: Time) -> (String, String) {
        let mut labels = vec![' '; self.columns + LABEL_COLUMNS];
        let mut ruler = vec!['─'; self.columns];
        let mut free_from = 0;
        let mut put = |column: usize, text: &str, ruler: &mut Vec<char>, tick: Option<char>| {
            if column < free_from || column + text.chars().count() > labels.len() {
                return;
            }
            for (offset, letter) in text.chars().enumerate() {
                labels[column + offset] = letter;
            }
            if let (Some(tick), Some(place)) = (tick, ruler.get_mut(column)) {
                *place = tick;
            }
            free_from = column + text.chars().count() + 2;
        };
        for stretch in self.lanes.axis.stretches() {
            let (from, to) = (self.column(stretch.start), self.column(stretch.end));
            if stretch.is_fold {
                ruler.iter_mut().take(to).skip(from + 1).for_each(|place| *place = '╌');
                put(from + 1, &format!("⋯ {} ⋯", duration(stretch.to.nanos_since(stretch.from))), &mut ruler, None);
                continue;
            }
            let ticks = ((to - from) / LABEL_COLUMNS).max(1);
            let step = stretch.to.nanos_since(stretch.from) / ticks as i64;
            for tick in 0..ticks {
                let share = tick as f64 / ticks as f64;
                let nanos = (stretch.to.nanos_since(stretch.from) as f64 * share) as i64;
                let time = stretch.from.nanos_since(start) + nanos;
                put(from + (to - from) * tick / ticks, &offset(time, step), &mut ruler, Some('┬'));
            }
        }
        (labels.into_iter().collect(), ruler.into_iter().collect())
    }

    fn lane(&self, lane: &Lane) -> String {
        let mut cells = vec![(' ', Style::new()); self.columns];
        for span in &lane.spans {
            let (glyph, style) = match span.state {
                State::Invited | State::Pending => ('┄', WARN),
                State::Connected => ('━', SIP),
                State::Disconnected => continue,
            };
            let (from, to) =
                (self.column(self.lanes.axis.place(span.from)), self.column(self.lanes.axis.place(span.to)));
            cells.iter_mut().take(to + 1).skip(from).for_each(|cell| *cell = (glyph, style));
        }
        let mut strongest: Vec<Option<MarkKind>> = vec![None; self.columns];
        for mark in &lane.marks {
            let column = self.column(self.lanes.axis.place(mark.time));
            strongest[column] = strongest[column].max(Some(mark.kind));
        }
        for (cell, kind) in cells.iter_mut().zip(strongest) {
            if let Some(kind) = kind {
                let (glyph, style, _) = look(kind);
                *cell = (glyph, style);
            }
        }
        // Cells of one colour are painted at once.
        let blanks = cells.iter().rev().take_while(|(glyph, _)| *glyph == ' ').count();
        cells.truncate(self.columns - blanks);
        let runs = cells.chunk_by(|(_, one), (_, other)| one == other);
        runs.map(|run| paint(run[0].1, run.iter().map(|(glyph, _)| glyph).collect::<String>())).collect()
    }
}

/// `0 s`, `25 ms`, `2.5 s`, `1:05`, `1:00:08`: time since the beginning, as short as it can be said and still differ by `step`.
fn offset(nanos: i64, step: i64) -> String {
    let nanos = nanos.max(0);
    let seconds = (nanos + 50_000_000) / 1_000_000_000;
    match seconds {
        _ if nanos == 0 => "0 s".to_owned(),
        0..=9 if step < 100_000_000 => format!("{:.1} ms", nanos as f64 / 1e6),
        0..=9 => format!("{:.1} s", nanos as f64 / 1e9),
        10..=59 => format!("{seconds} s"),
        60..=3_599 => format!("{}:{:02}", seconds / 60, seconds % 60),
        _ => format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60),
    }
}
