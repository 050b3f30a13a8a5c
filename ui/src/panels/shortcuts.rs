//! The sheet that tells what each key does.

use eframe::egui::{self, Id, Key, Modal, Sense, vec2};

use crate::command::Command;
use crate::style;
use crate::widgets::paint;

/// Room for the keys.
const KEYS: f32 = 170.0;

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
        let width = (ui.content_rect().width() - 60.0).min(860.0);
        ui.set_width(width);
        ui.heading("Keyboard shortcuts");
        ui.add_space(8.0);
        let lines = lines(ui);
        egui::ScrollArea::vertical().max_height(ui.content_rect().height() * 0.72).show(ui, |ui| {
            ui.columns(2, |columns| {
                let half = lines.len().div_ceil(2).max(1);
                for (column, lines) in columns.iter_mut().zip(lines.chunks(half)) {
                    for (keys, text) in lines {
                        line_ui(column, keys, text);
                    }
                }
            });
        });
        ui.add_space(8.0);
        ui.button("Close").clicked()
    });
    modal.should_close() || modal.inner
}

fn line_ui(ui: &mut egui::Ui, keys: &str, text: &str) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 19.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{keys}: {text}")));
    let (left, right) = rect.split_left_right_at_x(rect.left() + KEYS.min(rect.width() * 0.5));
    paint::text(ui.painter(), left.shrink2(vec2(4.0, 0.0)), keys, style::mono(ui), ui.visuals().hyperlink_color);
    paint::text(ui.painter(), right, text, style::body(ui), ui.visuals().text_color());
}

fn lines(ui: &egui::Ui) -> Vec<(String, String)> {
    let line = |command: &Command| {
        let keys: Vec<String> = command.shortcuts().iter().map(|shortcut| written(ui, shortcut)).collect();
        (keys.join(" or "), command.text().to_owned())
    };
    let commands = Command::all();
    let commands = commands.iter().filter(|command| !command.shortcuts().is_empty()).map(line);
    commands.chain(OTHERS.map(|(keys, text)| (keys.to_owned(), text.to_owned()))).collect()
}

/// As it stands on the keys: `[` and not `OpenBracket`.
fn written(ui: &egui::Ui, shortcut: &egui::KeyboardShortcut) -> String {
    let named = ui.format_shortcut(shortcut);
    match shortcut.logical_key {
        Key::OpenBracket | Key::CloseBracket | Key::Questionmark | Key::Slash => {
            named.replace(shortcut.logical_key.name(), shortcut.logical_key.symbol_or_name())
        }
        _ => named,
    }
}
