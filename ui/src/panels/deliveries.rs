//! The delivery matrix: a row per message of a user, a column per participant.

use eframe::egui::{Rect, Sense, Ui, pos2, vec2};
use rcshark::view::{receipts, sender};

use super::{Revealed, Scene};
use crate::command::Command;
use crate::focus::Focus;
use crate::session_view::SessionView;
use crate::style;
use crate::text::{seconds, shown};
use crate::widgets::paint;
use crate::widgets::rows::Rows;

const TIME: f32 = 84.0;
const SENDER: f32 = 110.0;
const RECIPIENT: f32 = 92.0;

#[derive(Default)]
pub struct DeliveriesState {
    revealed: Revealed,
    /// The row of the selected message, and for which selection it was looked for.
    selected: Option<usize>,
    looked_for: Option<u64>,
}

impl DeliveriesState {
    /// There is a later analysis: what was looked for in the earlier one goes.
    pub fn renew(&mut self) {
        self.looked_for = None;
    }
}

/// Shows the matrix of `session`.
pub fn deliveries_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &SessionView, state: &mut DeliveriesState) {
    let (Some(timeline), Some(this)) = (session.timeline(), session.session()) else { return };
    let name = |one: &rcshark::timeline::Participant| shown(session.names.get(&one.identity));
    let names: Vec<String> = timeline.participants.iter().map(name).collect();
    let messages = &timeline.messages;
    if state.looked_for != Some(scene.focus.reveal) {
        state.looked_for = Some(scene.focus.reveal);
        state.selected = scene.focus.message.and_then(|id| {
            let is_it = |message: &rcshark::timeline::ChatMessage| {
                message.sent == id || message.copies.iter().any(|copy| copy.message == id)
            };
            messages.iter().position(is_it)
        });
    }
    let selected = state.selected;
    if let Some(step) = scene.focus.step
        && let Some(message) = Focus::stepped(selected, step, messages.len()).and_then(|to| messages.get(to))
    {
        scene.ask(Command::SelectMessage(message.sent, None));
    }
    let width = TIME + SENDER + RECIPIENT * names.len() as f32;
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), style::ROW_HEIGHT), Sense::hover());
    ui.add_space(-ui.spacing().item_spacing.y);
    let reveal = state.revealed.row(scene.focus, selected);
    let rows = Rows { name: "deliveries", count: messages.len(), height: style::ROW_HEIGHT, width, reveal };
    let left = rows.show(ui, |ui, row, rect| {
        let Some(message) = messages.get(row) else { return };
        let cells = receipts(timeline, message);
        let from = shown(&sender(message, timeline, &session.names));
        let sent = session.analysis.messages[message.sent].time;
        let is_selected = selected == Some(row);
        let response = ui.interact(rect, ui.scope_id().with(("message", row)), Sense::click());
        paint::speak_row(&response, is_selected, || {
            let told = names.iter().zip(&cells).filter(|(_, cell)| !cell.text.is_empty());
            let told: Vec<String> = told.map(|(name, cell)| format!("{name}: {}", cell.text)).collect();
            format!("Message of {from}, {}", told.join(", "))
        });
        paint::row_background(ui, rect, &response, is_selected, row % 2 == 1);
        let weak = paint::row_text(ui, is_selected, ui.visuals().weak_text_color());
        let time = cell_rect(rect, 0.0, TIME);
        paint::text_right(ui.painter(), time, &seconds(sent, this.started), style::mono(ui), weak);
        let text = paint::row_text(ui, is_selected, ui.visuals().text_color());
        paint::text(ui.painter(), cell_rect(rect, TIME, SENDER), &from, style::body(ui), text);
        let mut clicked = response.clicked().then_some(message.sent);
        for (place, cell) in cells.iter().enumerate() {
            let rect = cell_rect(rect, TIME + SENDER + RECIPIENT * place as f32, RECIPIENT);
            let colour = paint::row_text(ui, is_selected, style::tone(ui.visuals(), cell.tone));
            paint::text(ui.painter(), rect, &cell.text, style::body(ui), colour);
            let at = response.interact_pointer_pos().filter(|_| response.clicked());
            if at.is_some_and(|at| rect.contains(at))
                && let Some(copy) = message.copies.iter().find(|copy| copy.participant == place)
            {
                clicked = Some(copy.message);
            }
        }
        if let Some(message) = clicked {
            scene.ask(Command::SelectMessage(message, None));
        }
    });
    let painter = ui.painter().with_clip_rect(head.intersect(ui.clip_rect()));
    painter.rect_filled(head, 0.0, ui.visuals().widgets.inactive.weak_bg_fill.gamma_multiply(0.6));
    let head = Rect::from_min_size(pos2(left, head.top()), vec2(width, head.height()));
    let titles = [("Time", 0.0, TIME), ("From", TIME, SENDER)].into_iter();
    let recipients = names.iter().enumerate().map(|(place, name)| {
        let at = TIME + SENDER + RECIPIENT * place as f32;
        (name.as_str(), at, RECIPIENT)
    });
    for (title, at, width) in titles.chain(recipients) {
        let weak = ui.visuals().weak_text_color();
        paint::text(&painter, cell_rect(head, at, width), title, style::small(ui), weak);
    }
}

fn cell_rect(row: Rect, at: f32, width: f32) -> Rect {
    Rect::from_min_size(pos2(row.left() + at, row.top()), vec2(width, row.height())).shrink2(vec2(6.0, 0.0))
}
