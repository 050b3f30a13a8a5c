//! The conformance matrix: every statement of the specification that applies to a session, and what became of it.

use std::sync::Arc;

use eframe::egui::{self, Ui};
use rcshark::rules::{self, Tally, Verdict, catalogue};

use super::Scene;
use crate::findings::Findings;
use crate::style;
use crate::text::grouped;
use crate::widgets::grid::{Cell, Grid, Heading, Line};
use crate::widgets::markdown::markdown_ui;
use crate::widgets::paint;

const COLUMNS: [Heading; 7] = [
    ("Statement", 116.0),
    ("Keyword", 84.0),
    ("Verdict", 76.0),
    ("Kept", 44.0),
    ("Broken", 50.0),
    ("Open", 44.0),
    ("What it says", 400.0),
];

#[derive(Default)]
pub struct StatementsState {
    verdict: Option<Verdict>,
    selected: Option<&'static str>,
    /// All that apply, for what they were gathered, and which of them are listed.
    all: Vec<(&'static str, Tally)>,
    made_for: Option<(Option<usize>, usize)>,
    listed: Vec<usize>,
}

/// Shows the statements of `session`, or of all sessions together.
pub fn statements_ui(
    ui: &mut Ui,
    _scene: &mut Scene<'_>,
    session: Option<usize>,
    findings: &Arc<Findings>,
    state: &mut StatementsState,
) {
    let key = (session, Arc::as_ptr(findings) as usize);
    if state.made_for != Some(key) {
        state.all = list(findings, session);
        state.made_for = Some(key);
    }
    bar_ui(ui, state);
    let is_listed = |place: &usize| state.verdict.is_none() || state.all[*place].1.verdict() == state.verdict;
    state.listed = (0..state.all.len()).filter(is_listed).collect();
    if state.listed.is_empty() {
        paint::empty(ui, "No statements", "None of the specification's statements has this verdict here.");
        return;
    }
    egui::Panel::right("statement")
        .resizable(true)
        .default_size((ui.available_width() * 0.3).clamp(200.0, 620.0))
        .size_range(180.0..=(ui.available_width() - 220.0).max(200.0))
        .frame(egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 4, top: 2, bottom: 2 }))
        .show(ui, |ui| about_ui(ui, state));
    let visuals = ui.visuals().clone();
    let entry = |row: usize| state.listed.get(row).and_then(|&place| state.all.get(place));
    let selected = state.selected;
    let make = |row: usize| {
        let Some((id, tally)) = entry(row) else {
            return Line::of(Vec::new());
        };
        let statement = catalogue::find(id);
        let verdict = tally.verdict();
        let colour = match verdict {
            Some(Verdict::Pass) => style::msrp(&visuals),
            Some(Verdict::Fail) => visuals.error_fg_color,
            Some(Verdict::Undecided) | None => visuals.warn_fg_color,
        };
        let number = |number: u32| Cell::number(if number == 0 { String::new() } else { grouped(number.into()) });
        let cells = vec![
            Cell::mono(*id),
            Cell::new(statement.map_or("", |statement| statement.keyword)),
            Cell::new(verdict.map_or("", Verdict::as_str)).colour(colour),
            number(tally.passed),
            number(tally.failed),
            number(tally.undecided),
            Cell::new(statement.map_or("", |statement| statement.summary)),
        ];
        Line { selected: selected == Some(*id), tint: None, flag: None, cells }
    };
    let mut clicked = None;
    let grid = Grid { name: "statements", columns: &COLUMNS, count: state.listed.len(), reveal: None };
    grid.show(ui, make, |row, response, _| {
        if response.clicked() {
            clicked = entry(row).map(|(id, _)| *id);
        }
    });
    state.selected = clicked.or(state.selected);
}

fn bar_ui(ui: &mut Ui, state: &mut StatementsState) {
    let all = &state.all;
    let of = |verdict| all.iter().filter(|(_, tally)| tally.verdict() == Some(verdict)).count();
    ui.horizontal(|ui| {
        ui.selectable_value(&mut state.verdict, None, format!("All ({})", all.len()));
        for verdict in [Verdict::Fail, Verdict::Undecided, Verdict::Pass] {
            let text = format!("{} ({})", verdict.as_str(), of(verdict));
            ui.selectable_value(&mut state.verdict, Some(verdict), text);
        }
    });
}

/// The statements that apply, in the order of the catalogue.
fn list(findings: &Findings, session: Option<usize>) -> Vec<(&'static str, Tally)> {
    let statements = &findings.outcome.statements;
    if let Some(session) = session {
        return statements.get(session).cloned().unwrap_or_default();
    }
    let mut sums: std::collections::BTreeMap<usize, (&'static str, Tally)> = std::collections::BTreeMap::new();
    for (id, tally) in statements.iter().flatten() {
        let place = catalogue::place(id).unwrap_or(usize::MAX);
        let (_, sum) = sums.entry(place).or_insert_with(|| (*id, Tally::default()));
        sum.passed = sum.passed.saturating_add(tally.passed);
        sum.failed = sum.failed.saturating_add(tally.failed);
        sum.undecided = sum.undecided.saturating_add(tally.undecided);
        for reason in &tally.reasons {
            if !sum.reasons.contains(reason) {
                sum.reasons.push(reason.clone());
            }
        }
    }
    sums.into_values().collect()
}

fn about_ui(ui: &mut Ui, state: &StatementsState) {
    let entry = state.selected.and_then(|id| state.all.iter().find(|(other, _)| *other == id));
    let Some((id, tally)) = entry else {
        paint::empty(ui, "Select a statement", "The rule that decides it is explained here.");
        return;
    };
    egui::ScrollArea::vertical().auto_shrink(false).id_salt(("statement", *id)).show(ui, |ui| {
        ui.heading(*id);
        if let Some(statement) = catalogue::find(id) {
            ui.weak(format!("{} for the {}", statement.keyword, statement.actor));
            ui.add(egui::Label::new(statement.summary).wrap());
            for reason in &tally.reasons {
                let text = egui::RichText::new(format!("Undecided: {reason}")).color(ui.visuals().warn_fg_color);
                ui.add(egui::Label::new(text).wrap());
            }
            ui.separator();
            if let Some(rule) = rules::find(statement.rule) {
                ui.monospace(rule.name);
                markdown_ui(ui, &rule.documentation());
            }
        }
    });
}
