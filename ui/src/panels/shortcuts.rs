//! The sheet that tells what each key does.

use eframe::egui::{self, Id, Modal};

use crate::command::Command;

/// Keys that are no commands.
const OTHERS: [(&str, &str); 6] = [
    ("Wheel over the lanes", "Zoom the timeline at the pointer"),
    ("Drag the lanes", "Move along time"),
    ("+  −  0", "Zoom the timeline in, out, to all of it"),
    ("←  →", "Move the timeline"),
    ("Tab in the filter", "Complete what is begun"),
    ("Esc", "Close this, leave the filter"),
];

/// Shows the sheet; is it to be closed?
pub fn shortcuts_ui(ui: &egui::Ui) -> bool {
    let modal = Modal::new(Id::unique("shortcut sheet")).show(ui, |ui| {
        ui.set_width(640.0);
        ui.heading("Keyboard shortcuts");
        ui.add_space(8.0);
        let commands: Vec<Command> =
            Command::all().into_iter().filter(|command| !command.shortcuts().is_empty()).collect();
        let mut lines: Vec<(String, String)> = commands
            .iter()
            .map(|command| {
                let keys: Vec<String> =
                    command.shortcuts().iter().map(|shortcut| ui.format_shortcut(shortcut)).collect();
                (keys.join("  or  "), command.text().to_owned())
            })
            .collect();
        lines.extend(OTHERS.map(|(keys, text)| (keys.to_owned(), text.to_owned())));
        egui::ScrollArea::vertical().max_height(ui.content_rect().height() * 0.7).show(ui, |ui| {
            ui.columns(2, |columns| {
                let half = lines.len().div_ceil(2);
                for (column, lines) in columns.iter_mut().zip(lines.chunks(half.max(1))) {
                    egui::Grid::new("keys").num_columns(2).spacing([14.0, 5.0]).show(column, |ui| {
                        for (keys, text) in lines {
                            ui.label(egui::RichText::new(keys).monospace().color(ui.visuals().hyperlink_color));
                            ui.add(egui::Label::new(text).wrap());
                            ui.end_row();
                        }
                    });
                }
            });
        });
        ui.add_space(6.0);
        ui.button("Close").clicked()
    });
    modal.should_close() || modal.inner
}
