//! The middle of the window for a capture as a whole: reading, what was read, or why it could not be.

use eframe::egui;

use super::Scene;
use super::toolbar::button_ui;
use crate::capture::{Capture, State};
use crate::command::Command;
use crate::loading::Read;
use crate::text::{count, grouped};
use crate::widgets::facts::facts_ui;
use crate::widgets::grid::{Cell, Grid, Heading, Line};
use crate::widgets::paint;

const PROBLEM_COLUMNS: [Heading; 4] = [("Frame", 70.0), ("Kind", 150.0), ("Bytes", 80.0), ("Problem", 400.0)];

/// Shows `capture` in whatever state it is.
pub fn capture_ui(ui: &mut egui::Ui, capture: &Capture) -> Option<Command> {
    ui.heading(capture.name.as_str());
    ui.add_space(6.0);
    if let Some(text) = capture.live_text() {
        ui.label(text);
    }
    let command = match &capture.state {
        State::Reading(_) if capture.is_live() => end_ui(ui, Command::StopLive),
        State::Reading(_) => reading_ui(ui, capture),
        State::Failed(why) => failed_ui(ui, why),
        State::Read(_) if capture.live.is_some() => end_ui(ui, Command::SaveLive),
        State::Read(_) => None,
    };
    if let Some(read) = capture.as_read() {
        ui.add_space(6.0);
        read_ui(ui, read);
    }
    command
}

fn end_ui(ui: &mut egui::Ui, command: Command) -> Option<Command> {
    button_ui(ui, &command).then_some(command)
}

fn reading_ui(ui: &mut egui::Ui, capture: &Capture) -> Option<Command> {
    let (read, total) = (capture.progress.read_bytes(), capture.progress.total_bytes());
    if read < total {
        ui.label(format!("Reading: {} of {} bytes", grouped(read), grouped(total)));
    } else {
        ui.label("Putting messages and sessions together …");
    }
    ui.add(egui::ProgressBar::new(capture.part_read()).desired_width(420.0));
    let cancel = Command::Cancel;
    ui.button(cancel.text()).on_hover_text(cancel.tooltip()).clicked().then_some(cancel)
}

fn failed_ui(ui: &mut egui::Ui, why: &str) -> Option<Command> {
    ui.colored_label(ui.visuals().error_fg_color, why);
    ui.add_space(12.0);
    ui.button("Open another…").on_hover_text(Command::Choose.tooltip()).clicked().then_some(Command::Choose)
}

fn read_ui(ui: &mut egui::Ui, read: &Read) {
    let digest = &read.digest;
    if let Some(byte) = read.cancelled_at_byte {
        let text = format!("Reading was cancelled at byte {}: what follows is not shown.", grouped(byte));
        ui.colored_label(ui.visuals().warn_fg_color, text);
    }
    let above = egui::ScrollArea::vertical().id_salt("about the capture").max_height(ui.available_height() * 0.66);
    above.auto_shrink([false, true]).show(ui, |ui| facts_ui(ui, "facts of the capture", &digest.facts));
    ui.add_space(10.0);
    if digest.sessions.is_empty() {
        ui.label("No SIP or MSRP session was found in it.");
        ui.add_space(10.0);
    }
    match digest.problems.len() {
        0 => ui.label("No problems: whatever could be read was read."),
        problems => ui.label(format!("{} in Not read", count(problems as u64, "problem"))),
    };
}

/// The ledger of what could not be read; a click asks for the message that is nearest to it.
pub fn not_read_ui(ui: &mut egui::Ui, scene: &mut Scene<'_>) {
    let problems = &scene.read.digest.problems;
    if problems.is_empty() {
        paint::empty(ui, "Everything was read", "Every byte of a SIP or MSRP conversation is in a message.");
        return;
    }
    ui.heading("What could not be read");
    ui.weak("Every byte of a SIP or MSRP conversation is in a message, or here with a reason.");
    ui.add_space(6.0);
    let warn = ui.visuals().warn_fg_color;
    let line = |row: usize| match problems.get(row) {
        Some(problem) => Line::of(vec![
            Cell::number(problem.frame.as_str()),
            Cell::new(problem.kind).colour(warn),
            Cell::number(problem.bytes.as_str()),
            Cell::new(problem.detail.as_str()),
        ]),
        None => Line::of(Vec::new()),
    };
    let mut clicked = None;
    let grid = Grid { name: "problems", columns: &PROBLEM_COLUMNS, count: problems.len(), reveal: None };
    grid.show(ui, line, |row, response, _| {
        let Some(problem) = problems.get(row) else { return };
        if response.clicked() {
            clicked = problem.at;
        }
        if response.hovered() {
            response.clone().on_hover_text(&problem.detail);
        }
    });
    let messages = &scene.read.analysis.messages;
    let nearest = clicked.and_then(|frame| messages.iter().find(|(_, message)| message.frame >= frame));
    if let Some((id, _)) = nearest {
        scene.ask(Command::SelectMessage(id, None));
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    fn click(state: State, expected: &str, button: &str) -> Option<Command> {
        let mut capture = Capture::reading(&["chat.pcap".into()]);
        capture.state = state;
        let show = |ui: &mut egui::Ui, asked: &mut Option<Command>| *asked = capture_ui(ui, &capture).or(asked.take());
        let mut harness = Harness::new_ui_state(show, None);
        harness.get_by_label("chat.pcap");
        harness.get_by_label_contains(expected);
        harness.get_by_label(button).click();
        harness.run();
        harness.state().clone()
    }

    #[test]
    fn an_error_is_told_and_another_capture_can_be_chosen() {
        let state = State::Failed("chat.pcap: the file is empty".into());
        assert_eq!(click(state, "chat.pcap: the file is empty", "Open another…"), Some(Command::Choose));
    }

    #[test]
    fn reading_is_told_and_can_be_cancelled() {
        assert_eq!(
            click(State::Reading(None), "Putting messages and sessions together", "Cancel"),
            Some(Command::Cancel)
        );
    }
}
