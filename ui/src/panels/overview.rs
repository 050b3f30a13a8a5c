//! The session as a whole: what it is, why its legs belong together, and the legs.

use eframe::egui;

use super::table::{Heading, facts_ui, table_ui};
use crate::digest::{JointLine, SessionDigest};

const LEG_COLUMNS: [Heading; 8] = [
    ("Participant", 210.0),
    ("Direction", 105.0),
    ("Outcome", 125.0),
    ("Started", 95.0),
    ("Duration", 75.0),
    ("Ended by", 70.0),
    ("Messages", 70.0),
    ("Call-ID", 100.0),
];

/// Shows `session`.
pub fn overview_ui(ui: &mut egui::Ui, session: &SessionDigest) {
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
    table_ui(ui, "legs", &LEG_COLUMNS, legs.len(), |leg, column| {
        let leg = &legs[leg];
        match column {
            0 => &leg.participant,
            1 => leg.direction,
            2 => &leg.outcome,
            3 => &leg.started,
            4 => &leg.duration,
            5 => leg.ended_by,
            6 => &leg.messages,
            _ => &leg.call_id,
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
        let harness = Harness::new_ui(|ui| overview_ui(ui, &session));
        harness.get_by_label("Lunch");
        harness.get_by_label("Same focus-uri sip:focus@example.com in frames 1, 9");
        harness.get_by_label("sip:alice@example.com");
        harness.get_by_label("sip:bob@example.com");
    }
}
