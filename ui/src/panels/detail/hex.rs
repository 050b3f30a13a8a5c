//! The message byte by byte.

use std::fmt::Write;
use std::ops::Range;

use eframe::egui::{Rect, Sense, Ui, pos2, vec2};

use super::ask_to_mark;
use crate::message_view::{HEX_BYTES, MessageView};
use crate::panels::{Revealed, Scene};
use crate::style;
use crate::widgets::paint;
use crate::widgets::rows::Rows;

const ROW: f32 = 17.0;
const LEFT: f32 = 6.0;

/// Characters of the offset and the space behind it, of a byte, and where the text begins.
const OFFSET: usize = 7;
const BYTE: usize = 3;
const TEXT: usize = OFFSET + HEX_BYTES * BYTE + 1;

pub fn hex_ui(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    message: &MessageView,
    marked: Option<&Range<usize>>,
    revealed: &mut Revealed,
) {
    let font = style::mono(ui);
    let character = ui.fonts_mut(|fonts| fonts.glyph_width(&font, '0'));
    let width = (TEXT + HEX_BYTES) as f32 * character + 2.0 * LEFT;
    let reveal = revealed.row(scene.focus, marked.map(|range| range.start / HEX_BYTES));
    ui.painter().rect_filled(ui.available_rect_before_wrap(), 3.0, ui.visuals().extreme_bg_color);
    let count = message.raw.len().div_ceil(HEX_BYTES);
    let rows = Rows { name: "hex", count, height: ROW, width, reveal };
    rows.show(ui, |ui, row, rect| {
        let start = row * HEX_BYTES;
        let end = (start + HEX_BYTES).min(message.raw.len());
        let Some(bytes) = message.raw.get(start..end) else { return };
        let response = ui.interact(rect, ui.scope_id().with(("bytes", row)), Sense::click());
        let x = |column: usize| rect.left() + LEFT + column as f32 * character;
        if let Some(range) = marked {
            let (from, to) = (range.start.max(start), range.end.min(end));
            if from < to {
                for (first, wide) in [(OFFSET, BYTE), (TEXT, 1)] {
                    let left = x(first + (from - start) * wide);
                    let right = x(first + (to - start) * wide) - if wide > 1 { character } else { 0.0 };
                    let mark = Rect::from_min_max(pos2(left - 1.0, rect.top()), pos2(right + 1.0, rect.bottom()));
                    ui.painter().rect_filled(mark, 2.0, style::mark(ui.visuals()));
                }
            }
        }
        let (hex, text) = line(bytes);
        paint::speak_row(&response, false, || format!("{start:06x}  {hex} {text}"));
        let weak = ui.visuals().weak_text_color();
        let place = |column: usize| Rect::from_min_size(pos2(x(column), rect.top()), vec2(width, ROW));
        paint::text(ui.painter(), place(0), &format!("{start:06x}"), font.clone(), weak);
        paint::text(ui.painter(), place(OFFSET), &hex, font.clone(), ui.visuals().text_color());
        paint::text(ui.painter(), place(TEXT), &text, font.clone(), style::sip(ui.visuals()));
        if response.clicked()
            && let Some(pointer) = response.interact_pointer_pos()
        {
            let column = ((pointer.x - x(0)) / character).max(0.0) as usize;
            let byte = if column >= TEXT { column - TEXT } else { column.saturating_sub(OFFSET) / BYTE };
            ask_to_mark(scene, message, (start + byte).min(end.saturating_sub(1)));
        }
    });
}

/// Some bytes as numbers and as ASCII.
fn line(bytes: &[u8]) -> (String, String) {
    let mut hex = String::with_capacity(bytes.len() * BYTE);
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x} ");
        text.push(if matches!(byte, b' '..=b'~') { byte.into() } else { '.' });
    }
    (hex, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_numbers_and_letters() {
        assert_eq!(line(b"SIP\r\xff"), ("53 49 50 0d ff ".into(), "SIP..".into()));
    }
}
