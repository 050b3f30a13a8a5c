//! One lane: states as bars, what happened as marks, and what the pointer is on.

use eframe::egui::{self, Color32, Painter, Pos2, Rect, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2};
use rcshark::capture::Time;
use rcshark::timeline::{DisagreementKind, State};
use rcshark::view::{Lane, MarkKind};
use rcshark::wire::MessageId;

use super::NAME_WIDTH;
use super::axis::View;
use crate::panels::Scene;
use crate::session_view::{Doubt, SessionView};
use crate::style;
use crate::text::shown;
use crate::widgets::paint;

/// Marks of one lane that are drawn one by one; of more only one per pixel is looked for.
const MAX_SINGLE_MARKS: usize = 1_500;
/// How near the pointer must be to a mark.
const NEAR: f32 = 7.0;

/// What the pointer is on.
pub struct Hit {
    pub at: MessageId,
    pub what: On,
}

pub enum On {
    Mark(MarkKind),
    /// A place in the list of disagreements.
    Doubt(usize),
}

pub fn words(kind: MarkKind) -> &'static str {
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

/// Name and state at the cursor, left of the lane.
pub fn lane_head_ui(ui: &Ui, row: usize, rect: Rect, name: &str, lane: &Lane, cursor: Option<Time>) -> egui::Response {
    let head = Rect::from_min_size(rect.min, vec2(NAME_WIDTH, rect.height())).shrink2(vec2(6.0, 3.0));
    let response = ui.interact(head, ui.scope_id().with(("lane", row)), Sense::click());
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
    response.on_hover_text(name)
}

/// Bars and marks; gives back the mark below the pointer.
pub fn lane_ui(
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
pub fn doubts_ui(
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

pub fn doubt_words(session: &SessionView, place: usize) -> String {
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

pub fn colour_of(ui: &Ui, kind: MarkKind) -> Color32 {
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
pub fn draw_mark(painter: &Painter, at: Pos2, kind: MarkKind, colour: Color32) {
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
