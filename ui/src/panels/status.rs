//! The line at the bottom: what was read, and how far reading has come.

use eframe::egui;

use crate::command::Command;
use crate::digest::Counts;
use crate::selection::Selection;
use crate::text::count;

pub struct Status<'a> {
    /// Of all captures that were read.
    pub counts: Counts,
    /// The first capture that has problems.
    pub problems_in: Option<usize>,
    /// The capture that is being read, and how much of it was, from 0 to 1.
    pub reading: Option<(&'a str, f32)>,
}

/// A click on the problems asks for the capture that has them.
pub fn status_ui(ui: &mut egui::Ui, status: &Status<'_>) -> Option<Command> {
    let mut command = None;
    ui.horizontal(|ui| {
        let counts = &status.counts;
        let numbers = [
            count(counts.frames, "frame"),
            count(counts.sip, "SIP message"),
            count(counts.msrp, "MSRP message"),
            count(counts.sessions, "session"),
        ];
        ui.label(numbers.join("  ·  "));
        ui.label("·");
        match status.problems_in {
            Some(capture) => {
                let text = egui::RichText::new(count(counts.problems, "problem")).color(ui.visuals().warn_fg_color);
                if ui.link(text).on_hover_text("Show what could not be read").clicked() {
                    command = Some(Command::Select(Selection::Capture(capture)));
                }
            }
            None => {
                ui.label(count(counts.problems, "problem"));
            }
        }
        if let Some((name, part)) = status.reading {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let cancel = Command::Cancel;
                if ui.button(cancel.text()).on_hover_text(cancel.tooltip()).clicked() {
                    command = Some(cancel);
                }
                ui.add(egui::ProgressBar::new(part).desired_width(160.0).show_percentage());
                ui.add(egui::Label::new(format!("Reading {name}")).truncate());
            });
        }
    });
    command
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    fn click(status: Status<'_>, label: &str) -> Option<Command> {
        let show = |ui: &mut egui::Ui, asked: &mut Option<Command>| *asked = status_ui(ui, &status).or(asked.take());
        let mut harness = Harness::new_ui_state(show, None);
        harness.get_by_label(label).click();
        harness.run();
        harness.state().clone()
    }

    #[test]
    fn problems_lead_to_their_capture() {
        let counts = Counts { problems: 1_200, ..Counts::default() };
        let asked = click(Status { counts, problems_in: Some(3), reading: None }, "1,200 problems");
        assert_eq!(asked, Some(Command::Select(Selection::Capture(3))));
    }

    #[test]
    fn reading_can_be_cancelled() {
        let status = Status { counts: Counts::default(), problems_in: None, reading: Some(("chat.pcap", 0.5)) };
        assert_eq!(click(status, "Cancel"), Some(Command::Cancel));
    }
}
