//! Broken rules: grouped as the user likes, with the documentation of the rule beside them; and the conformance matrix.

use std::sync::Arc;

use eframe::egui::{self, Color32, Rect, RichText, Sense, Ui, pos2, vec2};
use rcshark::rules::{Finding, Severity};
use rcshark::view::label;
use rcshark::wire::MessageId;

use super::{Revealed, Scene, statements};
use crate::command::Command;
use crate::findings::Findings;
use crate::focus::Focus;
use crate::style;
use crate::text::{count, shown};
use crate::widgets::markdown::markdown_ui;
use crate::widgets::paint;
use crate::widgets::rows::Rows;

const HEIGHT: f32 = 40.0;

/// Messages of the evidence that are listed.
const LISTED_EVIDENCE: usize = 20;

#[derive(Default)]
pub struct FindingsState {
    shows_statements: bool,
    all_sessions: bool,
    group: Group,
    /// What is listed, and for what it was made.
    rows: Vec<Row>,
    made_for: Option<(Option<usize>, Group, usize)>,
    revealed: Revealed,
    statements: statements::StatementsState,
}

impl FindingsState {
    /// There is a later analysis: what was worked out of the earlier one goes.
    pub fn renew(&mut self) {
        self.made_for = None;
        self.statements.renew();
    }
}

/// What findings are put together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Group {
    #[default]
    Severity,
    Rule,
    Clause,
    Actor,
}

impl Group {
    const ALL: [Group; 4] = [Group::Severity, Group::Rule, Group::Clause, Group::Actor];

    fn title(self) -> &'static str {
        match self {
            Group::Severity => "severity",
            Group::Rule => "rule",
            Group::Clause => "clause",
            Group::Actor => "actor",
        }
    }

    fn of(self, finding: &Finding) -> String {
        match self {
            Group::Severity => finding.severity.as_str().to_owned(),
            Group::Rule => finding.rule.name.to_owned(),
            Group::Clause => finding.clause().to_owned(),
            Group::Actor => finding.actor.as_str().to_owned(),
        }
    }
}

#[derive(Clone)]
enum Row {
    Heading(String, usize),
    /// Its place in the list of all findings.
    Finding(usize),
}

/// Shows the findings of `session`, or of the whole capture.
pub fn findings_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: Option<usize>, state: &mut FindingsState) {
    let Some(findings) = scene.read.findings.clone() else {
        super::working_ui(ui, "Checking the rules …");
        return;
    };
    let of_session = session.filter(|_| !state.all_sessions);
    bar_ui(ui, session.is_some(), &findings, of_session, state);
    if state.shows_statements {
        statements::statements_ui(ui, of_session, &findings, &mut state.statements);
        return;
    }
    make_rows(state, &findings, of_session);
    if state.rows.is_empty() {
        paint::empty(ui, "No findings", "Nothing that the capture shows breaks a rule.");
        return;
    }
    egui::Panel::right("rule")
        .resizable(true)
        .default_size((ui.available_width() * 0.45).clamp(260.0, 760.0))
        .size_range(200.0..=(ui.available_width() - 220.0).max(220.0))
        .frame(egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 4, top: 2, bottom: 2 }))
        .show(ui, |ui| about_ui(ui, scene, &findings));
    list_ui(ui, scene, &findings, state);
}

fn bar_ui(ui: &mut Ui, has_session: bool, findings: &Findings, of_session: Option<usize>, state: &mut FindingsState) {
    ui.horizontal(|ui| {
        ui.selectable_value(&mut state.shows_statements, false, "Findings");
        ui.selectable_value(&mut state.shows_statements, true, "Conformance");
        ui.separator();
        if has_session {
            ui.selectable_value(&mut state.all_sessions, false, "This session");
            ui.selectable_value(&mut state.all_sessions, true, "All sessions");
        }
        let tallies = match of_session {
            Some(session) => findings.tallies.get(session).copied().unwrap_or_default(),
            None => findings.all,
        };
        ui.weak(if tallies.sum() == 0 { "no findings".to_owned() } else { tallies.text() });
        if state.shows_statements {
            return;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let combo = egui::ComboBox::from_id_salt("group").width(90.0).selected_text(state.group.title());
            let response = combo.show_ui(ui, |ui| {
                for group in Group::ALL {
                    ui.selectable_value(&mut state.group, group, group.title());
                }
            });
            response.response.accessible_name("Group by");
            ui.label("Group by");
        });
    });
    ui.add_space(2.0);
}

fn make_rows(state: &mut FindingsState, findings: &Arc<Findings>, session: Option<usize>) {
    let key = (session, state.group, Arc::as_ptr(findings) as usize);
    if state.made_for == Some(key) {
        return;
    }
    state.made_for = Some(key);
    let all = &findings.outcome.findings;
    let mut places: Vec<usize> = match session {
        Some(session) => findings.by_session.get(session).cloned().unwrap_or_default(),
        None => (0..all.len()).collect(),
    };
    let group = state.group;
    let key = |place: &usize| {
        let finding = &all[*place];
        (std::cmp::Reverse(finding.severity), group.of(finding), finding.rule.name)
    };
    match group {
        Group::Severity => places.sort_by_cached_key(key),
        // A group stands together, the worst groups first.
        _ => {
            let mut worst: std::collections::HashMap<String, Severity> = std::collections::HashMap::new();
            for place in &places {
                let entry = worst.entry(group.of(&all[*place])).or_insert(Severity::Note);
                *entry = (*entry).max(all[*place].severity);
            }
            places.sort_by_cached_key(|place| {
                let name = group.of(&all[*place]);
                (std::cmp::Reverse(worst.get(&name).copied()), name, std::cmp::Reverse(all[*place].severity))
            });
        }
    }
    state.rows.clear();
    let mut heading = None;
    for place in places {
        let name = group.of(&all[place]);
        match heading.and_then(|heading: usize| state.rows.get_mut(heading)) {
            Some(Row::Heading(last, number)) if *last == name => *number += 1,
            _ => {
                heading = Some(state.rows.len());
                state.rows.push(Row::Heading(name, 1));
            }
        }
        state.rows.push(Row::Finding(place));
    }
}

fn list_ui(ui: &mut Ui, scene: &mut Scene<'_>, findings: &Findings, state: &mut FindingsState) {
    let rows = &state.rows;
    let is_selected = |row: &Row| matches!(row, Row::Finding(place) if Some(*place) == scene.focus.finding);
    let selected = rows.iter().position(is_selected);
    if let Some(step) = scene.focus.step {
        let places: Vec<usize> =
            rows.iter().filter_map(|row| if let Row::Finding(place) = row { Some(*place) } else { None }).collect();
        let at = scene.focus.finding.and_then(|finding| places.iter().position(|place| *place == finding));
        if let Some(&place) = Focus::stepped(at, step, places.len()).and_then(|to| places.get(to)) {
            scene.ask(Command::SelectFinding(place));
        }
    }
    let reveal = state.revealed.row(scene.focus, selected);
    let list = Rows { name: "findings", count: rows.len(), height: HEIGHT, width: 0.0, reveal };
    list.show(ui, |ui, number, rect| match rows.get(number) {
        Some(Row::Heading(name, size)) => {
            let rect = rect.shrink2(vec2(8.0, 0.0));
            let lower = Rect::from_min_max(pos2(rect.left(), rect.top() + 12.0), rect.max);
            let severity = Severity::parse(name);
            let colour = severity.map_or(ui.visuals().strong_text_color(), |one| style::severity(ui.visuals(), one));
            let text = match severity {
                Some(severity) => count(*size as u64, severity.as_str()),
                None => format!("{name}  ({size})"),
            };
            let response = ui.interact(rect, ui.scope_id().with(("heading", number)), Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &text));
            paint::text(ui.painter(), lower, &text, style::body(ui), colour);
            ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, ui.visuals().widgets.noninteractive.bg_stroke);
        }
        Some(Row::Finding(place)) => {
            if let Some(finding) = findings.outcome.findings.get(*place) {
                finding_ui(ui, scene, finding, *place, rect);
            }
        }
        None => {}
    });
}

fn finding_ui(ui: &Ui, scene: &mut Scene<'_>, finding: &Finding, place: usize, rect: Rect) {
    let selected = scene.focus.finding == Some(place);
    let response = ui.interact(rect, ui.scope_id().with(("finding", place)), Sense::click());
    let message = shown(&finding.message);
    let sessions = &scene.read.analysis.sessions.sessions;
    let session = sessions.get(finding.session).map_or("", |session| session.id.as_str());
    let about = format!(
        "{session} · frame {} · {} · {} · {}",
        scene.frame(finding.place.message),
        finding.clause(),
        finding.actor.as_str(),
        finding.rule.name
    );
    paint::speak_row(&response, selected, || format!("{}: {message}, {about}", finding.severity.as_str()));
    paint::row_background(ui, rect, &response, selected, false);
    let colour = style::severity(ui.visuals(), finding.severity);
    ui.painter().circle_filled(pos2(rect.left() + 12.0, rect.center().y), 4.5, colour);
    let inner =
        Rect::from_min_max(pos2(rect.left() + 24.0, rect.top() + 2.0), pos2(rect.right() - 6.0, rect.bottom() - 2.0));
    let (upper, lower) = inner.split_top_bottom_at_fraction(0.52);
    let text = |colour: Color32| paint::row_text(ui, selected, colour);
    paint::text(ui.painter(), upper, &message, style::body(ui), text(ui.visuals().text_color()));
    paint::text(ui.painter(), lower, &about, style::small(ui), text(ui.visuals().weak_text_color()));
    if response.clicked() {
        scene.ask(Command::SelectFinding(place));
    }
    if response.hovered() {
        response.on_hover_text(message);
    }
}

/// The selected finding and the documentation of its rule.
fn about_ui(ui: &mut Ui, scene: &mut Scene<'_>, findings: &Findings) {
    let finding = scene.focus.finding.and_then(|place| findings.outcome.findings.get(place));
    let Some(finding) = finding else {
        paint::empty(ui, "Select a finding", "Its message is shown below with the offending bytes marked.");
        return;
    };
    egui::ScrollArea::vertical().auto_shrink(false).id_salt(("about", scene.focus.finding)).show(ui, |ui| {
        let colour = style::severity(ui.visuals(), finding.severity);
        ui.label(RichText::new(finding.rule.name).monospace().strong().color(colour));
        ui.add(egui::Label::new(RichText::new(shown(&finding.message)).strong()).wrap());
        egui::Grid::new("the finding").num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
            let mut fact = |name: &str, value: String| {
                ui.weak(name);
                ui.add(egui::Label::new(value).wrap());
                ui.end_row();
            };
            if let Some(expected) = &finding.expected {
                fact("Expected", shown(expected));
            }
            if let Some(found) = &finding.found {
                fact("Found", shown(found));
            }
            fact("Who", finding.actor.as_str().to_owned());
            if let Some(statement) = finding.statement {
                fact("Statement", format!("{} ({}): {}", statement.id, statement.keyword, statement.summary));
            } else {
                fact("Source", finding.clause().to_owned());
            }
        });
        ui.add_space(4.0);
        ui.weak("Evidence");
        for id in finding.messages().take(LISTED_EVIDENCE) {
            evidence_ui(ui, scene, id);
        }
        ui.separator();
        markdown_ui(ui, &finding.rule.documentation());
    });
}

fn evidence_ui(ui: &mut Ui, scene: &mut Scene<'_>, id: MessageId) {
    let analysis = &scene.read.analysis;
    let text = format!("frame {}: {}", scene.frame(id), shown(&label(analysis, &analysis.messages[id])));
    if ui.add(egui::Link::new(text)).clicked() {
        scene.ask(Command::SelectMessage(id, None));
    }
}
