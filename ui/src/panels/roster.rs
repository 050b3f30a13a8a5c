//! Who is in at the time cursor: by signalling, and beside it what each observer was told.

use eframe::egui::{self, Color32, Rect, Sense, Ui, pos2, vec2};
use rcshark::capture::Time;
use rcshark::timeline::{Cause, State};

use super::Scene;
use crate::command::Command;
use crate::session_view::SessionView;
use crate::style;
use crate::text::{clock, shown};
use crate::widgets::paint;
use crate::widgets::rows::Rows;

const NAMES: std::ops::RangeInclusive<f32> = 84.0..=220.0;
const STATE: f32 = 90.0;
const CAUSE: f32 = 90.0;
const OBSERVER: f32 = 60.0;

#[derive(Default)]
pub struct RosterState {
    made_for: Option<(usize, usize, Time)>,
    observers: Vec<String>,
    rows: Vec<RosterRow>,
}

struct RosterRow {
    name: String,
    state: Option<State>,
    why: String,
    /// The message of its last change.
    at: Option<rcshark::wire::MessageId>,
    /// In step with the observers: what each was told, and whether that differs from what signalling shows.
    told: Vec<(Option<State>, bool)>,
}

/// Shows the roster at the cursor; before one is set, at the end of the session.
pub fn roster_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &SessionView, state: &mut RosterState) {
    let end = session.session().map(|session| session.span.1).unwrap_or_default();
    let time = scene.focus.cursor.unwrap_or(end);
    let key = (std::sync::Arc::as_ptr(&session.analysis) as usize, session.number, time);
    if state.made_for != Some(key) {
        *state = RosterState::at(session, time);
        state.made_for = Some(key);
    }
    ui.horizontal(|ui| {
        ui.strong("Roster");
        ui.weak(format!("at {}", clock(time)));
        let disagreements = state.rows.iter().flat_map(|row| &row.told).filter(|(_, differs)| *differs).count();
        if disagreements > 0 {
            let text =
                egui::RichText::new(format!("⚠ {disagreements} told otherwise")).color(ui.visuals().warn_fg_color);
            ui.label(text).on_hover_text("What observers were told last differs from what signalling shows");
        }
    });
    // Names get what is left.
    let others = STATE + CAUSE + OBSERVER * state.observers.len() as f32;
    let name_width = (ui.available_width() - others - 12.0).clamp(*NAMES.start(), *NAMES.end());
    let width = name_width + others;
    head_ui(ui, state, name_width);
    let rows = Rows { name: "roster", count: state.rows.len(), height: style::ROW_HEIGHT, width, reveal: None };
    rows.show(ui, |ui, number, rect| {
        let Some(row) = state.rows.get(number) else { return };
        let response = ui.interact(rect, ui.scope_id().with(("roster", number)), Sense::click());
        paint::speak_row(&response, false, || spoken(row, &state.observers));
        paint::row_background(ui, rect, &response, false, number % 2 == 1);
        row_ui(ui, rect, row, name_width);
        if response.clicked()
            && let Some(at) = row.at
        {
            scene.ask(Command::SelectMessage(at, None));
        }
        if response.hovered() {
            response.on_hover_text(spoken(row, &state.observers));
        }
    });
}

fn head_ui(ui: &mut Ui, state: &RosterState, name_width: f32) {
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), style::ROW_HEIGHT), Sense::hover());
    let painter = ui.painter().with_clip_rect(head.intersect(ui.clip_rect()));
    painter.rect_filled(head, 0.0, ui.visuals().widgets.inactive.weak_bg_fill.gamma_multiply(0.6));
    let observers = state.observers.iter().map(|name| (name.as_str(), OBSERVER));
    let titles = [("Participant", name_width), ("State", STATE), ("Why", CAUSE)].into_iter().chain(observers);
    let mut left = head.left();
    for (place, (title, width)) in titles.enumerate() {
        let rect = Rect::from_min_size(pos2(left, head.top()), vec2(width, head.height())).shrink2(vec2(4.0, 0.0));
        paint::text(&painter, rect, title, style::small(ui), ui.visuals().weak_text_color());
        if place > 2 {
            ui.interact(rect, ui.scope_id().with(("observer", place)), Sense::hover())
                .on_hover_text(format!("What {title} was told"));
        }
        left += width;
    }
    ui.add_space(-ui.spacing().item_spacing.y);
}

fn row_ui(ui: &Ui, rect: Rect, row: &RosterRow, name_width: f32) {
    let visuals = ui.visuals();
    let mut left = rect.left();
    let mut cell = |text: &str, width: f32, colour: Color32| {
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height())).shrink2(vec2(4.0, 0.0));
        paint::text(ui.painter(), place, text, style::body(ui), colour);
        left += width;
    };
    cell(&row.name, name_width, visuals.text_color());
    match row.state {
        Some(state) => cell(state.as_str(), STATE, style::state(visuals, state)),
        None => cell("not seen yet", STATE, visuals.weak_text_color()),
    }
    cell(&row.why, CAUSE, visuals.weak_text_color());
    for (told, differs) in &row.told {
        let colour = match (differs, told) {
            (true, _) => visuals.warn_fg_color,
            (false, Some(state)) => style::state(visuals, *state),
            (false, None) => visuals.weak_text_color(),
        };
        let text = format!("{}{}", if *differs { "⚠ " } else { "" }, told.map_or("–", short));
        cell(&text, OBSERVER, colour);
    }
}

fn short(state: State) -> &'static str {
    match state {
        State::Invited => "invited",
        State::Pending => "pending",
        State::Connected => "in",
        State::Disconnected => "out",
    }
}

fn spoken(row: &RosterRow, observers: &[String]) -> String {
    let mut text = format!("{}: {}", row.name, row.state.map_or("not seen yet", State::as_str));
    if !row.why.is_empty() {
        text.push_str(&format!(" ({})", row.why));
    }
    for (observer, (told, differs)) in observers.iter().zip(&row.told) {
        if *differs {
            text.push_str(&format!("; {observer} was told: {}", told.map_or("nothing", State::as_str)));
        }
    }
    text
}

impl RosterState {
    fn at(session: &SessionView, time: Time) -> RosterState {
        let mut made = RosterState::default();
        let (Some(timeline), Some(last)) = (session.timeline(), session.analysis.messages.list.last_until(time)) else {
            return made;
        };
        let name = |participant: usize| match timeline.participants.get(participant) {
            Some(participant) => shown(session.names.get(&participant.identity)),
            None => "unknown".into(),
        };
        let roster = timeline.roster(last);
        made.observers = roster.observers.iter().map(|who| who.map_or("observer".into(), &name)).collect();
        for entry in roster.entries {
            let state = entry.change.map(|change| change.state);
            let why = entry.change.map_or(String::new(), |change| {
                let by = change.by.as_ref().map(|by| format!(" by {}", shown(session.names.of_uri(by))));
                format!("{}{}", change.cause.map_or("", Cause::as_str), by.unwrap_or_default())
            });
            let told = entry.told.iter().map(|&told| (told, entry.differs(told))).collect();
            let at = entry.change.map(|change| change.at);
            made.rows.push(RosterRow { name: name(entry.participant), state, why, at, told });
        }
        made
    }
}
