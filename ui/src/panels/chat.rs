//! The conversation as its users saw it: bubbles with delivery ticks, joins and leaves between them; and the delivery matrix.

use std::collections::HashMap;

use eframe::egui::{self, Align2, Color32, Rect, RichText, Sense, StrokeKind, Ui, UiBuilder, pos2, vec2};
use rcshark::timeline::{ChatMessage, Event, SessionTimeline};
use rcshark::view::{EventLine, Tone, sender};
use rcshark::wire::MessageId;

use super::{Revealed, Scene, deliveries, message_menu, working_ui};
use crate::command::Command;
use crate::focus::Focus;
use crate::session_view::SessionView;
use crate::style;
use crate::text::{clock, count, shown};
use crate::widgets::paint;

/// The longest text that is shown in a bubble.
const MAX_TEXT_BYTES: usize = 1_200;

/// A bubble before it was measured.
const GUESSED_HEIGHT: f32 = 58.0;
const GAP: f32 = 6.0;

/// A conversation that is wider is hard to follow.
const WIDEST: f32 = 1_000.0;

#[derive(Default)]
pub struct ChatState {
    shows_matrix: bool,
    /// As whom the conversation is seen; `None`: everybody.
    viewer: Option<usize>,
    /// What is shown, and for whom it was chosen.
    items: Vec<Item>,
    chosen_for: Option<(usize, Option<usize>)>,
    /// Measured heights, in step with the items, for this width.
    heights: Vec<f32>,
    measured_for: f32,
    texts: HashMap<usize, String>,
    revealed: Revealed,
    /// The selected item, and for which selection it was looked for.
    selected: Option<usize>,
    looked_for: Option<(u64, usize)>,
    matrix: deliveries::DeliveriesState,
}

impl ChatState {
    /// There is a later analysis: what was worked out of the earlier one goes.
    pub fn renew(&mut self) {
        self.chosen_for = None;
        self.texts.clear();
        self.looked_for = None;
        self.matrix.renew();
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Item {
    /// A message of a user: its index.
    Message(usize),
    /// A change of somebody: its place in the list of events.
    Change(usize),
}

/// Shows the conversation of `session`.
pub fn chat_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &mut SessionView, state: &mut ChatState) {
    let has_messages = session.timeline().is_some_and(|timeline| !timeline.messages.is_empty());
    bar_ui(ui, session, state);
    if !has_messages {
        paint::empty(ui, "Nobody wrote", "The capture holds no message of a user in this session.");
        return;
    }
    if state.shows_matrix {
        deliveries::deliveries_ui(ui, scene, session, &mut state.matrix);
        return;
    }
    let egui = ui.ctx().clone();
    if session.events(&egui).is_none() {
        working_ui(ui, "Listing what happened …");
        return;
    }
    choose(session, state, &egui);
    bubbles_ui(ui, scene, session, state);
}

fn bar_ui(ui: &mut Ui, session: &SessionView, state: &mut ChatState) {
    let Some(timeline) = session.timeline() else { return };
    ui.horizontal(|ui| {
        ui.selectable_value(&mut state.shows_matrix, false, "Conversation");
        ui.selectable_value(&mut state.shows_matrix, true, "Deliveries");
        ui.weak(count(timeline.messages.len() as u64, "message"));
        if state.shows_matrix {
            return;
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let name = |place: usize| match timeline.participants.get(place) {
                Some(one) => shown(session.names.get(&one.identity)),
                None => "unknown".into(),
            };
            let text = state.viewer.map_or("everybody".to_owned(), name);
            let combo = egui::ComboBox::from_id_salt("viewer").width(140.0).truncate().selected_text(text);
            let response = combo.show_ui(ui, |ui| {
                ui.selectable_value(&mut state.viewer, None, "everybody");
                for place in 0..timeline.participants.len() {
                    ui.selectable_value(&mut state.viewer, Some(place), name(place));
                }
            });
            response.response.accessible_name("Seen as");
            ui.label("As seen by");
        });
    });
    ui.add_space(2.0);
}

/// What the viewer has seen: messages sent or received, and what happened to participants.
fn choose(session: &mut SessionView, state: &mut ChatState, egui: &egui::Context) {
    let Some(events) = session.events(egui) else { return };
    let key = (session.number, state.viewer);
    if state.chosen_for == Some(key) {
        return;
    }
    let Some(timeline) = session.timeline() else { return };
    let viewer = state.viewer;
    let saw = |message: &ChatMessage| {
        viewer.is_none_or(|viewer| {
            message.sender == Some(viewer) || message.copies.iter().any(|copy| copy.participant == viewer)
        })
    };
    state.items = events
        .iter()
        .enumerate()
        .filter_map(|(place, line)| match line.event {
            Event::Message(index) => {
                timeline.messages.get(index).filter(|message| saw(message)).map(|_| Item::Message(index))
            }
            Event::Change(..) => Some(Item::Change(place)),
            _ => None,
        })
        .collect();
    state.heights = vec![GUESSED_HEIGHT; state.items.len()];
    state.chosen_for = Some(key);
}

fn bubbles_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &mut SessionView, state: &mut ChatState) {
    let width = ui.available_width();
    if (state.measured_for - width).abs() > 1.0 {
        state.measured_for = width;
        state.heights.fill(GUESSED_HEIGHT);
    }
    let egui = ui.ctx().clone();
    let Some(lines) = session.events(&egui) else { return };
    let lines: &[EventLine] = &lines;
    let Some(timeline) = session.timeline() else { return };
    let key = (scene.focus.reveal, state.items.len());
    if state.looked_for != Some(key) {
        let is_it = |id: MessageId| state.items.iter().position(|item| is_about(*item, timeline, lines, id));
        state.selected = scene.focus.message.and_then(is_it);
        state.looked_for = Some(key);
    }
    let selected = state.selected;
    if let Some(step) = scene.focus.step
        && let Some(item) = Focus::stepped(selected, step, state.items.len()).and_then(|to| state.items.get(to))
        && let Some(id) = message_of(*item, timeline, lines)
    {
        scene.ask(Command::SelectMessage(id, None));
    }
    let reveal = state.revealed.row(scene.focus, selected);
    let mut area = egui::ScrollArea::vertical().auto_shrink(false).id_salt("chat");
    if let Some(row) = reveal {
        let above: f32 = state.heights.iter().take(row).map(|height| height + GAP).sum();
        area = area.vertical_scroll_offset((above - ui.available_height() * 0.4).max(0.0));
    }
    area.show_viewport(ui, |ui, viewport| {
        let total: f32 = state.heights.iter().map(|height| height + GAP).sum();
        ui.set_height(total);
        let origin = ui.max_rect().min;
        let mut top = 0.0;
        for place in 0..state.items.len() {
            let height = state.heights.get(place).copied().unwrap_or(GUESSED_HEIGHT);
            if top > viewport.bottom() {
                break;
            }
            if top + height >= viewport.top() - 200.0
                && let Some(&item) = state.items.get(place)
            {
                let column = ui.available_width().min(WIDEST);
                let left = origin.x + (ui.available_width() - column) / 2.0;
                let rect = Rect::from_min_size(pos2(left, origin.y + top), vec2(column, height));
                let drawn = match item {
                    Item::Message(index) => {
                        let is_selected = selected == Some(place);
                        message_ui(ui, scene, session, state, index, rect, is_selected)
                    }
                    Item::Change(line) => change_ui(ui, scene, lines.get(line), rect, selected == Some(place)),
                };
                if let Some(measured) = state.heights.get_mut(place)
                    && (*measured - drawn).abs() > 0.5
                {
                    *measured = drawn;
                    ui.request_repaint();
                }
            }
            top += state.heights.get(place).copied().unwrap_or(height) + GAP;
        }
    });
}

fn is_about(item: Item, timeline: &SessionTimeline, lines: &[EventLine], id: MessageId) -> bool {
    match item {
        Item::Message(index) => timeline
            .messages
            .get(index)
            .is_some_and(|message| message.sent == id || message.copies.iter().any(|copy| copy.message == id)),
        Item::Change(line) => lines.get(line).is_some_and(|line| line.at == id),
    }
}

fn message_of(item: Item, timeline: &SessionTimeline, lines: &[EventLine]) -> Option<MessageId> {
    match item {
        Item::Message(index) => timeline.messages.get(index).map(|message| message.sent),
        Item::Change(line) => lines.get(line).map(|line| line.at),
    }
}

/// Draws a change in the middle; gives back its height.
fn change_ui(ui: &Ui, scene: &mut Scene<'_>, line: Option<&EventLine>, rect: Rect, selected: bool) -> f32 {
    let Some(line) = line else { return 0.0 };
    let time = clock(scene.read.analysis.messages[line.at].time);
    let text = format!("{}  {} {}", time.get(..8).unwrap_or(&time), shown(&line.who), shown(&line.what));
    let colour = match line.tone {
        Tone::Bad => ui.visuals().weak_text_color(),
        tone => style::tone(ui.visuals(), tone).gamma_multiply(0.9),
    };
    let height = 18.0;
    let place = Rect::from_center_size(pos2(rect.center().x, rect.top() + height / 2.0), vec2(rect.width(), height));
    let response = ui.interact(place, ui.scope_id().with(("change", line.at.0, line.who.as_str())), Sense::click());
    paint::speak_row(&response, selected, || text.clone());
    let font = style::small(ui);
    let drawn = ui.painter().text(place.center(), Align2::CENTER_CENTER, &text, font, colour);
    if selected || response.hovered() {
        let stroke = if selected { ui.visuals().hyperlink_color } else { ui.visuals().weak_text_color() };
        ui.painter().rect_stroke(drawn.expand2(vec2(8.0, 2.0)), 8.0, (1.0, stroke), StrokeKind::Outside);
    }
    if response.clicked() {
        scene.ask(Command::SelectMessage(line.at, None));
    }
    height
}

/// Draws a bubble; gives back its height.
fn message_ui(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    session: &SessionView,
    state: &mut ChatState,
    index: usize,
    rect: Rect,
    selected: bool,
) -> f32 {
    let Some(timeline) = session.timeline() else { return 0.0 };
    let Some(message) = timeline.messages.get(index) else { return 0.0 };
    let is_own = state.viewer.is_some() && message.sender == state.viewer;
    let bubble_width = (rect.width() * 0.62).clamp(200.0, 720.0);
    let left = if is_own { rect.right() - bubble_width - 14.0 } else { rect.left() + 10.0 };
    let text = state.texts.entry(index).or_insert_with(|| text_of(message, session)).clone();
    let from = shown(&sender(message, timeline, &session.names));
    let series = message.sender.unwrap_or(timeline.participants.len());
    let colour = style::series(ui.visuals(), series);
    let (ticks, told, tick_colour) = ticks(ui, message, timeline, state.viewer);
    let place = Rect::from_min_size(pos2(left, rect.top()), vec2(bubble_width, 10.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt(("bubble", index)));
    let fill = if is_own { ui.visuals().selection.bg_fill.gamma_multiply(0.6) } else { ui.visuals().faint_bg_color };
    let stroke = if selected { (2.0, ui.visuals().hyperlink_color) } else { (1.0, Color32::TRANSPARENT) };
    let frame = egui::Frame::new().fill(fill).stroke(stroke).corner_radius(8.0).inner_margin(8.0);
    let shown_bubble = frame.show(&mut child, |ui| {
        ui.set_width(bubble_width - 16.0);
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.horizontal(|ui| {
            ui.label(RichText::new(&from).strong().color(colour));
            let time = clock(scene.read.analysis.messages[message.sent].time);
            ui.label(RichText::new(time.get(..8).unwrap_or(&time)).small().weak());
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(RichText::new(ticks).color(tick_colour)).on_hover_text(told);
            });
        });
        ui.add(egui::Label::new(text).wrap().selectable(false));
    });
    let area = shown_bubble.response.rect;
    let response = ui.interact(area, ui.scope_id().with(("message", index)), Sense::click());
    paint::speak_row(&response, selected, || format!("Message of {from}"));
    if response.clicked() {
        scene.ask(Command::SelectMessage(message.sent, None));
    }
    response.context_menu(|ui| message_menu(ui, scene, message.sent));
    area.height()
}

/// What its reader saw: text, or what it was of.
fn text_of(message: &ChatMessage, session: &SessionView) -> String {
    let (msrp, messages) = (&session.analysis.sessions.msrp, &session.analysis.messages);
    let len_bytes = message.len_bytes(msrp, messages);
    if !message.content_type.starts_with("text/") {
        return format!("[{}, {len_bytes} bytes]", shown(&message.content_type));
    }
    let body = message.body(msrp, messages);
    let beginning = body.get(..MAX_TEXT_BYTES).unwrap_or(&body);
    let text = String::from_utf8_lossy(beginning);
    // Lines stay lines; all else is escaped.
    let lines: Vec<String> = text.lines().map(|line| rcshark::view::terminal(line).into_owned()).collect();
    let more = if body.len() > MAX_TEXT_BYTES { " …" } else { "" };
    format!("{}{more}", lines.join("\n"))
}

/// Ticks as messengers draw them, what they mean, and their colour.
fn ticks(
    ui: &Ui,
    message: &ChatMessage,
    timeline: &SessionTimeline,
    viewer: Option<usize>,
) -> (String, String, Color32) {
    let visuals = ui.visuals();
    if message.response.is_some_and(|status| status >= 300) {
        let status = message.response.unwrap_or_default();
        return (format!("✖ {status}"), format!("The focus refused it: {status}"), visuals.error_fg_color);
    }
    let missing = timeline.missing(message).len();
    let (mut got, mut delivered, mut displayed, mut refused) = (0, 0, 0, 0);
    let is_wanted =
        |participant: usize| viewer.is_none_or(|viewer| message.sender == Some(viewer) || viewer == participant);
    for copy in message.copies.iter().filter(|copy| is_wanted(copy.participant)) {
        got += 1;
        delivered += usize::from(copy.delivered.is_some() || copy.displayed.is_some());
        displayed += usize::from(copy.displayed.is_some());
        refused += usize::from(copy.response.is_some_and(|status| status >= 300));
    }
    let told =
        format!("{got} copies, {delivered} delivered, {displayed} displayed, {refused} refused, {missing} missing");
    if missing > 0 || refused > 0 {
        return (format!("⚠ {} of {}", got - refused, got + missing), told, visuals.warn_fg_color);
    }
    let (face, colour) = match () {
        () if got > 0 && displayed == got => ("✔✔", style::sip(visuals)),
        () if got > 0 && delivered == got => ("✔✔", visuals.weak_text_color()),
        () => ("✔", visuals.weak_text_color()),
    };
    (format!("{face} {displayed}/{got}"), told, colour)
}
