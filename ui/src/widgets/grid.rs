//! A table of any length: headings that can be dragged wider, and rows of which only those in sight are drawn.

use eframe::egui::{self, Color32, CursorIcon, Rect, Response, Sense, Ui, pos2, vec2};

use super::paint;
use super::rows::Rows;
use crate::style;

const PADDING: f32 = 6.0;
const NARROWEST: f32 = 30.0;

/// Of the last column, however little is left: the rows can be scrolled then.
const LAST_AT_LEAST: f32 = 170.0;

/// A column: its title and its width in points at first; the last one takes what is left.
pub type Heading = (&'static str, f32);

pub struct Grid<'a> {
    pub name: &'a str,
    pub columns: &'a [Heading],
    pub count: usize,
    pub reveal: Option<usize>,
}

/// What is to be drawn in a cell.
pub struct Cell {
    pub text: String,
    pub colour: Option<Color32>,
    pub mono: bool,
    pub right: bool,
}

impl Cell {
    pub fn new(text: impl Into<String>) -> Cell {
        Cell { text: text.into(), colour: None, mono: false, right: false }
    }

    /// A number or address: stands below its like.
    pub fn mono(text: impl Into<String>) -> Cell {
        Cell { mono: true, ..Cell::new(text) }
    }

    pub fn number(text: impl Into<String>) -> Cell {
        Cell { mono: true, right: true, ..Cell::new(text) }
    }

    pub fn colour(self, colour: Color32) -> Cell {
        Cell { colour: Some(colour), ..self }
    }
}

/// A row: is it selected, its tint, its cells.
pub struct Line {
    pub selected: bool,
    pub tint: Option<Color32>,
    /// A stripe at the left that warns.
    pub flag: Option<Color32>,
    pub cells: Vec<Cell>,
}

impl Line {
    /// A row that is neither selected nor marked.
    pub fn of(cells: Vec<Cell>) -> Line {
        Line { selected: false, tint: None, flag: None, cells }
    }
}

impl Grid<'_> {
    /// Fills the room that is left. `line` makes a row; `respond` gets each row in sight with its response and the column
    /// below the pointer.
    pub fn show(
        &self,
        ui: &mut Ui,
        mut line: impl FnMut(usize) -> Line,
        mut respond: impl FnMut(usize, &Response, Option<usize>),
    ) {
        let id = egui::Id::unique(("widths of columns", self.name));
        let mut widths: Vec<f32> = ui.data(|data| data.get_temp(id)).unwrap_or_default();
        if widths.len() != self.columns.len() {
            widths = self.columns.iter().map(|(_, width)| *width).collect();
        }
        let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), style::ROW_HEIGHT), Sense::hover());
        // The rows begin where the headings end.
        ui.add_space(-ui.spacing().item_spacing.y);
        let last = widths.len().saturating_sub(1);
        let width = widths.iter().take(last).sum::<f32>() + LAST_AT_LEAST;
        let rows = Rows { name: self.name, count: self.count, height: style::ROW_HEIGHT, width, reveal: self.reveal };
        let left = rows.show(ui, |ui, row, rect| {
            let line = line(row);
            let response = ui.interact(rect, ui.scope_id().with(("row", row)), Sense::click());
            paint::speak_row(&response, line.selected, || {
                let texts = line.cells.iter().map(|cell| cell.text.as_str()).filter(|text| !text.is_empty());
                texts.collect::<Vec<_>>().join(", ")
            });
            if let Some(tint) = line.tint.filter(|_| !line.selected) {
                ui.painter().rect_filled(rect, 0.0, tint);
            }
            paint::row_background(ui, rect, &response, line.selected, line.tint.is_none() && row % 2 == 1);
            if let Some(flag) = line.flag {
                ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(3.0, rect.height())), 0.0, flag);
            }
            let places = places(&widths, rect);
            for (cell, place) in line.cells.iter().zip(&places).filter(|(_, place)| place.width() > 0.0) {
                let colour = paint::row_text(ui, line.selected, cell.colour.unwrap_or(ui.visuals().text_color()));
                let font = if cell.mono { style::mono(ui) } else { style::body(ui) };
                let inner = place.shrink2(vec2(PADDING, 0.0));
                if cell.right {
                    paint::text_right(ui.painter(), inner, &cell.text, font, colour);
                } else {
                    paint::text(ui.painter(), inner, &cell.text, font, colour);
                }
            }
            let pointer = response.hover_pos().or(response.interact_pointer_pos());
            let column = pointer.and_then(|at| places.iter().position(|place| place.x_range().contains(at.x)));
            respond(row, &response, column);
        });
        self.head_ui(ui, id, head, left, &mut widths);
        ui.data_mut(|data| data.insert_temp(id, widths));
    }

    fn head_ui(&self, ui: &Ui, id: egui::Id, head: Rect, left: f32, widths: &mut [f32]) {
        let response = ui.interact(head, id.with("head"), Sense::click());
        let painter = ui.painter().with_clip_rect(head.intersect(ui.clip_rect()));
        let name = format!("Columns of {}", self.name);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        response.on_hover_text("Drag the lines; a right click shows and hides columns").context_menu(|ui| {
            // The last one takes what is left.
            let last = self.columns.len().saturating_sub(1);
            for ((title, usual), width) in self.columns.iter().zip(widths.iter_mut()).take(last) {
                let mut is_shown = *width > 0.0;
                if ui.checkbox(&mut is_shown, *title).changed() {
                    *width = if is_shown { *usual } else { 0.0 };
                }
            }
        });
        painter.rect_filled(head, 0.0, ui.visuals().widgets.inactive.weak_bg_fill.gamma_multiply(0.6));
        let line = Rect::from_min_max(pos2(left, head.top()), pos2(head.right(), head.bottom()));
        for (column, place) in places(widths, line).into_iter().enumerate() {
            if place.width() <= 0.0 {
                continue;
            }
            let title = self.columns.get(column).map_or("", |(title, _)| title);
            let inner = place.shrink2(vec2(PADDING, 0.0));
            paint::text(&painter, inner, title, style::small(ui), ui.visuals().weak_text_color());
            if column + 1 == self.columns.len() {
                break;
            }
            let line = ui.visuals().widgets.noninteractive.bg_stroke;
            painter.vline(place.right(), head.y_range(), line);
            let handle = Rect::from_center_size(pos2(place.right(), head.center().y), vec2(8.0, head.height()));
            let response = ui.interact(handle, id.with(("handle", column)), Sense::drag());
            if response.hovered() || response.dragged() {
                ui.set_cursor_icon(CursorIcon::ResizeHorizontal);
            }
            if response.dragged()
                && let Some(width) = widths.get_mut(column)
            {
                *width = (*width + response.drag_delta().x).max(NARROWEST);
            }
        }
    }
}

fn places(widths: &[f32], row: Rect) -> Vec<Rect> {
    let mut left = row.left();
    let mut places = Vec::with_capacity(widths.len());
    for (column, width) in widths.iter().enumerate() {
        let right = if column + 1 == widths.len() { row.right().max(left + NARROWEST) } else { left + width };
        places.push(Rect::from_min_max(pos2(left, row.top()), pos2(right, row.bottom())));
        left = right;
    }
    places
}
