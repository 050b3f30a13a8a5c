//! The message as it is on the wire, coloured.

use std::ops::Range;

use eframe::egui::{self, Color32, Sense, TextFormat, Ui, text::LayoutJob, vec2};

use super::ask_to_mark;
use crate::message_view::{Line, MessageView, printable};
use crate::panels::{Revealed, Scene};
use crate::style;
use crate::widgets::paint;
use crate::widgets::rows::Rows;

const ROW: f32 = 17.0;
const LEFT: f32 = 6.0;

/// Characters of a line, however wide the room is.
const NARROWEST: usize = 24;
const WIDEST: usize = 400;

/// Bytes before a piece of a long line that are looked at to colour it.
const LOOK_BACK: usize = 4_096;

pub fn text_ui(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    message: &mut MessageView,
    marked: Option<&Range<usize>>,
    revealed: &mut Revealed,
) {
    let font = style::mono(ui);
    let character = ui.fonts_mut(|fonts| fonts.glyph_width(&font, 'x'));
    // Room for the scroll bar at the right.
    let room = ui.available_width() - 2.0 * LEFT - 12.0;
    message.wrap(((room / character) as usize).clamp(NARROWEST, WIDEST));
    let message = &*message;
    let reveal = revealed.row(scene.focus, marked.map(|range| message.line_of(range.start)));
    ui.painter().rect_filled(ui.available_rect_before_wrap(), 3.0, ui.visuals().extreme_bg_color);
    let rows = Rows { name: "text", count: message.lines.len(), height: ROW, width: 0.0, reveal };
    rows.show(ui, |ui, row, rect| {
        let Some(line) = message.lines.get(row) else { return };
        let (text, places) = printable(&message.raw, line.range.clone());
        let response = ui.interact(rect, ui.scope_id().with(("line", row)), Sense::click());
        paint::speak_row(&response, marked.is_some_and(|range| overlaps(range, &line.range)), || text.clone());
        let job = coloured(ui, message, line, &text, &places, marked);
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        let at = rect.min + vec2(LEFT, (ROW - galley.size().y) / 2.0);
        if response.clicked()
            && let Some(pointer) = response.interact_pointer_pos()
        {
            let place = galley.cursor_from_pos(pointer - at).index.0;
            let byte = places.get(place).copied().or(places.last().copied()).unwrap_or(line.range.start);
            ask_to_mark(scene, message, byte);
        }
        ui.painter().galley(at, galley, ui.visuals().text_color());
    });
}

fn overlaps(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Runs of one colour and mark.
fn coloured(
    ui: &Ui,
    message: &MessageView,
    line: &Line,
    text: &str,
    places: &[usize],
    marked: Option<&Range<usize>>,
) -> LayoutJob {
    let visuals = ui.visuals();
    let font = style::mono(ui);
    let mark = style::mark(visuals);
    let kinds = Kinds::of(message, line);
    let mut job = LayoutJob::default();
    job.wrap.max_width = f32::INFINITY;
    let mut run = String::new();
    let mut last: Option<(Color32, bool)> = None;
    let mut flush = |run: &mut String, of: Option<(Color32, bool)>| {
        if let Some((color, is_marked)) = of.filter(|_| !run.is_empty()) {
            let background = if is_marked { mark } else { Color32::TRANSPARENT };
            let format = TextFormat { font_id: font.clone(), color, background, ..TextFormat::default() };
            job.append(run, 0.0, format);
            run.clear();
        }
    };
    for (character, &at) in text.chars().zip(places) {
        let is_marked = marked.is_some_and(|range| range.contains(&at));
        let key = (kinds.colour(visuals, at, character), is_marked);
        if last != Some(key) {
            flush(&mut run, last);
            last = Some(key);
        }
        run.push(character);
    }
    flush(&mut run, last);
    job
}

/// Which part of the line is what.
enum Kinds {
    /// A start line, or an end-line.
    Start,
    /// A header or SDP line: its name ends at this byte.
    Field(usize),
    /// XML: tags and attributes are coloured as they come.
    Markup(Vec<(Range<usize>, bool)>),
    Plain,
}

impl Kinds {
    /// Of a piece of a long line the beginning tells what it is.
    fn of(message: &MessageView, line: &Line) -> Kinds {
        let from = line.begins.max(line.range.start.saturating_sub(LOOK_BACK));
        let (text, places) = printable(&message.raw, from..line.range.end);
        if line.begins == 0 || text.starts_with("--") {
            return Kinds::Start;
        }
        if text.trim_start().starts_with('<') {
            return Kinds::Markup(tags(&text, &places));
        }
        let separator = text.find(':').filter(|&at| text[..at].bytes().all(is_name));
        let sdp = (text.get(1..2) == Some("=") && is_sdp(message, line.begins)).then_some(1);
        match sdp.or(separator) {
            Some(at) => Kinds::Field(places.get(at).copied().unwrap_or(line.begins)),
            None => Kinds::Plain,
        }
    }

    fn colour(&self, visuals: &egui::Visuals, at: usize, character: char) -> Color32 {
        match self {
            Kinds::Start => style::series(visuals, 1),
            Kinds::Field(end) if at <= *end => style::sip(visuals),
            Kinds::Markup(tags) => match tags.iter().find(|(range, _)| range.contains(&at)) {
                Some((_, true)) => style::series(visuals, 1),
                Some((_, false)) => style::series(visuals, 3),
                None => visuals.text_color(),
            },
            Kinds::Field(_) | Kinds::Plain if character == '·' => visuals.weak_text_color(),
            Kinds::Field(_) | Kinds::Plain => visuals.text_color(),
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Does the byte stand in a line that was read as SDP?
fn is_sdp(message: &MessageView, byte: usize) -> bool {
    let node = message.node_at(byte).and_then(|place| message.nodes.get(place));
    node.is_some_and(|node| node.name.contains(" (") || node.name.len() == 1)
}

/// The tags of a line of XML, by bytes; quoted values in them are told apart.
fn tags(text: &str, places: &[usize]) -> Vec<(Range<usize>, bool)> {
    let mut found = Vec::new();
    let (mut start, mut quote) = (None, None);
    let mut in_tag = false;
    for (character, &at) in text.chars().zip(places) {
        match character {
            '<' if quote.is_none() => {
                in_tag = true;
                start = Some(at);
            }
            '>' if in_tag && quote.is_none() => {
                found.extend(start.take().map(|start| (start..at + 1, false)));
                in_tag = false;
            }
            '"' if in_tag => match quote.take() {
                Some(opened) => {
                    found.push((opened..at + 1, true));
                    start = Some(at + 1);
                }
                None => {
                    found.extend(start.take().map(|start| (start..at, false)));
                    quote = Some(at);
                }
            },
            _ => {}
        }
    }
    let end = places.last().map_or(0, |last| last + 1);
    found.extend(start.filter(|_| in_tag).map(|start| (start..end, false)));
    found.extend(quote.map(|start| (start..end, true)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_their_values_are_told_apart() {
        let text = "<a b=\"c\">x</a>";
        let places: Vec<usize> = (0..text.len()).collect();
        let found: Vec<(&str, bool)> =
            tags(text, &places).into_iter().map(|(range, value)| (&text[range], value)).collect();
        assert_eq!(found, [("<a b=", false), ("\"c\"", true), (">", false), ("</a>", false)]);
    }
}
