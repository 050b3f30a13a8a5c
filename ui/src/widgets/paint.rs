//! Text and small shapes, drawn at a place.

use eframe::egui::{
    self, Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Response, Role, StrokeKind, WidgetInfo,
    epaint::text::{LayoutJob, TextWrapping},
    pos2, vec2,
};
use std::sync::Arc;

/// One line of `text`, cut with `…` where it is wider than `width`.
pub fn line(painter: &Painter, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    painter.layout_job(job)
}

/// Draws `text` in the middle of the height of `rect`, at its left, cut to its width; gives back the width it took.
pub fn text(painter: &Painter, rect: Rect, text: &str, font: FontId, colour: Color32) -> f32 {
    let galley = line(painter, text, font, colour, rect.width());
    let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
    let width = galley.size().x;
    painter.galley(at, galley, colour);
    width
}

/// The same at the right.
pub fn text_right(painter: &Painter, rect: Rect, text: &str, font: FontId, colour: Color32) -> f32 {
    let galley = line(painter, text, font, colour, rect.width());
    let at = pos2(rect.right() - galley.size().x, rect.center().y - galley.size().y / 2.0);
    let width = galley.size().x;
    painter.galley(at, galley, colour);
    width
}

/// A number or word in a small box whose right middle is at `right`; gives back its left side.
pub fn badge(painter: &Painter, right: Pos2, text: &str, font: FontId, colour: Color32) -> f32 {
    let galley = painter.layout_no_wrap(text.to_owned(), font, colour);
    let size = galley.size() + vec2(10.0, 2.0);
    let rect = Rect::from_min_size(pos2(right.x - size.x, right.y - size.y / 2.0), size);
    painter.rect(rect, 7.0, colour.gamma_multiply(0.16), (1.0, colour.gamma_multiply(0.5)), StrokeKind::Inside);
    painter.galley(rect.center() - galley.size() / 2.0, galley, colour);
    rect.left()
}

/// The background of a row of a list.
pub fn row_background(ui: &egui::Ui, rect: Rect, response: &Response, selected: bool, stripe: bool) {
    let visuals = ui.visuals();
    let colour = if selected {
        visuals.selection.bg_fill
    } else if response.hovered() || response.has_focus() {
        visuals.widgets.hovered.weak_bg_fill.gamma_multiply(0.6)
    } else if stripe {
        visuals.faint_bg_color
    } else {
        return;
    };
    ui.painter().rect_filled(rect, CornerRadius::ZERO, colour);
}

/// The colour of text in a row.
pub fn row_text(ui: &egui::Ui, selected: bool, colour: Color32) -> Color32 {
    if selected { ui.visuals().selection.stroke.color } else { colour }
}

/// How a row is read aloud.
pub fn speak_row(response: &Response, selected: bool, text: impl Fn() -> String) {
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, text()));
}

/// What to do, in the middle of an empty panel.
pub fn empty(ui: &mut egui::Ui, title: &str, hint: &str) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.3).max(16.0));
        ui.label(egui::RichText::new(title).size(16.0).strong());
        ui.add_space(4.0);
        ui.weak(hint);
    });
}
