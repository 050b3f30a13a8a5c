//! The bar at the top: opening captures, and the colours.

use std::path::PathBuf;

use eframe::egui;

use crate::command::Command;

/// A path to open is typed into `path`; `focus` puts the cursor there.
pub fn toolbar_ui(ui: &mut egui::Ui, path: &mut String, focus: bool) -> Option<Command> {
    let mut command = None;
    ui.horizontal(|ui| {
        if button_ui(ui, &Command::Choose) {
            command = Some(Command::Choose);
        }
        ui.separator();
        let label = ui.label("Path");
        let width = (ui.available_width() - 180.0).clamp(120.0, 720.0);
        let field = egui::TextEdit::singleline(path).hint_text("a capture or a folder").desired_width(width);
        let field = ui.add(field).labelled_by(label.id);
        if focus {
            field.request_focus();
        }
        let open = Command::Open(vec![PathBuf::from(path.trim())]);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let clicked = ui.add_enabled_ui(!path.trim().is_empty(), |ui| button_ui(ui, &open)).inner;
        if clicked || (entered && !path.trim().is_empty()) {
            command = Some(open);
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if button_ui(ui, &Command::SwitchTheme) {
                command = Some(Command::SwitchTheme);
            }
        });
    });
    command
}

/// A button for a command that says what it does, and by which keys too.
fn button_ui(ui: &mut egui::Ui, command: &Command) -> bool {
    let keys = command.shortcut().map(|shortcut| ui.ctx().format_shortcut(&shortcut));
    let tooltip = match keys {
        Some(keys) => format!("{} ({keys})", command.tooltip()),
        None => command.tooltip().to_owned(),
    };
    ui.button(command.text()).on_hover_text(tooltip).clicked()
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn a_typed_path_is_opened_by_enter() {
        let show = |ui: &mut egui::Ui, state: &mut (String, Option<Command>)| {
            state.1 = toolbar_ui(ui, &mut state.0, false).or(state.1.take());
        };
        let mut harness = Harness::new_ui_state(show, (String::new(), None));
        harness.get_by_label("Path").focus();
        harness.run();
        harness.get_by_label("Path").type_text(" calls/chat.pcapng");
        harness.run();
        harness.key_press(egui::Key::Enter);
        harness.run();
        assert_eq!(harness.state().1, Some(Command::Open(vec!["calls/chat.pcapng".into()])));
    }
}
