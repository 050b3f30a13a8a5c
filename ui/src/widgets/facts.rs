//! Names and values, one pair a line.

use eframe::egui;

/// Long values wrap.
pub fn facts_ui(ui: &mut egui::Ui, name: &str, facts: &[(&'static str, String)]) {
    egui::Grid::new(name).num_columns(2).min_row_height(0.0).spacing([16.0, 4.0]).show(ui, |ui| {
        for (name, value) in facts {
            ui.weak(*name);
            ui.add(egui::Label::new(value.as_str()).wrap());
            ui.end_row();
        }
    });
}
