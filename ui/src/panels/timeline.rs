//! Who was in when: a lane per participant along time, what happened as marks on it; below it the events, and who is in at the
//! time cursor.

use eframe::egui::{self, Color32, CursorIcon, Painter, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2};
use rcshark::capture::Time;
use rcshark::timeline::{DisagreementKind, State};
use rcshark::view::{Axis, Lane, MarkKind, label};
use rcshark::wire::MessageId;

use super::{Revealed, Scene, message_menu, roster, working_ui};
use crate::command::Command;
use crate::focus::Focus;
use crate::session_view::{Doubt, SessionView};
use crate::style;
use crate::text::{clock, duration, seconds, shown};
use crate::widgets::grid::{Cell, Grid, Heading, Line};
use crate::widgets::rows::Rows;
use crate::widgets::{paint, zoom::Zoom};

const NAME_WIDTH: f32 = 150.0;
const LANE_HEIGHT: f32 = 44.0;
/// Room beside the first and the last moment, for marks that stand on them.
const SIDE: f32 = 10.0;
const AXIS_HEIGHT: f32 = 24.0;
/// Marks of one lane that are drawn one by one; of more only one per pixel is looked for.
const MAX_SINGLE_MARKS: usize = 1_500;
/// How near the pointer must be to a mark.
const NEAR: f32 = 7.0;

const EVENT_COLUMNS: [Heading; 4] = [("Time", 86.0), ("Frame", 58.0), ("Who", 130.0), ("What", 300.0)];

#[derive(Default)]
pub struct TimelineState {
    zoom: Zoom,
    events: Revealed,
    moved: Revealed,
    roster: roster::RosterState,
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
    events_ui(ui, scene, session, state);
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
        draw_mark(ui.painter(), rect.center(), kind, colour_of(ui, kind));
    }
}

/// The part of the canvas that shows time.
#[derive(Clone, Copy)]
struct View<'a> {
    axis: &'a Axis,
    zoom: Zoom,
    left: f32,
    width: f32,
}

impl View<'_> {
    fn x(&self, time: Time) -> f32 {
        self.x_of(self.axis.place(time))
    }

    fn x_of(&self, place: f64) -> f32 {
        // Far outside the room, 32 bits are not enough.
        let share = ((place - self.zoom.start) / self.zoom.width).clamp(-1.0, 2.0);
        self.left + share as f32 * self.width
    }

    fn place(&self, x: f32) -> f64 {
        self.zoom.start + f64::from((x - self.left) / self.width.max(1.0)) * self.zoom.width
    }

    fn time(&self, x: f32) -> Time {
        self.axis.time(self.place(x).clamp(0.0, 1.0))
    }
}

fn canvas_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &mut SessionView, state: &mut TimelineState) {
    let egui = ui.ctx().clone();
    let Some(drawn) = session.lanes(&egui) else {
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
    folds_ui(ui, &clipped, view, canvas);
    axis_ui(ui, &clipped, view, axis_rect);

    let pointer = response.hover_pos();
    let mut hit: Option<Hit> = None;
    let mut inner = ui.new_child(egui::UiBuilder::new().max_rect(below).id_salt("lane rows"));
    let rows = Rows {
        name: "lanes",
        count: lanes.lanes.len(),
        height: LANE_HEIGHT,
        width: 0.0,
        reveal: None,
        reveal_across: None,
    };
    rows.show(&mut inner, |ui, row, rect| {
        let (Some(lane), Some(one)) = (lanes.lanes.get(row), timeline.participants.get(row)) else { return };
        let name = shown(session.names.get(&one.identity));
        lane_head_ui(ui, row, rect, &name, lane, scene.focus.cursor);
        let area = Rect::from_min_max(pos2(canvas.left(), rect.top()), pos2(canvas.right(), rect.bottom()));
        let painter = ui.painter().with_clip_rect(area.intersect(ui.clip_rect()));
        if let Some(found) = lane_ui(ui, &painter, scene, lane, view, area, pointer) {
            hit = Some(found);
        }
        let doubts = doubts.get(row).map_or(&[][..], Vec::as_slice);
        if let Some(found) = doubts_ui(ui, &painter, doubts, view, area, pointer) {
            hit = Some(found);
        }
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, ui.visuals().widgets.noninteractive.bg_stroke);
    });
    cursor_ui(ui, &clipped, view, canvas, scene.focus.cursor);
    if hit.is_some() {
        ui.set_cursor_icon(CursorIcon::PointingHand);
    }
    respond(scene, session, &response, hit, view);
    ui.allocate_rect(room, Sense::hover());
}

/// What the pointer is on.
struct Hit {
    at: MessageId,
    what: On,
}

enum On {
    Mark(MarkKind),
    /// A place in the list of disagreements.
    Doubt(usize),
}

fn respond(scene: &mut Scene<'_>, session: &SessionView, response: &egui::Response, hit: Option<Hit>, view: View<'_>) {
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
            On::Mark(kind) => words(kind).to_owned(),
            On::Doubt(place) => doubt_words(session, place),
        };
        let text = format!("{what}\n{}", shown(&label(analysis, message)));
        let place = format!("frame {}, {} UTC", scene.frame(hit.at), clock(message.time));
        response.clone().on_hover_ui_at_pointer(|ui| {
            ui.label(text);
            ui.weak(place);
        });
    }
    if let Some(hit) = hit {
        response.context_menu(|ui| message_menu(ui, scene, hit.at));
    }
}

fn words(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Told => "was told who is in",
        MarkKind::Received => "received a message",
        MarkKind::ReceivedInVain => "refused a message",
        MarkKind::Sent => "sent a message",
        MarkKind::Referred => "asked the focus to invite or remove somebody",
        MarkKind::Invited => "was invited",
        MarkKind::Connected => "joined",
        MarkKind::Left => "left",
        MarkKind::Broken => "was removed, refused, or lost",
    }
}

/// Wheel and drag.
fn navigate(ui: &Ui, response: &egui::Response, canvas: Rect, zoom: &mut Zoom) {
    if let Some(at) = response.hover_pos() {
        let (wheel, pinch, shift) =
            ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta(), input.modifiers.shift));
        let share = f64::from((at.x - canvas.left()) / canvas.width().max(1.0));
        let factor = f64::from(pinch) * if shift { 1.0 } else { (f64::from(wheel.y) * 0.006).exp() };
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

fn folds_ui(ui: &Ui, painter: &Painter, view: View<'_>, canvas: Rect) {
    for fold in view.axis.stretches().iter().filter(|stretch| stretch.is_fold) {
        let (from, to) = (view.x_of(fold.start), view.x_of(fold.end));
        if to < canvas.left() || from > canvas.right() {
            continue;
        }
        let rect = Rect::from_min_max(pos2(from, canvas.top()), pos2(to, canvas.bottom()));
        painter.rect_filled(rect, 0.0, ui.visuals().faint_bg_color);
        let line = Stroke::new(1.0, ui.visuals().weak_text_color().gamma_multiply(0.4));
        for x in [from, to] {
            painter.extend(Shape::dashed_line(&[pos2(x, canvas.top()), pos2(x, canvas.bottom())], line, 3.0, 4.0));
        }
        let lasted = duration(fold.to.nanos_since(fold.from));
        let short = lasted.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
        let (font, colour) = (style::small(ui), ui.visuals().weak_text_color());
        let at = pos2(rect.center().x, canvas.top() + AXIS_HEIGHT / 2.0 - 2.0);
        // As much of it as there is room for.
        let texts = [format!("{lasted} of silence"), lasted, short, "…".to_owned()];
        let galleys = texts.map(|text| painter.layout_no_wrap(text, font.clone(), colour));
        if let Some(galley) = galleys.into_iter().find(|galley| galley.size().x + 6.0 < rect.width()) {
            painter.galley(at - galley.size() / 2.0, galley, colour);
        }
    }
}

/// Round times, stretch by stretch.
fn axis_ui(ui: &Ui, painter: &Painter, view: View<'_>, rect: Rect) {
    let (font, colour) = (style::small(ui), ui.visuals().weak_text_color());
    for stretch in view.axis.stretches().iter().filter(|stretch| !stretch.is_fold) {
        let (from, to) = (view.x_of(stretch.start), view.x_of(stretch.end));
        let lasted = stretch.to.nanos_since(stretch.from).max(1) as f64;
        let points = (stretch.end - stretch.start) / view.zoom.width * f64::from(view.width);
        let step = round_step(lasted / points.max(1.0) * TICK_DISTANCE);
        let first = view.time(from.max(rect.left())).0.max(stretch.from.0);
        let last = view.time(to.min(rect.right())).0.min(stretch.to.0);
        let mut tick = first.div_euclid(step).saturating_mul(step);
        for _ in 0..MAX_TICKS {
            if tick > last {
                break;
            }
            if tick >= first {
                let x = view.x(Time(tick));
                painter.vline(x, rect.bottom() - 4.0..=rect.bottom(), Stroke::new(1.0, colour));
                let text = tick_text(Time(tick), step);
                let galley = painter.layout_no_wrap(text, font.clone(), colour);
                let left = (x - galley.size().x / 2.0).max(rect.left() + NAME_WIDTH + 2.0);
                if left + galley.size().x < painter.clip_rect().right() {
                    painter.galley(pos2(left, rect.center().y - galley.size().y / 2.0 - 2.0), galley, colour);
                }
            }
            tick = tick.saturating_add(step);
        }
    }
}

/// Points between two times that are written.
const TICK_DISTANCE: f64 = 120.0;
const MAX_TICKS: usize = 100;

/// The next larger of 1, 2, 5, 10, … ns, of seconds and minutes in the parts that people use.
fn round_step(nanos: f64) -> i64 {
    const SECOND: i64 = 1_000_000_000;
    let long = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400];
    let short = (0..9).flat_map(|digits| [1, 2, 5].map(|one| one * 10i64.pow(digits)));
    let all = short.chain(long.map(|seconds| seconds * SECOND));
    all.into_iter().find(|&step| step as f64 >= nanos).unwrap_or(30 * 86_400 * SECOND)
}

fn tick_text(time: Time, step: i64) -> String {
    let text = clock(time);
    match step {
        1_000_000_000.. => text.get(..8).unwrap_or(&text).to_owned(),
        1_000_000.. => text,
        _ => format!("{text}{:03}", time.0.rem_euclid(1_000_000) / 1_000),
    }
}

fn cursor_ui(ui: &Ui, painter: &Painter, view: View<'_>, canvas: Rect, cursor: Option<Time>) {
    let Some(cursor) = cursor else { return };
    let x = view.x(cursor);
    let colour = ui.visuals().hyperlink_color;
    painter.vline(x, canvas.y_range(), Stroke::new(1.5, colour));
    let top = pos2(x, canvas.top() + 5.0);
    let triangle = vec![top + vec2(-5.0, -5.0), top + vec2(5.0, -5.0), top + vec2(0.0, 2.0)];
    painter.add(Shape::convex_polygon(triangle, colour, Stroke::NONE));
}

/// Name and state at the cursor, left of the lane.
fn lane_head_ui(ui: &Ui, row: usize, rect: Rect, name: &str, lane: &Lane, cursor: Option<Time>) {
    let head = Rect::from_min_size(rect.min, vec2(NAME_WIDTH, rect.height())).shrink2(vec2(6.0, 3.0));
    let response = ui.interact(head, ui.scope_id().with(("lane", row)), Sense::hover());
    let state = cursor.and_then(|time| lane.state_at(time));
    let spoken = format!("{name}: {}", state.map_or("not seen yet", State::as_str));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    let (upper, lower) = head.split_top_bottom_at_fraction(0.55);
    paint::text(ui.painter(), upper, name, style::body(ui), ui.visuals().strong_text_color());
    let (text, colour) = match state {
        Some(state) => (state.as_str(), style::state(ui.visuals(), state)),
        None => ("", ui.visuals().weak_text_color()),
    };
    paint::text(ui.painter(), lower, text, style::small(ui), colour);
    response.on_hover_text(name);
}

/// Bars and marks; gives back the mark below the pointer.
fn lane_ui(
    ui: &Ui,
    painter: &Painter,
    scene: &Scene<'_>,
    lane: &Lane,
    view: View<'_>,
    area: Rect,
    pointer: Option<Pos2>,
) -> Option<Hit> {
    let bar = Rect::from_min_max(pos2(area.left(), area.top() + 17.0), pos2(area.right(), area.top() + 29.0));
    for span in &lane.spans {
        let (from, to) = (view.x(span.from), view.x(span.to));
        if to < area.left() || from > area.right() {
            continue;
        }
        let colour = style::state(ui.visuals(), span.state);
        let rect = Rect::from_min_max(pos2(from, bar.top()), pos2(to.max(from + 1.0), bar.bottom()));
        match span.state {
            State::Connected => {
                painter.rect_filled(rect, 2.0, colour.gamma_multiply(0.55));
            }
            State::Pending | State::Invited => {
                painter.rect(rect, 2.0, colour.gamma_multiply(0.2), Stroke::new(1.0, colour), StrokeKind::Inside);
            }
            State::Disconnected => {
                painter.hline(rect.x_range(), rect.center().y, Stroke::new(1.0, colour.gamma_multiply(0.6)));
            }
        }
    }
    let pointer = pointer.filter(|at| area.y_range().contains(at.y));
    let mut nearest: Option<(f32, Hit)> = None;
    let selected = scene.focus.message;
    let findings = scene.read.findings.as_deref();
    for_marks(lane, view, area, |mark| {
        let x = view.x(mark.time);
        let centre = pos2(x, area.top() + level(mark.kind));
        draw_mark(painter, centre, mark.kind, colour_of(ui, mark.kind));
        if let Some(&severity) = findings.and_then(|findings| findings.of_message.get(&mark.at)) {
            painter.circle_stroke(centre, 7.0, Stroke::new(1.5, style::severity(ui.visuals(), severity)));
        }
        if selected == Some(mark.at) {
            painter.circle_stroke(centre, 8.0, Stroke::new(2.0, ui.visuals().hyperlink_color));
        }
        if let Some(at) = pointer {
            let distance = at.distance(centre);
            if distance < NEAR && nearest.as_ref().is_none_or(|(best, _)| distance < *best) {
                nearest = Some((distance, Hit { at: mark.at, what: On::Mark(mark.kind) }));
            }
        }
    });
    nearest.map(|(_, hit)| hit)
}

/// Where this participant was told something else than signalling shows.
fn doubts_ui(
    ui: &Ui,
    painter: &Painter,
    doubts: &[Doubt],
    view: View<'_>,
    area: Rect,
    pointer: Option<Pos2>,
) -> Option<Hit> {
    let (from, to) = (view.time(area.left() - NEAR), view.time(area.right() + NEAR));
    let first = doubts.partition_point(|doubt| doubt.time < from);
    let mut hit = None;
    for doubt in doubts[first..].iter().take_while(|doubt| doubt.time <= to).take(MAX_SINGLE_MARKS) {
        let centre = pos2(view.x(doubt.time), area.top() + 36.0);
        let colour = ui.visuals().warn_fg_color;
        let points = [(0.0, -5.0), (5.0, 4.0), (-5.0, 4.0)].map(|(x, y)| centre + vec2(x, y)).to_vec();
        painter.add(Shape::convex_polygon(points, ui.visuals().extreme_bg_color, Stroke::new(1.5, colour)));
        if pointer.is_some_and(|at| at.distance(centre) < NEAR) {
            hit = Some(Hit { at: doubt.at, what: On::Doubt(doubt.disagreement) });
        }
    }
    hit
}

fn doubt_words(session: &SessionView, place: usize) -> String {
    let Some(timeline) = session.timeline() else { return String::new() };
    let Some(one) = timeline.disagreements.get(place) else { return String::new() };
    let who = timeline.participants.get(one.participant);
    let who = who.map_or("somebody".into(), |who| shown(session.names.get(&who.identity)));
    let state = one.state.as_str();
    match one.kind {
        DisagreementKind::Never => format!("is never told that {who} is {state}"),
        DisagreementKind::Late { .. } => format!("is told late that {who} is {state}"),
        DisagreementKind::Other { told } => {
            format!("is told that {who} is {}, but it is {state}", told.map_or("not in", State::as_str))
        }
    }
}

/// The marks in sight: all of a few, else one per pixel.
fn for_marks(lane: &Lane, view: View<'_>, area: Rect, mut draw: impl FnMut(&rcshark::view::Mark)) {
    let (from, to) = (view.time(area.left() - NEAR), view.time(area.right() + NEAR));
    let first = lane.marks.partition_point(|mark| mark.time < from);
    let end = lane.marks.partition_point(|mark| mark.time <= to);
    let Some(marks) = lane.marks.get(first..end) else { return };
    if marks.len() <= MAX_SINGLE_MARKS {
        // The most telling ones last, above the others.
        for kind in ORDER {
            marks.iter().filter(|mark| mark.kind == kind).for_each(&mut draw);
        }
        return;
    }
    let mut x = area.left();
    let mut next = 0;
    while x < area.right() && next < marks.len() {
        let until = view.time(x + 2.0);
        let end = next + marks[next..].partition_point(|mark| mark.time <= until);
        // Of very many at one place some are looked at.
        if let Some(mark) = marks[next..end].iter().take(32).max_by_key(|mark| mark.kind) {
            draw(mark);
        }
        next = end;
        x += 2.0;
    }
}

const ORDER: [MarkKind; 9] = [
    MarkKind::Told,
    MarkKind::Received,
    MarkKind::ReceivedInVain,
    MarkKind::Sent,
    MarkKind::Referred,
    MarkKind::Invited,
    MarkKind::Connected,
    MarkKind::Left,
    MarkKind::Broken,
];

/// Messages stand above the bar, documents below it, joins and leaves on it.
fn level(kind: MarkKind) -> f32 {
    match kind {
        MarkKind::Sent | MarkKind::Received | MarkKind::ReceivedInVain | MarkKind::Referred => 9.0,
        MarkKind::Told => 35.0,
        MarkKind::Invited | MarkKind::Connected | MarkKind::Left | MarkKind::Broken => 23.0,
    }
}

fn colour_of(ui: &Ui, kind: MarkKind) -> Color32 {
    let visuals = ui.visuals();
    match kind {
        MarkKind::Sent | MarkKind::Received => style::sip(visuals),
        MarkKind::Told => visuals.weak_text_color(),
        MarkKind::Referred => style::series(visuals, 3),
        MarkKind::Invited => visuals.warn_fg_color,
        MarkKind::Connected => style::msrp(visuals),
        MarkKind::Left => visuals.text_color(),
        MarkKind::Broken | MarkKind::ReceivedInVain => visuals.error_fg_color,
    }
}

/// Shapes differ, so that colours are not needed to tell marks apart.
fn draw_mark(painter: &Painter, at: Pos2, kind: MarkKind, colour: Color32) {
    let polygon = |points: [(f32, f32); 3]| {
        let points = points.map(|(x, y)| at + vec2(x, y)).to_vec();
        painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
    };
    let cross = || {
        for (from, to) in [((-4.0, -4.0), (4.0, 4.0)), ((-4.0, 4.0), (4.0, -4.0))] {
            painter.line_segment([at + vec2(from.0, from.1), at + vec2(to.0, to.1)], Stroke::new(2.0, colour));
        }
    };
    match kind {
        MarkKind::Sent => {
            painter.circle_filled(at, 4.5, colour);
        }
        MarkKind::Received => {
            painter.circle_stroke(at, 3.0, Stroke::new(1.5, colour));
        }
        MarkKind::Told => {
            painter.vline(at.x, at.y - 3.5..=at.y + 3.5, Stroke::new(2.0, colour));
        }
        MarkKind::Referred => {
            let points = [(0.0, -4.5), (4.5, 0.0), (0.0, 4.5), (-4.5, 0.0)].map(|(x, y)| at + vec2(x, y)).to_vec();
            painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
        }
        MarkKind::Invited => polygon([(-4.0, -4.0), (4.5, 0.0), (-4.0, 4.0)]),
        MarkKind::Connected => polygon([(-4.5, 4.0), (0.0, -4.5), (4.5, 4.0)]),
        MarkKind::Left => polygon([(-4.5, -4.0), (4.5, -4.0), (0.0, 4.5)]),
        MarkKind::Broken | MarkKind::ReceivedInVain => cross(),
    }
}

fn events_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &mut SessionView, state: &mut TimelineState) {
    let egui = ui.ctx().clone();
    let start = session.session().map(|session| session.started).unwrap_or_default();
    let Some(events) = session.events(&egui) else {
        working_ui(ui, "Listing what happened …");
        return;
    };
    let events: &[rcshark::view::EventLine] = &events;
    let selected = scene.focus.message.and_then(|message| {
        let place = events.partition_point(|line| line.at < message);
        events.get(place).filter(|line| line.at == message).map(|_| place)
    });
    // Between two events the list stands at the one before.
    let near = scene.focus.message.map(|message| events.partition_point(|line| line.at <= message).saturating_sub(1));
    if let Some(step) = scene.focus.step
        && let Some(line) = Focus::stepped(selected.or(near), step, events.len()).and_then(|to| events.get(to))
    {
        // Several events of one message: go on to another message.
        let other = match step {
            1.. => {
                events.iter().skip(selected.or(near).unwrap_or(0)).find(|other| Some(other.at) > scene.focus.message)
            }
            _ => None,
        };
        scene.ask(Command::SelectMessage(other.filter(|_| step == 1).unwrap_or(line).at, None));
    }
    let reveal = state.events.row(scene.focus, selected.or(near));
    let analysis = &scene.read.analysis.clone();
    let visuals = ui.visuals().clone();
    let grid = Grid { name: "events", columns: &EVENT_COLUMNS, count: events.len(), reveal };
    let make = |row: usize| {
        let Some(event) = events.get(row) else {
            return Line { selected: false, tint: None, flag: None, cells: Vec::new() };
        };
        let cells = vec![
            Cell::number(seconds(analysis.messages[event.at].time, start)),
            Cell::number(analysis.capture.table.place(analysis.messages[event.at].frame).number.to_string()),
            Cell::new(shown(&event.who)),
            Cell::new(shown(&event.what)).colour(style::tone(&visuals, event.tone)),
        ];
        Line { selected: scene.focus.message == Some(event.at), tint: None, flag: None, cells }
    };
    let mut clicked = None;
    let mut menus = Vec::new();
    grid.show(ui, make, |row, response, _| {
        if response.clicked() {
            clicked = Some(row);
        }
        if let Some(event) = events.get(row) {
            menus.push((event.at, response.clone()));
            if response.hovered() && event.what.len() > 80 {
                response.clone().on_hover_text(shown(&event.what));
            }
        }
    });
    if let Some(event) = clicked.and_then(|row| events.get(row)) {
        scene.ask(Command::SelectMessage(event.at, None));
    }
    for (at, response) in menus {
        response.context_menu(|ui| message_menu(ui, scene, at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_on_the_axis_are_round() {
        let steps = [0.5, 1.1e6, 3.1e8, 7e8, 4e9, 6e10, 1e15].map(round_step);
        let second = 1_000_000_000;
        assert_eq!(steps, [1, 2_000_000, second / 2, second, 5 * second, 60 * second, 30 * 86_400 * second]);
        let time = Time(1_772_359_200_005_318_001);
        assert_eq!(tick_text(time, second), "10:00:00");
        assert_eq!(tick_text(time, 5_000_000), "10:00:00.005");
        assert_eq!(tick_text(time, 1_000), "10:00:00.005318");
    }
}
