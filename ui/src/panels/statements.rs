//! The conformance matrix: every statement of the specification that applies to a session, and what became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Ui};
use rcshark::rules::{self, Tally, Verdict, catalogue};

use crate::findings::Findings;
use crate::style;
use crate::text::grouped;
use crate::widgets::grid::{Cell, Grid, Heading, Line};
use crate::widgets::markdown::markdown_ui;
use crate::widgets::paint;

const COLUMNS: [Heading; 8] = [
    ("Statement", 116.0),
    ("Keyword", 84.0),
    ("Verdict", 76.0),
    ("Kept", 44.0),
    ("Broken", 50.0),
    ("Open", 44.0),
    ("Sessions", 76.0),
    ("What it says", 400.0),
];

/// Reasons that are told of one statement.
const TOLD_REASONS: usize = 20;

/// Sessions whose verdicts are told one by one.
const TOLD_SESSIONS: usize = 60;

/// A statement that applies.
struct Entry {
    id: &'static str,
    tally: Tally,
    /// A sign per session: kept, broken, open, or not applicable.
    by_session: String,
}

#[derive(Default)]
pub struct StatementsState {
    verdict: Option<Verdict>,
    selected: Option<&'static str>,
    /// All that apply, for what they were gathered, and which of them are listed.
    all: Vec<Entry>,
    made_for: Option<(Option<usize>, usize)>,
    listed: Vec<usize>,
}

impl StatementsState {
    /// There is a later analysis: what was gathered of the earlier one goes.
    pub fn renew(&mut self) {
        self.made_for = None;
    }
}

/// Shows the statements of `session`, or of all sessions together.
pub fn statements_ui(ui: &mut Ui, session: Option<usize>, findings: &Arc<Findings>, state: &mut StatementsState) {
    let key = (session, Arc::as_ptr(findings) as usize);
    if state.made_for != Some(key) {
        state.all = list(findings, session);
        state.made_for = Some(key);
    }
    bar_ui(ui, state);
    let is_listed = |place: &usize| state.verdict.is_none() || state.all[*place].tally.verdict() == state.verdict;
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
        let Some(Entry { id, tally, by_session }) = entry(row) else {
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
            Cell::mono(by_session.as_str()).colour(colour),
            Cell::new(statement.map_or("", |statement| statement.summary)),
        ];
        Line { selected: selected == Some(*id), tint: None, flag: None, cells }
    };
    let mut clicked = None;
    let grid = Grid { name: "statements", columns: &COLUMNS, count: state.listed.len(), reveal: None };
    grid.show(ui, make, |row, response, _| {
        if response.clicked() {
            clicked = entry(row).map(|entry| entry.id);
        }
    });
    state.selected = clicked.or(state.selected);
}

fn bar_ui(ui: &mut Ui, state: &mut StatementsState) {
    let all = &state.all;
    let of = |verdict| all.iter().filter(|entry| entry.tally.verdict() == Some(verdict)).count();
    ui.horizontal(|ui| {
        ui.selectable_value(&mut state.verdict, None, format!("All ({})", all.len()));
        for verdict in [Verdict::Fail, Verdict::Undecided, Verdict::Pass] {
            let text = format!("{} ({})", verdict.as_str(), of(verdict));
            ui.selectable_value(&mut state.verdict, Some(verdict), text);
        }
    });
}

/// The statements that apply, in the order of the catalogue.
fn list(findings: &Findings, session: Option<usize>) -> Vec<Entry> {
    let statements = &findings.outcome.statements;
    let chosen: Vec<&Vec<(&'static str, Tally)>> = match session {
        Some(session) => statements.get(session).into_iter().collect(),
        None => statements.iter().collect(),
    };
    let mut sums: BTreeMap<usize, Entry> = BTreeMap::new();
    for (number, of_session) in chosen.iter().enumerate() {
        for (id, tally) in of_session.iter() {
            let place = catalogue::place(id).unwrap_or(usize::MAX);
            let new = || Entry { id, tally: Tally::default(), by_session: String::new() };
            let Entry { tally: sum, by_session, .. } = sums.entry(place).or_insert_with(new);
            if number < TOLD_SESSIONS {
                // Sessions in between to which it does not apply.
                let missing = number.saturating_sub(by_session.chars().count());
                by_session.extend(std::iter::repeat_n('·', missing));
                by_session.push(sign(tally));
            }
            sum.passed = sum.passed.saturating_add(tally.passed);
            sum.failed = sum.failed.saturating_add(tally.failed);
            sum.undecided = sum.undecided.saturating_add(tally.undecided);
            for reason in &tally.reasons {
                if !sum.reasons.contains(reason) && sum.reasons.len() < TOLD_REASONS {
                    sum.reasons.push(reason.clone());
                }
            }
        }
    }
    sums.into_values().collect()
}

fn sign(tally: &Tally) -> char {
    match tally.verdict() {
        Some(Verdict::Pass) => '✔',
        Some(Verdict::Fail) => '✖',
        Some(Verdict::Undecided) => '?',
        None => '·',
    }
}

fn about_ui(ui: &mut Ui, state: &StatementsState) {
    let entry = state.selected.and_then(|id| state.all.iter().find(|entry| entry.id == id));
    let Some(Entry { id, tally, .. }) = entry else {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_of_all_sessions_are_summed_and_told_one_by_one() {
        let tally = |passed, failed| Tally { passed, failed, ..Tally::default() };
        let ids: Vec<&'static str> = catalogue::statements().iter().take(2).map(|statement| statement.id).collect();
        let mut findings = Findings::default();
        findings.outcome.statements =
            vec![vec![(ids[0], tally(2, 0))], vec![(ids[1], tally(1, 0))], vec![(ids[0], tally(0, 3))]];
        let all = list(&findings, None);
        let told: Vec<(&str, &str)> = all.iter().map(|entry| (entry.id, entry.by_session.as_str())).collect();
        assert_eq!(told, [(ids[0], "✔·✖"), (ids[1], "·✔")]);
        assert_eq!((all[0].tally.passed, all[0].tally.failed), (2, 3));
        assert_eq!(list(&findings, Some(2)).len(), 1);
    }
}
