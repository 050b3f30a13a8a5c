//! Time along the canvas: what stands where, the silences that are folded, round times, the cursor.

use eframe::egui::{Painter, Rect, Shape, Stroke, Ui, pos2, vec2};
use rcshark::capture::Time;
use rcshark::view::Axis;

use super::{AXIS_HEIGHT, NAME_WIDTH};
use crate::style;
use crate::text::{clock, duration};
use crate::widgets::zoom::Zoom;

/// The part of the canvas that shows time.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub axis: &'a Axis,
    pub zoom: Zoom,
    pub left: f32,
    pub width: f32,
}

impl View<'_> {
    pub fn x(&self, time: Time) -> f32 {
        self.x_of(self.axis.place(time))
    }

    pub fn x_of(&self, place: f64) -> f32 {
        // Far outside the room, 32 bits are not enough.
        let share = ((place - self.zoom.start) / self.zoom.width).clamp(-1.0, 2.0);
        self.left + share as f32 * self.width
    }

    pub fn place(&self, x: f32) -> f64 {
        self.zoom.start + f64::from((x - self.left) / self.width.max(1.0)) * self.zoom.width
    }

    pub fn time(&self, x: f32) -> Time {
        self.axis.time(self.place(x).clamp(0.0, 1.0))
    }
}

pub fn folds_ui(ui: &Ui, painter: &Painter, view: View<'_>, canvas: Rect) {
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
pub fn axis_ui(ui: &Ui, painter: &Painter, view: View<'_>, rect: Rect) {
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
            let x = view.x(Time(tick));
            if tick >= first && x >= rect.left() + NAME_WIDTH {
                painter.vline(x, rect.bottom() - 4.0..=rect.bottom(), Stroke::new(1.0, colour));
                let text = tick_text(Time(tick), step);
                let galley = painter.layout_no_wrap(text, font.clone(), colour);
                let left = x - galley.size().x / 2.0;
                if left > rect.left() + NAME_WIDTH && left + galley.size().x < painter.clip_rect().right() {
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

pub fn cursor_ui(ui: &Ui, painter: &Painter, view: View<'_>, canvas: Rect, cursor: Option<Time>) {
    let Some(cursor) = cursor else { return };
    let x = view.x(cursor);
    let colour = ui.visuals().hyperlink_color;
    painter.vline(x, canvas.y_range(), Stroke::new(1.5, colour));
    let top = pos2(x, canvas.top() + 5.0);
    let triangle = vec![top + vec2(-5.0, -5.0), top + vec2(5.0, -5.0), top + vec2(0.0, 2.0)];
    painter.add(Shape::convex_polygon(triangle, colour, Stroke::NONE));
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
