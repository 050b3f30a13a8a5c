//! A table of texts whose rows are only drawn where they are seen.

use eframe::egui;
use egui_extras::{Column, TableBuilder};

/// A column: its title and its width in points at first; the last one takes what is left.
pub type Heading = (&'static str, f32);

/// Draws `rows` rows of `cell(row, column)`. Text that does not fit is cut, and shown whole under the pointer.
pub fn table_ui<'a>(
    ui: &mut egui::Ui,
    name: &str,
    columns: &[Heading],
    rows: usize,
    cell: impl Fn(usize, usize) -> &'a str,
) {
    let row_height = ui.text_style_height(&egui::TextStyle::Body) + 6.0;
    let header = |mut header: egui_extras::TableRow<'_, '_>| {
        for (title, _) in columns {
            header.col(|ui| {
                ui.strong(*title);
            });
        }
    };
    let body = |body: egui_extras::TableBody<'_>| {
        body.rows(row_height, rows, |mut row| {
            let number = row.index();
            for column in 0..columns.len() {
                row.col(|ui| {
                    ui.add(egui::Label::new(cell(number, column)).truncate());
                });
            }
        });
    };
    // In a scope of its own: the lines between the columns reach down to the end of the scope.
    ui.scope(|ui| {
        let mut table = TableBuilder::new(ui).id_salt(name).striped(true).auto_shrink([false, true]);
        for (place, (_, width)) in columns.iter().enumerate() {
            let is_last = place + 1 == columns.len();
            let column = if is_last { Column::remainder() } else { Column::initial(*width).resizable(true) };
            table = table.column(column.at_least(40.0).clip(true));
        }
        table.header(row_height, header).body(body);
    });
}

/// Names and values, one pair a line; long values wrap.
pub fn facts_ui(ui: &mut egui::Ui, name: &str, facts: &[(&'static str, String)]) {
    egui::Grid::new(name).num_columns(2).min_row_height(0.0).spacing([16.0, 4.0]).show(ui, |ui| {
        for (name, value) in facts {
            ui.weak(*name);
            ui.add(egui::Label::new(value.as_str()).wrap());
            ui.end_row();
        }
    });
}
