//! The line in which messages are filtered: the language of the command line, with completion, and the error underlined while it
//! is typed.

use std::ops::Range;
use std::sync::Arc;

use eframe::egui::{
    self, Align2, Area, FontId, Galley, Id, Key, Modifiers, Order, RichText, Stroke, TextEdit, TextFormat,
    text::{CCursor, CCursorRange, LayoutJob},
    text_edit::TextEditState,
};
use rcshark::filter::{Completion, Filter, FilterError, complete};

use crate::style;

/// Completions that are listed at once.
const MAX_COMPLETIONS: usize = 12;

#[derive(Default)]
pub struct FilterLine {
    text: String,
    /// The last expression that made sense, and its text: what is shown.
    applied: Option<(String, Arc<Filter>)>,
    error: Option<FilterError>,
    /// The completion that arrow keys have chosen.
    chosen: Option<usize>,
    /// Put the text cursor here in the next frame.
    focus: bool,
}

impl FilterLine {
    /// The filter that holds; `None` takes everything.
    pub fn filter(&self) -> Option<Arc<Filter>> {
        self.applied.as_ref().map(|(_, filter)| Arc::clone(filter))
    }

    /// The text of the filter that holds; empty for everything.
    pub fn applied(&self) -> &str {
        self.applied.as_ref().map_or("", |(text, _)| text)
    }

    pub fn set(&mut self, text: impl Into<String>) {
        self.text = text.into();
        self.parse();
    }

    /// Narrows the filter.
    pub fn also(&mut self, text: &str) {
        match self.applied() {
            "" => self.set(text),
            applied => self.set(format!("({applied}) && {text}")),
        }
    }

    pub fn request_focus(&mut self) {
        self.focus = true;
    }

    fn parse(&mut self) {
        self.chosen = None;
        match Filter::parse(&self.text) {
            Ok(filter) => {
                self.error = None;
                let is_empty = self.text.trim().is_empty();
                self.applied = (!is_empty).then(|| (self.text.trim().to_owned(), Arc::new(filter)));
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Draws it `width` wide; was Enter pressed?
    pub fn show(&mut self, ui: &mut egui::Ui, width: f32) -> bool {
        let id = Id::unique("filter line");
        let had_focus = ui.memory(|memory| memory.has_focus(id));
        if std::mem::take(&mut self.focus) {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let cursor = cursor_byte(ui, id, &self.text);
        let completions = if had_focus { completions(&self.text, cursor) } else { Vec::new() };
        let accepted = self.keys(ui, &completions);
        let label = ui.label("Filter");
        let error = self.error.as_ref().map(|error| error.range.clone());
        let mut layouter = |ui: &egui::Ui, text: &dyn egui::TextBuffer, _: f32| coloured(ui, text.as_str(), &error);
        let field = TextEdit::singleline(&mut self.text)
            .id(id)
            .hint_text("sip.method == INVITE && participant contains \"alice\"")
            .desired_width(width)
            .lock_focus(true)
            .layouter(&mut layouter);
        let output = field.show(ui);
        let response = output.response.response.clone().labelled_by(label.id);
        if response.changed() {
            self.parse();
        }
        if let Some(completion) = accepted.and_then(|place| completions.get(place)) {
            self.accept(ui, id, completion);
        }
        let mut entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if entered && self.error.is_some() {
            entered = false;
        }
        if response.has_focus() {
            self.popup_ui(ui, id, &response, &completions);
        } else if let Some(error) = &self.error {
            response.on_hover_text(told(error));
        }
        entered
    }

    /// The keys that choose a completion; gives back the place of the one that was accepted.
    fn keys(&mut self, ui: &egui::Ui, completions: &[Completion]) -> Option<usize> {
        if completions.is_empty() {
            return None;
        }
        let last = completions.len().min(MAX_COMPLETIONS) - 1;
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowDown) {
            self.chosen = Some(self.chosen.map_or(0, |chosen| (chosen + 1).min(last)));
        }
        if pressed(Key::ArrowUp) {
            self.chosen = self.chosen.and_then(|chosen| chosen.checked_sub(1));
        }
        let chosen = self.chosen;
        if pressed(Key::Tab) {
            return Some(chosen.unwrap_or(0));
        }
        chosen.filter(|_| pressed(Key::Enter))
    }

    fn accept(&mut self, ui: &egui::Ui, id: Id, completion: &Completion) {
        let Range { start, end } = completion.range.clone();
        if self.text.get(start..end).is_none() {
            return;
        }
        let text = format!("{} ", completion.text);
        self.text.replace_range(start..end, &text);
        self.parse();
        let place = self.text.get(..start + text.len()).map_or(0, |before| before.chars().count());
        let mut state = TextEditState::load(ui, id).unwrap_or_default();
        state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(place))));
        state.store(ui, id);
        ui.request_repaint();
    }

    fn popup_ui(&mut self, ui: &egui::Ui, id: Id, field: &egui::Response, completions: &[Completion]) {
        if completions.is_empty() && self.error.is_none() {
            return;
        }
        let area = Area::new(id.with("completions")).order(Order::Foreground).pivot(Align2::LEFT_TOP);
        let mut clicked = None;
        area.fixed_pos(field.rect.left_bottom() + egui::vec2(0.0, 3.0)).show(ui, |ui| {
            egui::Frame::popup(ui.style()).show(ui, |ui| {
                ui.set_max_width(field.rect.width().max(320.0));
                if let Some(error) = self.error.as_ref().filter(|_| !self.text.trim().is_empty()) {
                    ui.label(RichText::new(told(error)).color(ui.visuals().error_fg_color));
                }
                for (place, completion) in completions.iter().take(MAX_COMPLETIONS).enumerate() {
                    ui.horizontal(|ui| {
                        let text = RichText::new(&completion.text).monospace();
                        if ui.selectable_label(self.chosen == Some(place), text).clicked() {
                            clicked = Some(place);
                        }
                        ui.add(egui::Label::new(RichText::new(completion.doc).small().weak()).truncate());
                    });
                }
                let more = completions.len().saturating_sub(MAX_COMPLETIONS);
                if more > 0 {
                    ui.weak(format!("{more} more: type on"));
                }
            });
        });
        if let Some(completion) = clicked.and_then(|place| completions.get(place)) {
            self.accept(ui, id, completion);
            self.request_focus();
        }
    }
}

/// A text as it is written in an expression.
pub fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if other.is_control() => quoted.push_str(&format!("\\u{:04x}", other as u32)),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn told(error: &FilterError) -> String {
    match &error.hint {
        Some(hint) => format!("{}: {hint}", error.message),
        None => error.message.clone(),
    }
}

fn completions(text: &str, cursor: usize) -> Vec<Completion> {
    let mut all = complete(text, cursor);
    // What is written already need not be offered.
    all.retain(|one| text.get(one.range.clone()).is_none_or(|begun| begun != one.text));
    all
}

fn cursor_byte(ui: &egui::Ui, id: Id, text: &str) -> usize {
    let range = TextEditState::load(ui, id).and_then(|state| state.cursor.char_range());
    let chars = range.map_or(usize::MAX, |range| range.primary.index.0);
    text.char_indices().nth(chars).map_or(text.len(), |(byte, _)| byte)
}

/// The expression with what is wrong underlined.
fn coloured(ui: &egui::Ui, text: &str, error: &Option<Range<usize>>) -> Arc<Galley> {
    let font = style::mono(ui);
    let colour = ui.visuals().text_color();
    let plain = |font: &FontId| TextFormat { font_id: font.clone(), color: colour, ..TextFormat::default() };
    let mut job = LayoutJob::default();
    job.wrap.max_width = f32::INFINITY;
    let parts = error.as_ref().and_then(|range| {
        let end = range.end.min(text.len());
        let start = range.start.min(end);
        Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?))
    });
    match parts {
        Some((before, wrong, after)) => {
            job.append(before, 0.0, plain(&font));
            let red = ui.visuals().error_fg_color;
            let format = TextFormat { underline: Stroke::new(2.0, red), color: red, ..plain(&font) };
            job.append(wrong, 0.0, format);
            job.append(after, 0.0, plain(&font));
        }
        None => job.append(text, 0.0, plain(&font)),
    }
    ui.fonts_mut(|fonts| fonts.layout_job(job))
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn a_wrong_expression_leaves_the_last_right_one_in_force() {
        let mut line = FilterLine::default();
        line.set("sip");
        line.set("sip &&");
        assert_eq!((line.applied(), line.error.is_some()), ("sip", true));
        line.set("sip");
        line.also("msrp");
        assert_eq!(line.applied(), "(sip) && msrp");
        line.set("  ");
        assert!(line.filter().is_none());
    }

    #[test]
    fn literals_are_read_back() {
        for text in ["a", "a \"b\" \\ c", "tab\tnew\nline", "Zoë\u{1b}"] {
            let source = format!("body == {}", literal(text));
            let filter = Filter::parse(&source).unwrap_or_else(|error| panic!("{source}: {error}"));
            assert_eq!(Filter::parse(&filter.to_string()).map(|again| again == filter), Ok(true));
        }
    }

    #[test]
    fn what_is_begun_is_completed_by_tab() {
        let show = |ui: &mut egui::Ui, line: &mut FilterLine| {
            line.show(ui, 400.0);
        };
        let mut harness = Harness::new_ui_state(show, FilterLine::default());
        harness.state_mut().request_focus();
        harness.run();
        harness.get_by_label("Filter").type_text("sip.meth");
        harness.run();
        harness.get_by_label("sip.method");
        harness.key_press(Key::Tab);
        harness.run();
        assert_eq!(harness.state().text, "sip.method ");
    }
}
