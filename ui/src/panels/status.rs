//! The line at the bottom: what was read, what was found, and how far reading has come.

use eframe::egui;
use rcshark::rules::Severity;

use super::toolbar::tooltip;
use crate::command::Command;
use crate::digest::Counts;
use crate::findings::Tallies;
use crate::focus::Tab;
use crate::selection::Selection;
use crate::style;
use crate::text::count;

pub struct Status<'a> {
    /// Of all captures that were read.
    pub counts: Counts,
    /// The first capture that has problems.
    pub problems_in: Option<usize>,
    /// Of all captures; `None` while the rules are at work.
    pub findings: Option<Tallies>,
    pub doing: Option<Doing<'a>>,
}

/// What goes on.
pub enum Doing<'a> {
    /// The capture that is being read, and how much of it was, from 0 to 1.
    Reading(&'a str, f32),
    /// The capture that grows, and what has come so far.
    Capturing(&'a str, String),
}

/// A click on the problems asks for the ledger of the capture that has them, a click on findings for their view. `note` is what was
/// done last, such as where something was written to.
pub fn status_ui(ui: &mut egui::Ui, status: &Status<'_>, note: Option<&str>, asked: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let counts = &status.counts;
        let numbers = [
            count(counts.frames, "frame"),
            count(counts.sip, "SIP message"),
            count(counts.msrp, "MSRP message"),
            count(counts.sessions, "session"),
        ];
        ui.label(numbers.join("  ·  "));
        ui.weak("·");
        findings_ui(ui, status.findings, asked);
        ui.weak("·");
        match status.problems_in {
            Some(capture) => {
                let text = egui::RichText::new(count(counts.problems, "problem")).color(ui.visuals().warn_fg_color);
                if ui.link(text).on_hover_text("Show what could not be read").clicked() {
                    asked.push(Command::Select(Selection::Capture(capture)));
                    asked.push(Command::ShowTab(Tab::NotRead));
                }
            }
            None => {
                ui.label(count(counts.problems, "problem"));
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let end = match &status.doing {
                Some(Doing::Reading(..)) => Some(Command::Cancel),
                Some(Doing::Capturing(..)) => Some(Command::StopLive),
                None => None,
            };
            if let Some(end) = end
                && ui.button(end.text()).on_hover_text(tooltip(ui, &end)).clicked()
            {
                asked.push(end);
            }
            let text = match &status.doing {
                Some(Doing::Reading(name, part)) => {
                    ui.add(egui::ProgressBar::new(*part).desired_width(160.0).show_percentage());
                    format!("Reading {name}")
                }
                Some(Doing::Capturing(name, so_far)) => format!("Capturing {name}: {so_far}"),
                None => note.unwrap_or_default().to_owned(),
            };
            ui.add(egui::Label::new(text).truncate());
        });
    });
}

fn findings_ui(ui: &mut egui::Ui, findings: Option<Tallies>, asked: &mut Vec<Command>) {
    let Some(tallies) = findings else {
        ui.weak("checking the rules …");
        return;
    };
    if tallies.sum() == 0 {
        ui.label("no findings");
    }
    for severity in Severity::ALL.into_iter().filter(|&severity| tallies.of(severity) > 0) {
        let text = count(tallies.of(severity) as u64, severity.as_str());
        let text = egui::RichText::new(text).color(style::severity(ui.visuals(), severity));
        if ui.link(text).on_hover_text("Show the findings").clicked() {
            asked.push(Command::ShowTab(Tab::Findings));
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    fn click(status: Status<'_>, label: &str) -> Vec<Command> {
        let show = |ui: &mut egui::Ui, asked: &mut Vec<Command>| status_ui(ui, &status, None, asked);
        let mut harness = Harness::builder().with_size([900.0, 60.0]).build_ui_state(show, Vec::new());
        harness.get_by_label(label).click();
        harness.run();
        harness.state().clone()
    }

    #[test]
    fn problems_lead_to_their_capture() {
        let counts = Counts { problems: 1_200, ..Counts::default() };
        let status = Status { counts, problems_in: Some(3), findings: None, doing: None };
        let asked = click(status, "1,200 problems");
        assert_eq!(asked, [Command::Select(Selection::Capture(3)), Command::ShowTab(Tab::NotRead)]);
    }

    #[test]
    fn findings_lead_to_their_view() {
        let findings = Some(Tallies { errors: 2, warnings: 0, notes: 1 });
        let status = Status { counts: Counts::default(), problems_in: None, findings, doing: None };
        assert_eq!(click(status, "2 errors"), [Command::ShowTab(Tab::Findings)]);
    }

    #[test]
    fn reading_can_be_cancelled() {
        let doing = Some(Doing::Reading("chat.pcap", 0.5));
        let status = Status { counts: Counts::default(), problems_in: None, findings: None, doing };
        assert_eq!(click(status, "Cancel"), [Command::Cancel]);
    }

    #[test]
    fn a_live_capture_tells_what_has_come_and_can_be_stopped() {
        let doing = Some(Doing::Capturing("live on lo", "12 packets".into()));
        let status = Status { counts: Counts::default(), problems_in: None, findings: None, doing };
        assert_eq!(click(status, "Stop capturing"), [Command::StopLive]);
    }
}
