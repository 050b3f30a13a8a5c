//! A ladder as text, SVG or Mermaid.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::view::{Arrow, Ladder, terminal};

/// Width of what stands left of the first column: time since the first message, frame number.
const MARGIN: usize = 20;

/// Narrowest and widest distance of two columns.
const SPACING: std::ops::RangeInclusive<usize> = 16..=44;

/// The distance of columns that fills a terminal of `width` characters; a middle one where there is none.
pub fn fitting_spacing(columns: usize, width: Option<usize>) -> usize {
    let room = width.unwrap_or(MARGIN + 30 * columns).saturating_sub(MARGIN + 8);
    (room / columns.max(1)).clamp(*SPACING.start(), *SPACING.end())
}

/// Draws with line characters: columns `spacing` characters apart, an arrow a line, its label on it.
pub fn write_text(out: &mut impl Write, ladder: &Ladder, spacing: usize) -> io::Result<()> {
    let spacing = spacing.max(*SPACING.start());
    let heads: [Vec<String>; 2] = [
        ladder.columns.iter().map(|column| terminal(&column.name).into_owned()).collect(),
        ladder.columns.iter().map(|column| column.address.clone()).collect(),
    ];
    for head in heads {
        let mut line = String::new();
        for (column, text) in head.iter().enumerate() {
            let text = cut(text, spacing - 1);
            let middle = MARGIN + column * spacing;
            let used = line.chars().count();
            let fill = (middle - (text.chars().count() / 2).min(middle)).saturating_sub(used);
            let _ = write!(line, "{:fill$}{text}", "");
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    let life_lines = vec!["│"; ladder.columns.len()].join(&" ".repeat(spacing - 1));
    writeln!(out, "{:>11} {:>6}  {life_lines}", "Time", "Frame")?;
    let start = ladder.arrows.first().map(|arrow| arrow.time).unwrap_or_default();
    for arrow in &ladder.arrows {
        let seconds = arrow.time.nanos_since(start) as f64 / 1e9;
        let mut line = format!("{seconds:>11.4} {:>6}  ", arrow.frame);
        draw(&mut line, arrow, ladder.columns.len(), spacing);
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// One arrow between its columns, the life lines of the others beside it.
fn draw(line: &mut String, arrow: &Arrow, columns: usize, spacing: usize) {
    let (left, right) = (arrow.from.min(arrow.to), arrow.from.max(arrow.to));
    for column in 0..left {
        let _ = write!(line, "│{}", " ".repeat(spacing - 1));
        debug_assert!(column < columns);
    }
    let again = if arrow.retransmissions > 0 { format!(" ×{}", arrow.retransmissions + 1) } else { String::new() };
    let label = format!("{}{again}", terminal(&arrow.label));
    if left == right {
        let room = spacing - 1 + spacing * (columns - 1 - left);
        let _ = write!(line, "│⟲ {}", cut(&label, room.saturating_sub(2)));
        return;
    }
    let width = (right - left) * spacing - 1;
    let label = cut(&label, width.saturating_sub(4));
    let (dash, fill) = if arrow.is_sip {
        ('─', width - 3 - label.chars().count())
    } else {
        ('╌', width - 3 - label.chars().count())
    };
    let before = fill / 2;
    let dashes = |count: usize| std::iter::repeat_n(dash, count).collect::<String>();
    let body = format!(" {label} ");
    if arrow.from < arrow.to {
        let _ = write!(line, "│{}{body}{}▶", dashes(before), dashes(fill - before));
    } else {
        let _ = write!(line, "│◀{}{body}{}", dashes(before), dashes(fill - before));
    }
    for _ in right..columns {
        let _ = write!(line, "│{}", " ".repeat(spacing - 1));
    }
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// A Mermaid sequence diagram.
pub fn write_mermaid(out: &mut impl Write, ladder: &Ladder) -> io::Result<()> {
    writeln!(out, "sequenceDiagram")?;
    for (index, column) in ladder.columns.iter().enumerate() {
        let name = if column.name.is_empty() {
            column.address.clone()
        } else {
            format!("{}<br/>{}", column.name, column.address)
        };
        writeln!(out, "    participant e{index} as {}", mermaid_text(&name))?;
    }
    for arrow in &ladder.arrows {
        let line = if arrow.is_sip { "->>" } else { "-->>" };
        let again = if arrow.retransmissions > 0 { format!(" ×{}", arrow.retransmissions + 1) } else { String::new() };
        writeln!(out, "    e{}{line}e{}: {}{again}", arrow.from, arrow.to, mermaid_text(&arrow.label))?;
    }
    Ok(())
}

/// Mermaid ends a message at `;` and a line end, and takes `#` for an entity.
fn mermaid_text(text: &str) -> String {
    terminal(text).replace('#', "#35;").replace(';', "#59;")
}

/// Colour and dashes of an arrow.
const SVG_SIP: (&str, &str) = ("#1f6fb2", "");
const SVG_MSRP: (&str, &str) = ("#2e8b57", r#" stroke-dasharray="4 2""#);

const SVG_COLUMN: usize = 220;
const SVG_ROW: usize = 22;
const SVG_HEAD: usize = 56;
const SVG_MARGIN: usize = 130;

/// A self-contained SVG picture.
pub fn write_svg(out: &mut impl Write, ladder: &Ladder) -> io::Result<()> {
    let width = SVG_MARGIN + SVG_COLUMN * ladder.columns.len().max(1);
    let height = SVG_HEAD + SVG_ROW * (ladder.arrows.len() + 2);
    let x = |column: usize| SVG_MARGIN + SVG_COLUMN / 2 + column * SVG_COLUMN;
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" font-size="11">"#
    )?;
    writeln!(out, r##"<rect width="{width}" height="{height}" fill="#ffffff"/>"##)?;
    for (index, column) in ladder.columns.iter().enumerate() {
        let x = x(index);
        writeln!(
            out,
            r#"<text x="{x}" y="20" text-anchor="middle" font-weight="bold">{}</text>"#,
            xml_text(&column.name)
        )?;
        writeln!(
            out,
            r##"<text x="{x}" y="36" text-anchor="middle" fill="#666666">{}</text>"##,
            xml_text(&column.address)
        )?;
        writeln!(out, r##"<line x1="{x}" y1="44" x2="{x}" y2="{}" stroke="#bbbbbb"/>"##, height - 10)?;
    }
    let start = ladder.arrows.first().map(|arrow| arrow.time).unwrap_or_default();
    for (row, arrow) in ladder.arrows.iter().enumerate() {
        let y = SVG_HEAD + SVG_ROW * (row + 1);
        let (from, to) = (x(arrow.from), x(arrow.to));
        let (colour, dashes) = if arrow.is_sip { SVG_SIP } else { SVG_MSRP };
        let seconds = arrow.time.nanos_since(start) as f64 / 1e9;
        writeln!(out, r##"<text x="8" y="{y}" fill="#666666">{seconds:.4}  #{}</text>"##, arrow.frame)?;
        let again = if arrow.retransmissions > 0 { format!(" ×{}", arrow.retransmissions + 1) } else { String::new() };
        let label = xml_text(&format!("{}{again}", arrow.label));
        if from == to {
            writeln!(out, r##"<text x="{}" y="{y}" fill="{colour}">⟲ {label}</text>"##, from + 6)?;
            continue;
        }
        writeln!(out, r##"<line x1="{from}" y1="{y}" x2="{to}" y2="{y}" stroke="{colour}"{dashes}/>"##)?;
        // A path and no marker, which some programs do not draw.
        let back = if from < to { -8 } else { 8 };
        writeln!(out, r##"<path d="M{to} {y}l{back} -4v8z" fill="{colour}"/>"##)?;
        writeln!(out, r#"<text x="{}" y="{}" text-anchor="middle">{label}</text>"#, (from + to) / 2, y - 4)?;
    }
    writeln!(out, "</svg>")
}

/// Text inside an XML element: markup escaped, control characters as in a terminal.
fn xml_text(text: &str) -> String {
    terminal(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
