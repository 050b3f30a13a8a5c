//! What is shown while nothing is open: what to do.

use std::path::{Path, PathBuf};

use eframe::egui::{self, RichText};

use super::toolbar::tooltip;
use crate::command::Command;
use crate::text::shown;

/// Captures that were opened before and are listed.
const LISTED: usize = 8;

/// Tells how to open a capture. `recent` are those that were open before, the last one first.
pub fn start_ui(ui: &mut egui::Ui, recent: &[PathBuf], asked: &mut Vec<Command>) {
    ui.vertical_centered(|ui| {
        ui.add_space(ui.available_height() * 0.2);
        ui.label(RichText::new("rcshark").size(34.0).strong().color(ui.visuals().hyperlink_color));
        ui.add_space(4.0);
        ui.label(RichText::new("Open a capture to see its group sessions").size(18.0));
        ui.add_space(10.0);
        ui.weak("Drop files or a folder onto this window, type a path above, or choose:");
        ui.add_space(14.0);
        let buttons = [
            (Command::Choose, "Open captures…"),
            (Command::ChooseFolder, "Open folder…"),
            (Command::CaptureLive, "Capture live…"),
            (Command::OpenSample, "Open a sample capture"),
        ];
        let size = egui::vec2(180.0, 34.0);
        let width = size.x * buttons.len() as f32 + ui.spacing().item_spacing.x * 2.0;
        ui.allocate_ui(egui::vec2(width, size.y), |ui| {
            ui.horizontal(|ui| {
                for (command, text) in buttons {
                    let button = egui::Button::new(RichText::new(text).size(14.5)).min_size(size);
                    if ui.add(button).on_hover_text(tooltip(ui, &command)).clicked() {
                        asked.push(command);
                    }
                }
            });
        });
        ui.add_space(10.0);
        ui.weak("pcap and pcapng, also gzip or zstd of these");
        if !recent.is_empty() {
            ui.add_space(26.0);
            ui.strong("Recent");
            ui.add_space(2.0);
            for path in recent.iter().take(LISTED) {
                recent_ui(ui, path, asked);
            }
        }
        ui.add_space(26.0);
        ui.weak("Ctrl+K finds every command, ? shows the keys");
    });
}

fn recent_ui(ui: &mut egui::Ui, path: &Path, asked: &mut Vec<Command>) {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    if ui.link(shown(&name)).on_hover_text(shown(&folder)).clicked() {
        asked.push(Command::Open(vec![path.to_path_buf()]));
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn the_empty_window_says_what_to_do_and_offers_captures() {
        let recent = [PathBuf::from("/captures/lunch.pcap")];
        let show = |ui: &mut egui::Ui, asked: &mut Vec<Command>| start_ui(ui, &recent, asked);
        let mut harness = Harness::new_ui_state(show, Vec::new());
        harness.get_by_label_contains("Drop files or a folder onto this window");
        for label in ["Open captures…", "Open a sample capture", "lunch.pcap"] {
            harness.get_by_label(label).click();
            harness.run();
        }
        let expected = [Command::Choose, Command::OpenSample, Command::Open(recent.to_vec())];
        assert_eq!(harness.state()[..], expected);
    }
}
