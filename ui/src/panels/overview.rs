//! The session as a whole: what it is, why its legs belong together, and the legs.

use eframe::egui;

use crate::command::Command;
use crate::digest::{JointLine, SessionDigest};
use crate::widgets::facts::facts_ui;
use crate::widgets::grid::{Cell, Grid, Heading, Line};

const LEG_COLUMNS: [Heading; 8] = [
    ("Participant", 210.0),
    ("Direction", 105.0),
    ("Outcome", 125.0),
    ("Started", 112.0),
    ("Duration", 75.0),
    ("Ended by", 70.0),
    ("Messages", 70.0),
    ("Call-ID", 100.0),
];

/// Shows `session`; a click on a leg asks for its first message.
pub fn overview_ui(ui: &mut egui::Ui, session: &SessionDigest, asked: &mut Vec<Command>) {
    ui.heading(session.title.as_str());
    ui.add_space(6.0);
    // The legs keep at least a third of the height.
    let above = egui::ScrollArea::vertical().id_salt("about the session").max_height(ui.available_height() * 0.66);
    above.auto_shrink([false, true]).show(ui, |ui| {
        facts_ui(ui, "facts of the session", &session.facts);
        ui.add_space(10.0);
        ui.strong("Why these legs are one session");
        joints_ui(ui, &session.joints);
    });
    ui.add_space(10.0);
    ui.strong("Legs");
    let legs = &session.legs;
    let grid = Grid { name: "legs", columns: &LEG_COLUMNS, count: legs.len(), reveal: None };
    let line = |row: usize| match legs.get(row) {
        Some(leg) => Line::of(vec![
            Cell::new(leg.participant.as_str()),
            Cell::new(leg.direction),
            Cell::new(leg.outcome.as_str()),
            Cell::mono(leg.started.as_str()),
            Cell::number(leg.duration.as_str()),
            Cell::new(leg.ended_by),
            Cell::number(leg.messages.as_str()),
            Cell::mono(leg.call_id.as_str()),
        ]),
        None => Line::of(Vec::new()),
    };
    grid.show(ui, line, |row, response, _| {
        if response.clicked()
            && let Some(first) = legs.get(row).and_then(|leg| leg.first)
        {
            asked.push(Command::SelectMessage(first, None));
        }
    });
}

fn joints_ui(ui: &mut egui::Ui, joints: &[JointLine]) {
    if joints.is_empty() {
        ui.weak("Nothing had to be joined.");
    }
    for JointLine { key, value, frames } in joints {
        ui.add(egui::Label::new(format!("Same {key} {value} in frames {frames}")).wrap());
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::digest::LegLine;

    #[test]
    fn a_session_shows_its_legs_and_why_they_were_joined() {
        let leg = |participant: &str| LegLine { participant: participant.into(), ..LegLine::default() };
        let session = SessionDigest {
            title: "Lunch".into(),
            facts: vec![("Focus", "sip:focus@example.com".into())],
            joints: vec![JointLine { key: "focus-uri", value: "sip:focus@example.com".into(), frames: "1, 9".into() }],
            legs: vec![leg("sip:alice@example.com"), leg("sip:bob@example.com")],
            parts: Vec::new(),
        };
        let harness = Harness::new_ui(|ui| overview_ui(ui, &session, &mut Vec::new()));
        harness.get_by_label("Lunch");
        harness.get_by_label("Same focus-uri sip:focus@example.com in frames 1, 9");
        harness.get_by_label_contains("sip:alice@example.com");
        harness.get_by_label_contains("sip:bob@example.com");
    }
}
