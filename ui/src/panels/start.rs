//! What is shown while nothing is open: what to do.

use eframe::egui;

use crate::command::Command;

/// Tells how to open a capture.
pub fn start_ui(ui: &mut egui::Ui) -> Option<Command> {
    let mut command = None;
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.28);
        ui.label(egui::RichText::new("Open a capture to see its group sessions").size(24.0).strong());
        ui.add_space(12.0);
        ui.label("Drop files or a folder onto this window, type a path above, or choose files:");
        ui.add_space(12.0);
        let button = egui::Button::new(egui::RichText::new("Open captures…").size(16.0)).min_size([180.0, 36.0].into());
        if ui.add(button).on_hover_text(Command::Choose.tooltip()).clicked() {
            command = Some(Command::Choose);
        }
        ui.add_space(12.0);
        ui.weak("pcap and pcapng, also gzip or zstd of these");
    });
    command
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn the_empty_window_says_what_to_do_and_its_button_asks_for_files() {
        let show = |ui: &mut egui::Ui, asked: &mut Option<Command>| *asked = start_ui(ui).or(asked.take());
        let mut harness = Harness::new_ui_state(show, None);
        harness.get_by_label_contains("Drop files or a folder onto this window");
        harness.get_by_label("Open captures…").click();
        harness.run();
        assert_eq!(harness.state(), &Some(Command::Choose));
    }
}
