//! The bar at the top: opening captures, the filter, the palette, the colours.

use std::path::PathBuf;

use eframe::egui;

use crate::command::Command;
use crate::focus::Tab;
use crate::widgets::filter_line::FilterLine;

/// Room for the buttons at the right.
const RIGHT: f32 = 220.0;

pub struct Toolbar<'a> {
    pub filter: &'a mut FilterLine,
    /// Is there something that can be filtered?
    pub has_capture: bool,
    /// A path that is typed; shown where no capture is open or no file dialog came.
    pub path: &'a mut String,
    pub ask_for_path: bool,
    pub focus_path: bool,
}

pub fn toolbar_ui(ui: &mut egui::Ui, bar: Toolbar<'_>, asked: &mut Vec<Command>) {
    let Toolbar { filter, has_capture, path, ask_for_path, focus_path } = bar;
    ui.horizontal(|ui| {
        for command in [Command::Choose, Command::CaptureLive] {
            if button_ui(ui, &command) {
                asked.push(command);
            }
        }
        ui.separator();
        let width = (ui.available_width() - RIGHT).max(120.0);
        if has_capture && !ask_for_path {
            if filter.show(ui, width - 60.0) {
                asked.push(Command::ShowTab(Tab::Messages));
            }
        } else {
            path_ui(ui, path, focus_path, width - 90.0, asked);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            for command in [Command::SwitchTheme, Command::ToggleShortcuts, Command::TogglePalette] {
                let (face, name) = match command {
                    Command::SwitchTheme => (if ui.visuals().dark_mode { "☀" } else { "🌙" }, command.text()),
                    Command::ToggleShortcuts => ("?", command.text()),
                    _ => ("Commands", command.text()),
                };
                let response = ui.button(face).on_hover_text(tooltip(ui, &command)).accessible_name(name);
                if response.clicked() {
                    asked.push(command);
                }
            }
        });
    });
}

fn path_ui(ui: &mut egui::Ui, path: &mut String, focus: bool, width: f32, asked: &mut Vec<Command>) {
    let label = ui.label("Path");
    let field = egui::TextEdit::singleline(path).hint_text("a capture or a folder").desired_width(width);
    let field = ui.add(field).labelled_by(label.id);
    if focus {
        field.request_focus();
    }
    let open = Command::Open(vec![PathBuf::from(path.trim())]);
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let clicked = ui.add_enabled_ui(!path.trim().is_empty(), |ui| button_ui(ui, &open)).inner;
    if clicked || (entered && !path.trim().is_empty()) {
        asked.push(open);
    }
}

/// A button for a command that says what it does, and by which keys too.
pub fn button_ui(ui: &mut egui::Ui, command: &Command) -> bool {
    let tooltip = tooltip(ui, command);
    ui.button(command.text()).on_hover_text(tooltip).clicked()
}

pub fn tooltip(ui: &egui::Ui, command: &Command) -> String {
    match command.shortcuts().first().map(|shortcut| ui.format_shortcut(shortcut)) {
        Some(keys) => format!("{} ({keys})", command.tooltip()),
        None => command.tooltip().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn a_typed_path_is_opened_by_enter() {
        let show = |ui: &mut egui::Ui, state: &mut (String, Vec<Command>)| {
            let mut filter = FilterLine::default();
            let (path, asked) = (&mut state.0, &mut state.1);
            let bar = Toolbar { filter: &mut filter, has_capture: false, path, ask_for_path: false, focus_path: false };
            toolbar_ui(ui, bar, asked);
        };
        let mut harness = Harness::new_ui_state(show, (String::new(), Vec::new()));
        harness.get_by_label("Path").focus();
        harness.run();
        harness.get_by_label("Path").type_text(" calls/chat.pcapng");
        harness.run();
        harness.key_press(egui::Key::Enter);
        harness.run();
        assert_eq!(harness.state().1, [Command::Open(vec!["calls/chat.pcapng".into()])]);
    }
}
