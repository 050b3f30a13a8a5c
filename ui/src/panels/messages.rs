//! The table of SIP and MSRP messages: all of them, or those of the session, as far as the filter takes them.

use std::collections::HashMap;
use std::sync::Arc;

use eframe::egui::{self, Color32, Ui};
use rcshark::Analysis;
use rcshark::filter::Filter;
use rcshark::rules::Severity;
use rcshark::view::{MessageLookup, Row};
use rcshark::wire::MessageId;

use super::{Revealed, Scene, filter_menu, message_menu, part_of, working_ui};
use crate::colour_rules::{COLOURS, ColourRules};
use crate::command::Command;
use crate::deferred::Deferred;
use crate::focus::Focus;
use crate::session_view::waker;
use crate::style;
use crate::text::{grouped, seconds, shown};
use crate::widgets::filter_line::{FilterLine, literal};
use crate::widgets::grid::{Cell, Grid, Heading, Line};
use crate::widgets::paint;

const COLUMNS: [Heading; 9] = [
    ("No.", 58.0),
    ("Frame", 58.0),
    ("Time", 86.0),
    ("Source", 150.0),
    ("Destination", 150.0),
    ("Protocol", 58.0),
    ("Session", 58.0),
    ("Bytes", 62.0),
    ("Message", 300.0),
];

/// Messages up to which a filter is asked at once.
const QUICK_MESSAGES: usize = 4_000;

/// Rows that are kept, so that scrolling does not open messages again.
const MAX_KEPT_ROWS: usize = 5_000;

#[derive(Default)]
pub struct MessagesState {
    /// Messages of all sessions, not only of the selected one?
    all_sessions: bool,
    made_for: Option<Wanted>,
    list: Option<Deferred<Vec<MessageId>>>,
    /// Rows that were made, with the colour that a rule gives them.
    kept: HashMap<MessageId, (Row, Option<usize>)>,
    /// For which state of the colour rules.
    kept_for: u64,
    revealed: Revealed,
}

/// What the list is made of.
#[derive(Clone, PartialEq)]
struct Wanted {
    session: Option<usize>,
    filter: String,
}

impl MessagesState {
    /// There is a later analysis: what was worked out of the earlier one goes.
    pub fn renew(&mut self) {
        self.made_for = None;
        self.kept.clear();
    }

    /// Is the filter still at work?
    pub fn is_busy(&self) -> bool {
        self.list.as_ref().is_some_and(Deferred::is_pending)
    }
}

/// Shows the messages; `session` is the selected one.
pub fn messages_ui(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    session: Option<usize>,
    filter_line: &FilterLine,
    colours: &ColourRules,
    state: &mut MessagesState,
) {
    let (filter, filter_text) = (filter_line.filter(), filter_line.applied());
    let analysis = Arc::clone(&scene.read.analysis);
    let wanted = Wanted { session: session.filter(|_| !state.all_sessions), filter: filter_text.to_owned() };
    if state.made_for.as_ref() != Some(&wanted) {
        let (analysis, of) = (Arc::clone(&analysis), wanted.session);
        let is_quick = filter.is_none() || analysis.messages.list.len() <= QUICK_MESSAGES;
        let make = move || list(&analysis, of, filter.as_deref());
        state.list = Some(Deferred::new(is_quick, make, waker(ui)));
        state.made_for = Some(wanted);
    }
    let found: &[MessageId] = match state.list.as_mut().and_then(Deferred::poll) {
        Some(list) => list,
        None => {
            working_ui(ui, "Filtering …");
            return;
        }
    };
    bar_ui(ui, scene, session, filter_text, colours, found.len(), &mut state.all_sessions);
    if found.is_empty() {
        let hint =
            if filter_text.is_empty() { "It holds no SIP or MSRP." } else { "No message is as the filter asks." };
        paint::empty(ui, "No messages", hint);
        return;
    }
    let selected = scene.focus.message.and_then(|message| found.binary_search(&message).ok());
    if let Some(step) = scene.focus.step
        && let Some(&id) = Focus::stepped(selected, step, found.len()).and_then(|to| found.get(to))
    {
        scene.ask(Command::SelectMessage(id, None));
    }
    let reveal = state.revealed.row(scene.focus, selected);
    if state.kept.len() > MAX_KEPT_ROWS || state.kept_for != colours.version() {
        state.kept.clear();
        state.kept_for = colours.version();
    }
    let kept = &mut state.kept;
    let start = analysis.capture.first.unwrap_or_default();
    let findings = scene.read.findings.clone();
    let marked = &scene.focus.marked;
    let visuals = ui.visuals().clone();
    let make = |place: usize| {
        let Some(&id) = found.get(place) else {
            return Line::of(Vec::new());
        };
        let (row, colour) = kept.entry(id).or_insert_with(|| (Row::new(&analysis, id), colours.colour(&analysis, id)));
        let severity = findings.as_ref().and_then(|findings| findings.of_message.get(&id)).copied();
        let mut line = line(&visuals, row, start, selected == Some(place), severity, marked.contains(&id));
        line.tint = colour.map(|colour| style::series(&visuals, colour).gamma_multiply(0.24)).or(line.tint);
        line
    };
    let grid = Grid { name: "messages", columns: &COLUMNS, count: found.len(), reveal };
    let mut clicked = None;
    let mut menus = Vec::new();
    grid.show(ui, make, |place, response, column| {
        if response.clicked() {
            clicked = found.get(place).copied();
        }
        if let Some(&id) = found.get(place) {
            menus.push((id, response.clone(), column));
        }
    });
    if let Some(id) = clicked {
        scene.ask(Command::SelectMessage(id, None));
    }
    for (id, response, column) in menus {
        menu_ui(ui, scene, &analysis, id, &response, column);
    }
}

/// The messages that are wanted, in order.
fn list(analysis: &Analysis, session: Option<usize>, filter: Option<&Filter>) -> Vec<MessageId> {
    let in_session = |id: MessageId| {
        session.is_none_or(|session| analysis.sessions.session_of.get(id.0 as usize) == Some(&(session as u32)))
    };
    let is_taken = |id: MessageId| filter.is_none_or(|filter| filter.matches(&MessageLookup { analysis, id }));
    let all = (0..analysis.messages.list.len() as u32).map(MessageId);
    all.filter(|&id| in_session(id) && is_taken(id)).collect()
}

fn bar_ui(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    session: Option<usize>,
    filter: &str,
    colours: &ColourRules,
    found: usize,
    all_sessions: &mut bool,
) {
    ui.horizontal(|ui| {
        if session.is_some() {
            ui.selectable_value(all_sessions, false, "This session");
            ui.selectable_value(all_sessions, true, "All messages");
        }
        ui.weak(part_of(found, scene.read.analysis.messages.list.len(), "message"));
        if !filter.is_empty() {
            ui.add(egui::Label::new(egui::RichText::new(shown(filter)).monospace().small()).truncate());
            let clear = Command::ClearFilter;
            if ui.small_button(clear.text()).on_hover_text(clear.tooltip()).clicked() {
                scene.ask(clear);
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.menu_button("Colours", |ui| colours_ui(ui, scene, filter, colours));
        });
    });
}

/// The colour rules: those there are, and one for the filter that holds.
fn colours_ui(ui: &mut Ui, scene: &mut Scene<'_>, filter: &str, colours: &ColourRules) {
    ui.set_max_width(420.0);
    for (place, rule) in colours.all().iter().enumerate() {
        ui.horizontal(|ui| {
            swatch_ui(ui, rule.colour, false);
            if ui.small_button("✖").accessible_name(format!("Remove the colour of {}", rule.text)).clicked() {
                scene.ask(Command::RemoveColour(place));
            }
            ui.add(egui::Label::new(egui::RichText::new(shown(&rule.text)).monospace()).truncate());
        });
    }
    if filter.is_empty() {
        ui.weak("Filter messages first: what the filter takes can be coloured here.");
        return;
    }
    ui.separator();
    ui.label("Colour what the filter takes");
    ui.horizontal(|ui| {
        for colour in 0..COLOURS {
            if swatch_ui(ui, colour, true) {
                scene.ask(Command::AddColour(filter.to_owned(), colour));
                ui.close();
            }
        }
    });
}

/// A colour to choose; was it clicked?
fn swatch_ui(ui: &mut Ui, colour: usize, is_button: bool) -> bool {
    let sense = if is_button { egui::Sense::click() } else { egui::Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(egui::vec2(18.0, 18.0), sense);
    ui.painter().rect_filled(rect, 4.0, style::series(ui.visuals(), colour));
    if response.hovered() && is_button {
        ui.painter().rect_stroke(rect, 4.0, (2.0, ui.visuals().strong_text_color()), egui::StrokeKind::Outside);
    }
    let name = format!("Colour {}", colour + 1);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, is_button, &name));
    response.clicked()
}

fn line(
    visuals: &egui::Visuals,
    row: &Row,
    start: rcshark::capture::Time,
    selected: bool,
    severity: Option<Severity>,
    marked: bool,
) -> Line {
    let is_sip = row.protocol == "SIP";
    let protocol = if is_sip { style::sip(visuals) } else { style::msrp(visuals) };
    let text = if is_refusal(&row.label) {
        visuals.error_fg_color
    } else if row.retransmission {
        visuals.weak_text_color()
    } else {
        visuals.text_color()
    };
    let again = if row.retransmission { " (again)" } else { "" };
    let mark = if marked { "◆ " } else { "" };
    let tint: Color32 = protocol.gamma_multiply(if visuals.dark_mode { 0.05 } else { 0.07 });
    Line {
        selected,
        tint: Some(tint),
        flag: severity.map(|severity| style::severity(visuals, severity)),
        cells: vec![
            Cell::number(row.number.to_string()),
            Cell::number(row.frame.to_string()),
            Cell::number(seconds(row.time, start)),
            Cell::mono(row.source.to_string()),
            Cell::mono(row.destination.to_string()),
            Cell::new(row.protocol).colour(protocol),
            Cell::new(row.session.as_str()),
            Cell::number(grouped(row.len_bytes as u64)),
            Cell::new(format!("{mark}{}{again}", shown(&row.label))).colour(text),
        ],
    }
}

/// `486 Busy Here (INVITE)`, `481 …`.
fn is_refusal(label: &str) -> bool {
    matches!(label.as_bytes(), [b'3'..=b'6', digit, other, ..] if digit.is_ascii_digit() && other.is_ascii_digit())
}

fn menu_ui(
    ui: &Ui,
    scene: &mut Scene<'_>,
    analysis: &Analysis,
    id: MessageId,
    response: &egui::Response,
    column: Option<usize>,
) {
    // The column that was clicked is known only while the pointer is on it.
    let key = ui.scope_id().with("column of the menu");
    if response.secondary_clicked() {
        ui.data_mut(|data| data.insert_temp(key, column.unwrap_or_default()));
    }
    response.context_menu(|ui| {
        let column: usize = ui.data(|data| data.get_temp(key)).unwrap_or_default();
        if let Some(expression) = expression(analysis, id, column) {
            filter_menu(ui, scene.asked, &expression);
            ui.separator();
        }
        message_menu(ui, scene, id);
    });
}

/// What makes other messages like this one, by the column that was clicked.
fn expression(analysis: &Analysis, id: MessageId, column: usize) -> Option<String> {
    let row = Row::new(analysis, id);
    let message = &analysis.messages[id];
    Some(match column {
        1 => format!("frame.number == {}", row.frame),
        3 => format!("ip.src == {}", row.source.ip()),
        4 => format!("ip.dst == {}", row.destination.ip()),
        5 => format!("protocol == {}", row.protocol.to_lowercase()),
        6 if !row.session.is_empty() => format!("session.id == {}", literal(&row.session)),
        7 => format!("size == {}", row.len_bytes),
        8 => match (analysis.messages.sip(message), analysis.messages.msrp(message)) {
            (Some(sip), _) => match (sip.method(), sip.status()) {
                (Some(method), _) => format!("sip.method == {}", literal(method)),
                (None, status) => format!("sip.status == {}", status?),
            },
            (_, Some(msrp)) => match (msrp.method(), msrp.status()) {
                (Some(method), _) => format!("msrp.method == {}", literal(method)),
                (None, status) => format!("msrp.status == {}", status?),
            },
            _ => return None,
        },
        _ => return None,
    })
}
