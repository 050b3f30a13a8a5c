//! The timeline of a session as an inline SVG picture; its colours are those of the page.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::text::Text;
use crate::capture::Time;
use crate::report::findings::Checked;
use crate::rules::Severity;
use crate::view::{Lanes, MarkKind, Names};

const WIDTH: f64 = 1000.0;
/// Names stand left of the plot.
const LEFT: f64 = 150.0;
/// The first and last mark have their room.
const PAD: f64 = 10.0;
const LANE: f64 = 26.0;
const TOP: f64 = 26.0;
const BAR: f64 = 12.0;

/// Marks of one lane that are nearer than this are drawn as one, the most telling.
const MARK_ROOM: f64 = 5.0;
/// Between two labels of the axis.
const LABEL_ROOM: f64 = 80.0;

/// Lanes beyond this are left out: nobody reads them, and the page stays small.
pub const MAX_LANES: usize = 100;

/// Steps of the axis in seconds.
const STEPS: [f64; 19] = [
    0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_800.0, 3_600.0, 7_200.0, 21_600.0,
    43_200.0, 86_400.0,
];

/// Draws the lanes of session `index` and its `own` findings; the mark of one leads to `#PREFIXn`, with n its place in the findings.
pub fn write(
    out: &mut impl Write,
    checked: &Checked<'_>,
    (index, own): (usize, &[usize]),
    names: &Names,
    prefix: &str,
) -> io::Result<()> {
    let analysis = checked.analysis;
    let (session, timeline) = (&analysis.sessions.sessions[index], &analysis.timelines[index]);
    let lanes = Lanes::new(analysis, session, timeline);
    let shown = lanes.lanes.len().min(MAX_LANES);
    let x = |time: Time| LEFT + PAD + lanes.axis.place(time) * (WIDTH - LEFT - 2.0 * PAD);
    let findings: Vec<_> = own.iter().map(|&number| (number, &checked.outcome.findings[number])).collect();
    let rows = shown + usize::from(!findings.is_empty());
    let height = TOP + LANE * rows as f64 + 14.0;
    writeln!(out, r#"<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="Timeline of {}">"#, Text(&session.id))?;
    write_axis(out, &lanes, session.started, height)?;
    for (row, (lane, participant)) in lanes.lanes.iter().zip(&timeline.participants).take(MAX_LANES).enumerate() {
        let middle = TOP + LANE * row as f64 + LANE / 2.0;
        let name = names.get(&participant.identity);
        writeln!(
            out,
            r#"<text x="{:.0}" y="{:.1}" text-anchor="end">{}<title>{}</title></text>"#,
            LEFT - 8.0,
            middle + 4.0,
            Text(&short(name)),
            Text(&participant.identity.uri)
        )?;
        writeln!(out, r#"<line class="base" x1="{LEFT}" y1="{middle}" x2="{WIDTH}" y2="{middle}"/>"#)?;
        for span in &lane.spans {
            let (from, to) = (x(span.from), x(span.to));
            let state = span.state.as_str();
            writeln!(
                out,
                r#"<rect class="{state}" x="{from:.1}" y="{:.1}" width="{:.1}" height="{BAR}" rx="2"><title>{}: {state}</title></rect>"#,
                middle - BAR / 2.0,
                (to - from).max(1.0),
                Text(name)
            )?;
        }
        let mut places: BTreeMap<i64, (MarkKind, f64, Time)> = BTreeMap::new();
        for mark in &lane.marks {
            let at = x(mark.time);
            let known = places.entry((at / MARK_ROOM) as i64).or_insert((mark.kind, at, mark.time));
            if mark.kind > known.0 {
                *known = (mark.kind, at, mark.time);
            }
        }
        for (kind, at, time) in places.into_values() {
            let after = time.nanos_since(session.started) as f64 / 1e9;
            let title = format!("{name} {} ({after:+.3} s)", what(kind));
            writeln!(out, "<g><title>{}</title>{}</g>", Text(&title), shape(kind, at, middle))?;
        }
    }
    if !findings.is_empty() {
        let middle = TOP + LANE * shown as f64 + LANE / 2.0;
        writeln!(
            out,
            r#"<text class="dim" x="{:.0}" y="{:.1}" text-anchor="end">findings</text>"#,
            LEFT - 8.0,
            middle + 4.0
        )?;
        // Of those at one place the worst.
        let mut places: BTreeMap<i64, (Severity, f64, usize, usize)> = BTreeMap::new();
        for (number, finding) in &findings {
            let at = x(analysis.messages[finding.place.message].time);
            let known = places.entry((at / (2.0 * MARK_ROOM)) as i64).or_insert((finding.severity, at, *number, 0));
            known.3 += 1;
            if finding.severity > known.0 {
                *known = (finding.severity, at, *number, known.3);
            }
        }
        for (severity, at, number, count) in places.into_values() {
            let more = if count > 1 { format!(" (and {} more here)", count - 1) } else { String::new() };
            let message = &checked.outcome.findings[number].message;
            writeln!(
                out,
                r##"<a href="#{prefix}{number}"><path class="finding-{severity}" d="M{at:.1} {:.1}l6 6l-6 6l-6 -6z"/><title>{severity}: {}{more}</title></a>"##,
                middle - 6.0,
                Text(message)
            )?;
        }
    }
    writeln!(out, "</svg>")
}

fn write_axis(out: &mut impl Write, lanes: &Lanes, started: Time, height: f64) -> io::Result<()> {
    writeln!(out, r#"<g class="axis">"#)?;
    let room = WIDTH - LEFT - 2.0 * PAD;
    // Right end of the last label.
    let mut last = f64::MIN;
    for stretch in lanes.axis.stretches() {
        let (from, to) = (LEFT + PAD + stretch.start * room, LEFT + PAD + stretch.end * room);
        if stretch.is_fold {
            let pause = stretch.to.nanos_since(stretch.from) as f64 / 1e9;
            writeln!(
                out,
                r#"<rect class="fold" x="{from:.1}" y="{:.1}" width="{:.1}" height="{:.1}"><title>nothing for {}</title></rect>"#,
                TOP - 6.0,
                to - from,
                height - TOP - 8.0,
                seconds(pause)
            )?;
            if to - from > 24.0 {
                let (middle, y) = ((from + to) / 2.0, height - 2.0);
                writeln!(out, r#"<text x="{middle:.1}" y="{y}" text-anchor="middle">{}</text>"#, seconds(pause))?;
            }
            continue;
        }
        let begin = stretch.from.nanos_since(started) as f64 / 1e9;
        let lasted = stretch.to.nanos_since(stretch.from) as f64 / 1e9;
        let per_second = if lasted > 0.0 { (to - from) / lasted } else { 0.0 };
        let step = STEPS.into_iter().find(|step| step * per_second >= LABEL_ROOM).unwrap_or(f64::INFINITY);
        let first = if step.is_finite() { (begin / step).ceil() } else { 0.0 };
        let regular = (0..=(room / LABEL_ROOM) as usize).map(|number| (first + number as f64) * step);
        let regular = regular.take_while(|at| *at <= begin + lasted);
        for at in [begin].into_iter().chain(regular.filter(|at| at.is_finite() && *at > begin)) {
            let x = from + (at - begin) * per_second;
            if x - last < LABEL_ROOM * 0.7 {
                continue;
            }
            last = x;
            writeln!(out, r#"<line x1="{x:.1}" y1="{:.1}" x2="{x:.1}" y2="{:.1}"/>"#, TOP - 6.0, height - 14.0)?;
            writeln!(out, r#"<text x="{x:.1}" y="12" text-anchor="middle">{}</text>"#, seconds(at))?;
        }
    }
    writeln!(out, "</g>")
}

fn shape(kind: MarkKind, x: f64, y: f64) -> String {
    match kind {
        MarkKind::Told => format!(r#"<circle class="told" cx="{x:.1}" cy="{y:.1}" r="2.5"/>"#),
        MarkKind::Received => format!(r#"<circle class="received" cx="{x:.1}" cy="{y:.1}" r="3"/>"#),
        MarkKind::Sent => format!(r#"<path class="sent" d="M{:.1} {:.1}l10 5l-10 5z"/>"#, x - 4.0, y - 5.0),
        MarkKind::Referred => format!(r#"<path class="referred" d="M{x:.1} {:.1}l4 8h-8z"/>"#, y - 4.0),
        MarkKind::Invited => {
            format!(r#"<rect class="start" x="{:.1}" y="{:.1}" width="2" height="8"/>"#, x - 1.0, y - 4.0)
        }
        MarkKind::Connected => {
            format!(r#"<rect class="start" x="{:.1}" y="{:.1}" width="3" height="16"/>"#, x - 1.5, y - 8.0)
        }
        MarkKind::Left => format!(r#"<path class="left" d="M{x:.1} {:.1}v16"/>"#, y - 8.0),
        MarkKind::Broken | MarkKind::ReceivedInVain => {
            format!(r#"<path class="broken" d="M{:.1} {:.1}l8 8m0 -8l-8 8"/>"#, x - 4.0, y - 4.0)
        }
    }
}

fn what(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Told => "was told",
        MarkKind::Received => "got a message",
        MarkKind::ReceivedInVain => "refused a message",
        MarkKind::Sent => "sent a message",
        MarkKind::Referred => "sent a REFER",
        MarkKind::Invited => "was invited",
        MarkKind::Connected => "came in",
        MarkKind::Left => "left",
        MarkKind::Broken => "was refused, lost or removed",
    }
}

/// What the shapes mean.
pub fn write_legend(out: &mut impl Write) -> io::Result<()> {
    use MarkKind::{Broken, Connected, Invited, Left, Received, Referred, Sent, Told};
    write!(out, r#"<p class="legend">"#)?;
    for kind in [Invited, Connected, Left, Broken, Sent, Received, Referred, Told] {
        let shape = shape(kind, 8.0, 8.0);
        write!(out, r#"<span><svg viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>{}</span>"#, what(kind))?;
    }
    for state in ["invited", "pending", "connected", "disconnected"] {
        let bar = format!(r#"<rect class="{state}" y="3" width="16" height="10" rx="2"/>"#);
        write!(out, r#"<span><svg viewBox="0 0 16 16" aria-hidden="true">{bar}</svg>{state}</span>"#)?;
    }
    writeln!(out, "</p>")
}

/// Seconds in words that fit under a tick: `12.5 s`, `3:20`, `1:02:05`, `2 d 1:00:00`.
pub fn seconds(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match whole {
        0..60 => {
            let text = format!("{seconds:.2}");
            let text = text.trim_end_matches('0').trim_end_matches('.');
            format!("{} s", if text == "-0" { "0" } else { text })
        }
        60..3_600 => format!("{}:{:02}", whole / 60, whole % 60),
        3_600..86_400 => format!("{}:{:02}:{:02}", whole / 3_600, whole / 60 % 60, whole % 60),
        _ => {
            format!("{} d {}:{:02}:{:02}", whole / 86_400, whole / 3_600 % 24, whole / 60 % 60, whole % 60)
        }
    }
}

fn short(name: &str) -> String {
    const MOST: usize = 20;
    if name.chars().count() <= MOST {
        return name.to_owned();
    }
    name.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn ticks_are_short() {
        let texts = [0.0, 0.5, 12.0, 59.5, 125.0, 3_725.0, 90_000.0].map(seconds);
        assert_eq!(texts, ["0 s", "0.5 s", "12 s", "1:00", "2:05", "1:02:05", "1 d 1:00:00"]);
    }
}
