//! The ladder: a column per endpoint, an arrow per message. Only the arrows in sight are drawn.

use eframe::egui::{self, Align2, Color32, Painter, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};
use rcshark::capture::Time;
use rcshark::rules::Severity;
use rcshark::view::{Arrow, Column, Ladder};

use super::{Revealed, Scene, filter_menu, message_menu, part_of, working_ui};
use crate::command::{Command, LadderFormat};
use crate::focus::Focus;
use crate::session_view::{DrawnLadder, SessionView};
use crate::style;
use crate::text::{clock, seconds, shown};
use crate::widgets::paint;
use crate::widgets::rows::Rows;

/// Room for time and frame.
pub(super) const MARGIN: f32 = 132.0;
pub(super) const HEAD: f32 = 40.0;
pub(super) const ROW: f32 = 28.0;
const NARROWEST_COLUMN: f32 = 112.0;
const WIDEST_COLUMN: f32 = 420.0;

#[derive(Clone)]
pub struct LadderState {
    /// The columns in the order in which they are drawn; of merged ones the first.
    order: Vec<usize>,
    /// For each column of the ladder that in which it is drawn: itself, or the one it is merged into.
    drawn_in: Vec<usize>,
    show_sip: bool,
    show_msrp: bool,
    show_responses: bool,
    /// The arrows that are drawn, and what they were chosen by.
    drawn: Vec<u32>,
    chosen_by: Option<(bool, bool, bool, usize)>,
    revealed: Revealed,
    dragged: Option<usize>,
}

impl Default for LadderState {
    fn default() -> LadderState {
        LadderState {
            order: Vec::new(),
            drawn_in: Vec::new(),
            show_sip: true,
            show_msrp: true,
            show_responses: true,
            drawn: Vec::new(),
            chosen_by: None,
            revealed: Revealed::default(),
            dragged: None,
        }
    }
}

impl LadderState {
    /// The arrows as they are shown: columns reordered and merged, those left out that are hidden.
    pub fn as_shown(&self, drawn: &DrawnLadder) -> Ladder {
        if self.drawn_in.len() != drawn.ladder.columns.len() {
            // It was never shown.
            return drawn.ladder.clone();
        }
        let ladder = &drawn.ladder;
        let arrows = self.drawn.iter().filter_map(|&arrow| ladder.arrows.get(arrow as usize));
        Ladder {
            columns: self.heads(ladder),
            arrows: arrows
                .map(|arrow| Arrow { from: self.place(arrow.from), to: self.place(arrow.to), ..arrow.clone() })
                .collect(),
        }
    }

    /// There is a later analysis: what was worked out of the earlier one goes.
    pub fn renew(&mut self) {
        self.chosen_by = None;
    }

    /// The columns that are drawn: their names and addresses.
    pub(super) fn heads(&self, ladder: &Ladder) -> Vec<Column> {
        let column = |&column: &usize| {
            let endpoint = ladder.columns.get(column)?;
            Some(Column { name: self.name(ladder, column), address: endpoint.address.clone() })
        };
        self.order.iter().filter_map(column).collect()
    }

    pub(super) fn shows_responses(&self) -> bool {
        self.show_responses
    }

    /// The arrows that are drawn, by their places in the ladder.
    pub(super) fn arrows(&self) -> &[u32] {
        &self.drawn
    }

    /// Where a column of the ladder is drawn, counted from the left.
    fn place(&self, column: usize) -> usize {
        let drawn_in = self.drawn_in.get(column).copied().unwrap_or(column);
        self.order.iter().position(|&other| other == drawn_in).unwrap_or_default()
    }

    /// The names of all that is drawn in a column.
    fn name(&self, ladder: &Ladder, column: usize) -> String {
        let all = (0..ladder.columns.len()).filter(|&other| self.drawn_in.get(other) == Some(&column));
        let names = all.filter_map(|other| ladder.columns.get(other)).map(|endpoint| match endpoint.name.as_str() {
            "" => endpoint.address.as_str(),
            name => name,
        });
        names.collect::<Vec<_>>().join(" + ")
    }

    /// Draws what is at `place` in the column at its left.
    fn merge(&mut self, place: usize) {
        if place == 0 || place >= self.order.len() {
            return;
        }
        let gone = self.order.remove(place);
        let into = self.order[place - 1];
        for drawn_in in self.drawn_in.iter_mut().filter(|drawn_in| **drawn_in == gone) {
            *drawn_in = into;
        }
    }

    /// Draws each endpoint in a column of its own, in the order of appearance.
    fn reset_columns(&mut self, columns: usize) {
        self.order = (0..columns).collect();
        self.drawn_in = self.order.clone();
    }

    pub(super) fn choose(&mut self, drawn: &DrawnLadder) {
        let columns = drawn.ladder.columns.len();
        if self.drawn_in.len() != columns {
            self.reset_columns(columns);
        }
        let by = (self.show_sip, self.show_msrp, self.show_responses, drawn.ladder.arrows.len());
        if self.chosen_by == Some(by) {
            return;
        }
        self.chosen_by = Some(by);
        let is_shown = |(place, arrow): &(usize, &Arrow)| {
            let protocol = if arrow.is_sip { self.show_sip } else { self.show_msrp };
            protocol && (self.show_responses || !drawn.is_response.get(*place).copied().unwrap_or_default())
        };
        let arrows = drawn.ladder.arrows.iter().enumerate().filter(is_shown);
        self.drawn = arrows.map(|(place, _)| place as u32).collect();
    }

    fn move_column(&mut self, from: usize, to: usize) {
        if from < self.order.len() && to < self.order.len() {
            let column = self.order.remove(from);
            self.order.insert(to, column);
        }
    }
}

/// Shows the ladder of `session`.
pub fn ladder_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &mut SessionView, state: &mut LadderState) {
    let egui = ui.ctx().clone();
    let Some(drawn) = session.ladder(&egui) else {
        working_ui(ui, "Drawing the ladder …");
        return;
    };
    let drawn: &DrawnLadder = &drawn;
    if drawn.ladder.arrows.is_empty() {
        paint::empty(ui, "No messages", "Nothing of this session was captured.");
        return;
    }
    state.choose(drawn);
    bar_ui(ui, scene, drawn, state);
    state.choose(drawn);
    let selected = scene.focus.message.and_then(|message| place_of(drawn, &state.drawn, message));
    if let Some(step) = scene.focus.step
        && let Some(to) = Focus::stepped(selected, step, state.drawn.len())
        && let Some(arrow) = arrow_at(drawn, state, to)
    {
        scene.ask(Command::SelectMessage(arrow.message, None));
    }
    let room = ui.available_width();
    let columns = state.order.len().max(1) as f32;
    let spacing = ((room - MARGIN - 16.0) / columns).clamp(NARROWEST_COLUMN, WIDEST_COLUMN);
    let width = MARGIN + spacing * columns;
    let (head, _) = ui.allocate_exact_size(vec2(room, HEAD), Sense::hover());
    ui.add_space(-ui.spacing().item_spacing.y);
    let reveal = state.revealed.row(scene.focus, selected);
    let start = drawn.ladder.arrows.first().map(|arrow| arrow.time).unwrap_or_default();
    let findings = scene.read.findings.clone();
    let mut menus = Vec::new();
    let rows = Rows { name: "ladder", count: state.drawn.len(), height: ROW, width, reveal };
    let left = rows.show(ui, |ui, row, rect| {
        let place = state.drawn.get(row).copied().unwrap_or_default() as usize;
        let Some(arrow) = drawn.ladder.arrows.get(place) else { return };
        let is_selected = selected == Some(row);
        let response = ui.interact(rect, ui.scope_id().with(("arrow", row)), Sense::click());
        let status = drawn.status.get(place).copied().flatten().filter(|_| !state.show_responses);
        let label = arrow_label(arrow, status);
        paint::speak_row(&response, is_selected, || format!("Frame {}: {label}", arrow.frame));
        paint::row_background(ui, rect, &response, is_selected, false);
        let severity = findings.as_ref().and_then(|findings| findings.of_message.get(&arrow.message)).copied();
        let view = RowView { drawn, state, start, spacing, label: &label, is_selected, severity };
        view.show(ui, rect, place, arrow);
        if response.clicked() {
            scene.ask(Command::SelectMessage(arrow.message, None));
        }
        if response.hovered() {
            let hint = format!("{label}\nframe {}, {} UTC", arrow.frame, clock(arrow.time));
            menus.push((arrow.message, response.on_hover_text(hint)));
        } else {
            menus.push((arrow.message, response));
        }
    });
    head_ui(ui, scene, head, left, spacing, drawn, state);
    for (message, response) in menus {
        response.context_menu(|ui| message_menu(ui, scene, message));
    }
}

/// An arrow as it is drawn, with what stands left of it.
pub(super) struct RowView<'a> {
    pub drawn: &'a DrawnLadder,
    pub state: &'a LadderState,
    /// Times count from here.
    pub start: Time,
    /// Between two columns.
    pub spacing: f32,
    pub label: &'a str,
    pub is_selected: bool,
    pub severity: Option<Severity>,
}

impl RowView<'_> {
    /// Draws the arrow at `place` in the list of all arrows.
    pub fn show(&self, ui: &Ui, rect: Rect, place: usize, arrow: &Arrow) {
        let RowView { drawn, state, start, spacing, label, is_selected, severity } = *self;
        for column in 0..state.order.len() {
            let x = column_x(rect.left(), spacing, column);
            ui.painter().vline(x, rect.y_range(), ui.visuals().widgets.noninteractive.bg_stroke);
        }
        let weak = paint::row_text(ui, is_selected, ui.visuals().weak_text_color());
        let time = Rect::from_min_size(rect.min, vec2(78.0, ROW));
        paint::text_right(ui.painter(), time, &seconds(arrow.time, start), style::mono(ui), weak);
        let frame = Rect::from_min_size(rect.min + vec2(80.0, 0.0), vec2(46.0, ROW));
        paint::text_right(ui.painter(), frame, &arrow.frame.to_string(), style::mono(ui), weak);
        let colour = style::series(ui.visuals(), drawn.series.get(place).copied().unwrap_or_default() as usize);
        let ends = [arrow.from, arrow.to].map(|column| column_x(rect.left(), spacing, state.place(column)));
        let text = paint::row_text(ui, is_selected, ui.visuals().text_color());
        let visuals = ui.visuals();
        let ground = if is_selected { visuals.selection.bg_fill } else { visuals.panel_fill };
        arrow_ui(ui, rect, ends, spacing, label, Drawing { arrow, ground, colour, text, severity });
    }
}

fn place_of(drawn: &DrawnLadder, shown: &[u32], message: rcshark::wire::MessageId) -> Option<usize> {
    // Arrows stand in the order of their messages.
    let arrow = drawn.ladder.arrows.binary_search_by_key(&message, |arrow| arrow.message).ok()? as u32;
    shown.binary_search(&arrow).ok()
}

fn arrow_at<'a>(drawn: &'a DrawnLadder, state: &LadderState, row: usize) -> Option<&'a Arrow> {
    drawn.ladder.arrows.get(*state.drawn.get(row)? as usize)
}

pub(super) fn column_x(left: f32, spacing: f32, column: usize) -> f32 {
    left + MARGIN + spacing * (column as f32 + 0.5)
}

/// What stands on an arrow; where responses have no arrows of their own, the final status too.
pub(super) fn arrow_label(arrow: &Arrow, status: Option<u16>) -> String {
    let again = if arrow.retransmissions > 0 { format!(" ×{}", arrow.retransmissions + 1) } else { String::new() };
    let status = status.map(|status| format!(" → {status}")).unwrap_or_default();
    format!("{}{again}{status}", shown(&arrow.label))
}

fn bar_ui(ui: &mut Ui, scene: &mut Scene<'_>, drawn: &DrawnLadder, state: &mut LadderState) {
    ui.horizontal(|ui| {
        ui.checkbox(&mut state.show_sip, "SIP");
        ui.checkbox(&mut state.show_msrp, "MSRP");
        ui.checkbox(&mut state.show_responses, "Responses")
            .on_hover_text("Without them a transaction is one arrow, with its final status");
        ui.weak(part_of(state.drawn.len(), drawn.ladder.arrows.len(), "arrow"));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.menu_button("Export", |ui| {
                for format in LadderFormat::ALL {
                    let command = Command::ExportLadder(format);
                    if ui.button(command.text()).on_hover_text(command.tooltip()).clicked() {
                        scene.ask(command);
                        ui.close();
                    }
                }
            });
            if state.order.len() != drawn.ladder.columns.len() && ui.button("Split columns").clicked() {
                state.reset_columns(drawn.ladder.columns.len());
            }
            ui.weak("drag heads to reorder, right-click to merge");
        });
    });
}

fn head_ui(
    ui: &Ui,
    scene: &mut Scene<'_>,
    head: Rect,
    left: f32,
    spacing: f32,
    drawn: &DrawnLadder,
    state: &mut LadderState,
) {
    let painter = ui.painter().with_clip_rect(head.intersect(ui.clip_rect()));
    painter.rect_filled(head, 0.0, ui.visuals().panel_fill);
    let (mut asked, mut merged) = (None, None);
    for (place, &column) in state.order.iter().enumerate() {
        let Some(endpoint) = drawn.ladder.columns.get(column) else { continue };
        let x = column_x(left, spacing, place);
        let rect = Rect::from_center_size(pos2(x, head.center().y), vec2(spacing - 12.0, HEAD - 4.0));
        let response = ui.interact(rect, ui.scope_id().with(("endpoint", column)), Sense::click_and_drag());
        let name = shown(&state.name(&drawn.ladder, column));
        response.widget_info(|| {
            egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Endpoint {name}, {}", endpoint.address))
        });
        let visuals = ui.visuals();
        let fill = if response.hovered() || response.dragged() {
            visuals.widgets.hovered.weak_bg_fill
        } else {
            visuals.widgets.inactive.weak_bg_fill
        };
        endpoint_ui(ui, &painter, rect, fill, &name, &endpoint.address);
        if response.drag_started() {
            state.dragged = Some(place);
        }
        if let (true, Some(at)) = (response.drag_stopped(), response.interact_pointer_pos().or(response.hover_pos())) {
            let to = ((at.x - left - MARGIN) / spacing).floor().max(0.0) as usize;
            asked = state.dragged.take().map(|from| (from, to.min(state.order.len().saturating_sub(1))));
        }
        response.context_menu(|ui| {
            filter_menu(ui, scene.asked, &expression(&endpoint.address));
            ui.separator();
            if ui.button("Move to the left").clicked() {
                asked = place.checked_sub(1).map(|to| (place, to));
                ui.close();
            }
            if ui.button("Merge with the left one").on_hover_text("As for both sides of a B2BUA").clicked() {
                merged = Some(place);
                ui.close();
            }
            if ui.button("Move to the right").clicked() {
                asked = Some((place, place + 1));
                ui.close();
            }
        });
    }
    if let Some((from, to)) = asked {
        state.move_column(from, to);
    }
    if let Some(place) = merged {
        state.merge(place);
    }
}

/// The head of a column.
pub(super) fn endpoint_ui(ui: &Ui, painter: &Painter, rect: Rect, fill: Color32, name: &str, address: &str) {
    let visuals = ui.visuals();
    painter.rect_filled(rect, 4.0, fill);
    let (upper, lower) = rect.split_top_bottom_at_fraction(0.52);
    let galley = paint::line(painter, name, style::body(ui), visuals.strong_text_color(), rect.width() - 8.0);
    painter.galley(upper.center() - galley.size() / 2.0 + vec2(0.0, 1.0), galley, visuals.strong_text_color());
    let weak = visuals.weak_text_color();
    let galley = paint::line(painter, address, style::small(ui), weak, rect.width() - 8.0);
    painter.galley(lower.center() - galley.size() / 2.0, galley, weak);
}

/// What an endpoint sent and got.
fn expression(address: &str) -> String {
    match address.parse::<std::net::SocketAddr>() {
        Ok(endpoint) => format!("ip.addr == {} && port == {}", endpoint.ip(), endpoint.port()),
        Err(_) => format!("ip.addr == {address}"),
    }
}

struct Drawing<'a> {
    arrow: &'a Arrow,
    /// What is behind the label.
    ground: Color32,
    colour: Color32,
    text: Color32,
    severity: Option<Severity>,
}

fn arrow_ui(ui: &Ui, rect: Rect, [from, to]: [f32; 2], spacing: f32, label: &str, drawing: Drawing<'_>) {
    let Drawing { arrow, ground, colour, text, severity } = drawing;
    let painter = ui.painter();
    let y = rect.bottom() - 6.5;
    if (from - to).abs() < 1.0 {
        let room = Rect::from_min_max(pos2(from + 8.0, rect.top()), pos2(from + spacing, rect.bottom()));
        paint::text(painter, room, &format!("⟲ {label}"), style::body(ui), text);
        return;
    }
    let stroke = Stroke::new(1.6, colour);
    let tip = if to > from { -7.0 } else { 7.0 };
    if arrow.is_sip {
        painter.line_segment([pos2(from, y), pos2(to + tip, y)], stroke);
    } else {
        painter.extend(Shape::dashed_line(&[pos2(from, y), pos2(to + tip, y)], stroke, 6.0, 3.0));
    }
    let head = vec![pos2(to, y), pos2(to + tip, y - 4.0), pos2(to + tip, y + 4.0)];
    painter.add(Shape::convex_polygon(head, colour, Stroke::NONE));
    let room = (to - from).abs() - 22.0;
    let galley = paint::line(painter, label, style::small(ui), text, room);
    let at = pos2((from + to) / 2.0 - galley.size().x / 2.0, y - galley.size().y - 1.0);
    // The life lines of endpoints in between do not cross it.
    painter.rect_filled(Rect::from_min_size(at, galley.size()).expand2(vec2(3.0, -1.0)), 0.0, ground);
    if let Some(severity) = severity {
        flag_ui(ui, painter, pos2(at.x - 9.0, y - galley.size().y / 2.0 - 1.0), severity);
    }
    painter.galley(at, galley, text);
}

/// Warns of a message about which something was found.
fn flag_ui(ui: &Ui, painter: &Painter, at: egui::Pos2, severity: Severity) {
    let colour = style::severity(ui.visuals(), severity);
    painter.circle_filled(at, 5.5, colour);
    painter.text(at, Align2::CENTER_CENTER, "!", style::small(ui), ui.visuals().extreme_bg_color);
}

#[cfg(test)]
mod tests {
    use rcshark::wire::MessageId;

    use super::*;

    #[test]
    fn columns_are_reordered_and_responses_left_out_as_shown() {
        let arrow = |message: u32, from, to, label: &str| Arrow {
            message: MessageId(message),
            time: Time(0),
            frame: message,
            from,
            to,
            is_sip: true,
            label: label.into(),
            retransmissions: 0,
        };
        let column = |name: &str| Column { name: name.into(), address: String::new() };
        let ladder = Ladder {
            columns: vec![column("Alice"), column("focus")],
            arrows: vec![arrow(1, 0, 1, "INVITE"), arrow(2, 1, 0, "200 OK (INVITE)")],
        };
        let (series, is_response, status) = (vec![0, 0], vec![false, true], vec![Some(200), None]);
        let drawn = DrawnLadder { ladder, series, is_response, status };
        let mut state = LadderState { show_responses: false, ..LadderState::default() };
        state.choose(&drawn);
        state.move_column(0, 1);
        let shown = state.as_shown(&drawn);
        assert_eq!(shown.columns, [column("focus"), column("Alice")]);
        assert_eq!(shown.arrows, [arrow(1, 1, 0, "INVITE")]);
        assert_eq!(place_of(&drawn, &state.drawn, MessageId(2)), None);
        assert_eq!(arrow_label(&drawn.ladder.arrows[0], drawn.status[0]), "INVITE → 200");
        state.merge(1);
        let shown = state.as_shown(&drawn);
        assert_eq!(shown.columns, [column("Alice + focus")]);
        assert_eq!(shown.arrows, [arrow(1, 0, 0, "INVITE")]);
        state.reset_columns(2);
        assert_eq!(state.place(1), 1);
        for address in ["10.0.0.1", "10.0.0.1:5060", "2001:db8::1", "[2001:db8::1]:5060"] {
            assert!(rcshark::filter::Filter::parse(&expression(address)).is_ok(), "{address}");
        }
    }
}
