//! Who was in when: a lane per participant along time, what happened as marks on it; below it the events, and who is in at the
//! time cursor.

mod axis;
mod events;
mod lane;

use eframe::egui::{self, CursorIcon, Rect, Sense, Ui, pos2, vec2};
use rcshark::rules::Severity;
use rcshark::view::{MarkKind, label};
use rcshark::wire::MessageId;

use self::axis::View;
use self::lane::{Hit, On};
use super::{Revealed, Scene, filter_menu, message_menu, roster, working_ui};
use crate::command::Command;
use crate::session_view::SessionView;
use crate::style;
use crate::text::{clock, seconds, shown};
use crate::widgets::filter_line::literal;
use crate::widgets::rows::Rows;
use crate::widgets::{paint, zoom::Zoom};

const NAME_WIDTH: f32 = 150.0;
const LANE_HEIGHT: f32 = 44.0;
/// Room beside the first and the last moment, for marks that stand on them.
const SIDE: f32 = 10.0;
const AXIS_HEIGHT: f32 = 24.0;
/// Findings that are told of one message when the pointer is on it.
const MAX_TOLD_FINDINGS: usize = 3;

#[derive(Default)]
pub struct TimelineState {
    zoom: Zoom,
    events: Revealed,
    moved: Revealed,
    roster: roster::RosterState,
    /// The message whose menu is open.
    menu: Option<MessageId>,
}

impl TimelineState {
    /// There is a later analysis: what was worked out of the earlier one goes.
    pub fn renew(&mut self) {
        self.roster = roster::RosterState::default();
        self.menu = None;
    }
}

/// Shows the timeline of `session`.
pub fn timeline_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &mut SessionView, state: &mut TimelineState) {
    let lanes_count = session.timeline().map_or(0, |timeline| timeline.participants.len());
    if lanes_count == 0 {
        paint::empty(ui, "Nobody is known", "The capture does not show who took part in this session.");
        return;
    }
    let axis = session.lanes(&ui.ctx().clone());
    let cursor = scene.focus.cursor.zip(axis.as_ref()).map(|(cursor, lanes)| lanes.lanes.axis.place(cursor));
    bar_ui(ui, scene, session, cursor, state);
    let needed = AXIS_HEIGHT + lanes_count as f32 * LANE_HEIGHT + 8.0;
    let default = needed.min((ui.available_height() * 0.55).max(LANE_HEIGHT * 2.0));
    egui::Panel::top("lanes")
        .resizable(true)
        .default_size(default)
        .size_range(90.0..=(ui.available_height() - 90.0).max(100.0))
        .frame(egui::Frame::new())
        .show(ui, |ui| canvas_ui(ui, scene, session, state));
    egui::Panel::right("roster")
        .resizable(true)
        .default_size((ui.available_width() * 0.48).clamp(240.0, 900.0))
        .size_range(160.0..=(ui.available_width() - 200.0).max(180.0))
        .frame(egui::Frame::new().inner_margin(egui::Margin { left: 6, right: 0, top: 4, bottom: 0 }))
        .show(ui, |ui| roster::roster_ui(ui, scene, session, &mut state.roster));
    events::events_ui(ui, scene, session, &mut state.events);
}

fn bar_ui(ui: &mut Ui, scene: &Scene<'_>, session: &SessionView, cursor: Option<f64>, state: &mut TimelineState) {
    let share =
        cursor.map(|cursor| state.zoom.share(cursor)).filter(|share| (0.0..=1.0).contains(share)).unwrap_or(0.5);
    ui.horizontal(|ui| {
        let start = session.session().map(|session| session.started).unwrap_or_default();
        match scene.focus.cursor {
            Some(cursor) => {
                ui.label(egui::RichText::new(format!("{} UTC", clock(cursor))).monospace());
                ui.weak(format!("+{} s", seconds(cursor, start)));
            }
            None => {
                ui.weak("Click the lanes to set the time cursor");
            }
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button("All").on_hover_text("Show the whole session (0)").accessible_name("Show all time").clicked() {
                state.zoom = Zoom::default();
            }
            if ui.button("+").on_hover_text("Zoom in (+)").accessible_name("Zoom in").clicked() {
                state.zoom.by(1.6, share);
            }
            if ui.button("−").on_hover_text("Zoom out (−)").accessible_name("Zoom out").clicked() {
                state.zoom.by(1.0 / 1.6, share);
            }
            ui.add_space(8.0);
            legend_ui(ui);
        });
    });
    state.zoom.keys(ui, share);
}

/// What the marks mean; from right to left.
fn legend_ui(ui: &mut Ui) {
    let entries = [
        (MarkKind::Broken, "removed, refused"),
        (MarkKind::Left, "left"),
        (MarkKind::Connected, "joined"),
        (MarkKind::Invited, "invited"),
        (MarkKind::Referred, "REFER"),
        (MarkKind::Told, "notified"),
        (MarkKind::Received, "received"),
        (MarkKind::Sent, "sent"),
    ];
    if ui.available_width() < 560.0 {
        return;
    }
    for (kind, text) in entries {
        ui.small(text);
        let (rect, _) = ui.allocate_exact_size(vec2(12.0, 14.0), Sense::hover());
        lane::draw_mark(ui.painter(), rect.center(), kind, lane::colour_of(ui, kind));
    }
}

fn canvas_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &mut SessionView, state: &mut TimelineState) {
    let egui = ui.ctx().clone();
    let Some(drawn) = session.lanes(&egui) else {
        // The panel keeps its height until they are there.
        ui.set_min_size(ui.available_size());
        working_ui(ui, "Drawing the lanes …");
        return;
    };
    let (lanes, doubts) = (&drawn.lanes, &drawn.doubts);
    let Some(timeline) = session.timeline() else { return };
    let room = ui.available_rect_before_wrap();
    let canvas =
        Rect::from_min_max(pos2(room.left() + NAME_WIDTH, room.top()), pos2(room.right() - 10.0, room.bottom()));
    let response = ui.interact(canvas, ui.scope_id().with("canvas"), Sense::click_and_drag());
    navigate(ui, &response, canvas.shrink2(vec2(SIDE, 0.0)), &mut state.zoom);
    let line = canvas.shrink2(vec2(SIDE, 0.0));
    if let (Some(cursor), true) = (scene.focus.cursor, state.moved.is_new(scene.focus)) {
        state.zoom.show(lanes.axis.place(cursor));
    }
    let view = View { axis: &lanes.axis, zoom: state.zoom, left: line.left(), width: line.width() };
    let (axis_rect, below) = room.split_top_bottom_at_y(room.top() + AXIS_HEIGHT);
    ui.painter().rect_filled(canvas, 0.0, ui.visuals().extreme_bg_color);
    let clipped = ui.painter().with_clip_rect(canvas.intersect(ui.clip_rect()));
    axis::folds_ui(ui, &clipped, view, canvas);
    axis::axis_ui(ui, &clipped, view, axis_rect);

    let pointer = response.hover_pos();
    let mut hit: Option<Hit> = None;
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(below).id_salt("lane rows"));
    let rows = Rows { name: "lanes", count: lanes.lanes.len(), height: LANE_HEIGHT, width: 0.0, reveal: None };
    rows.show(&mut inner, |ui, row, rect| {
        let (Some(one_lane), Some(one)) = (lanes.lanes.get(row), timeline.participants.get(row)) else { return };
        let name = shown(session.names.get(&one.identity));
        let head = lane::lane_head_ui(ui, row, rect, &name, one_lane, scene.focus.cursor);
        head.context_menu(|ui| {
            let uri = one.identity.uri.split(';').next().unwrap_or_default();
            filter_menu(ui, scene.asked, &format!("from contains {} || to contains {0}", literal(uri)));
        });
        let area = Rect::from_min_max(pos2(canvas.left(), rect.top()), pos2(canvas.right(), rect.bottom()));
        let painter = ui.painter().with_clip_rect(area.intersect(ui.clip_rect()));
        if let Some(found) = lane::lane_ui(ui, &painter, scene, one_lane, view, area, pointer) {
            hit = Some(found);
        }
        let doubts = doubts.get(row).map_or(&[][..], Vec::as_slice);
        if let Some(found) = lane::doubts_ui(ui, &painter, doubts, view, area, pointer) {
            hit = Some(found);
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, ui.visuals().widgets.noninteractive.bg_stroke);
    });
    axis::cursor_ui(ui, &clipped, view, canvas, scene.focus.cursor);
    if hit.is_some() {
        ui.set_cursor_icon(CursorIcon::PointingHand);
    }
    respond(scene, session, &response, hit, view, &mut state.menu);
    ui.allocate_rect(room, Sense::hover());
}

fn respond(
    scene: &mut Scene<'_>,
    session: &SessionView,
    response: &egui::Response,
    hit: Option<Hit>,
    view: View<'_>,
    menu: &mut Option<MessageId>,
) {
    if response.clicked()
        && let Some(at) = response.interact_pointer_pos()
    {
        match &hit {
            Some(hit) => scene.ask(Command::SelectMessage(hit.at, None)),
            None => scene.ask(Command::SetCursor(view.time(at.x))),
        }
    }
    if let (Some(hit), true) = (&hit, response.hovered()) {
        let analysis = &scene.read.analysis;
        let message = &analysis.messages[hit.at];
        let what = match hit.what {
            On::Mark(kind) => lane::words(kind).to_owned(),
            On::Doubt(place) => lane::doubt_words(session, place),
        };
        let text = format!("{what}\n{}", shown(&label(analysis, message)));
        let place = format!("frame {}, {} UTC", scene.frame(hit.at), clock(message.time));
        let findings = about(scene, session, hit.at);
        response.clone().on_hover_ui_at_pointer(|ui| {
            ui.label(text);
            ui.weak(place);
            for (severity, text) in findings {
                ui.colored_label(style::severity(ui.visuals(), severity), text);
            }
        });
    }
    if response.secondary_clicked() {
        *menu = hit.map(|hit| hit.at);
    }
    // Also while the pointer is on the menu and no longer on the mark.
    if let Some(at) = *menu {
        response.context_menu(|ui| message_menu(ui, scene, at));
    }
}

/// Wheel and drag.
fn navigate(ui: &Ui, response: &egui::Response, canvas: Rect, zoom: &mut Zoom) {
    if let Some(at) = response.hover_pos() {
        let (wheel, pinch, shift) =
            ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta(), input.modifiers.shift));
        let share = f64::from((at.x - canvas.left()) / canvas.width().max(1.0));
        let factor = f64::from(pinch) * if shift { 1.0 } else { (f64::from(wheel.y) * 0.0035).exp() };
        if (factor - 1.0).abs() > 1e-4 {
            zoom.by(factor, share);
        }
        if wheel.x != 0.0 {
            zoom.shift(-f64::from(wheel.x / canvas.width().max(1.0)));
        }
        // The rows below are not to scroll as well.
        ui.input_mut(|input| input.smooth_scroll_delta = egui::Vec2::ZERO);
    }
    if response.dragged() {
        zoom.shift(-f64::from(response.drag_delta().x / canvas.width().max(1.0)));
    }
}

/// What was found about a message.
fn about(scene: &Scene<'_>, session: &SessionView, id: MessageId) -> Vec<(Severity, String)> {
    let Some(findings) = &scene.read.findings else { return Vec::new() };
    let own = findings.by_session.get(session.number).map_or(&[][..], Vec::as_slice);
    let own = own.iter().filter_map(|&place| findings.outcome.findings.get(place));
    let about = own.filter(|finding| finding.place.message == id).take(MAX_TOLD_FINDINGS);
    about.map(|finding| (finding.severity, shown(&finding.message))).collect()
}
