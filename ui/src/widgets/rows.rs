//! Rows of equal height of which only those in sight are drawn: a million of them cost as much as ten.
//!
//! egui's own scrolling counts in points with 24 bits, which are not enough for a million rows: this one counts rows.

use eframe::egui::{self, Id, Rect, Sense, Ui, UiBuilder, pos2, vec2};

/// Width of the scroll bar.
const BAR: f32 = 10.0;
const SHORTEST_HANDLE: f32 = 24.0;

pub struct Rows<'a> {
    pub name: &'a str,
    pub count: usize,
    pub height: f32,
    /// Width of what is in the rows; what is wider than the room can be scrolled to. 0: as wide as the room.
    pub width: f32,
    /// Scroll until this row is in sight.
    pub reveal: Option<usize>,
}

/// Where the rows stand: first row in sight, with a fraction, and points to the right.
#[derive(Clone, Copy, Default, PartialEq)]
struct Scroll {
    top: f64,
    left: f32,
}

impl Rows<'_> {
    /// Fills the room that is left. `draw` gets the number of a row and its place, which may begin left of the room; where all rows
    /// begin is given back.
    pub fn show(&self, ui: &mut Ui, mut draw: impl FnMut(&mut Ui, usize, Rect)) -> f32 {
        let room = ui.available_rect_before_wrap();
        ui.allocate_rect(room, Sense::hover());
        let id = ui.make_persistent_id((self.name, "rows"));
        let mut scroll: Scroll = ui.data(|data| data.get_temp(id).unwrap_or_default());
        let is_wide = self.width > room.width();
        let mut area = room;
        area.max.x -= BAR;
        if is_wide {
            area.max.y -= BAR;
        }
        let page = f64::from((area.height() / self.height).max(0.0));
        let last_top = (self.count as f64 - page).max(0.0);
        let last_left = (self.width - area.width()).max(0.0);
        if ui.rect_contains_pointer(room) {
            let delta = ui.input(|input| input.smooth_scroll_delta());
            scroll.top -= f64::from(delta.y / self.height);
            scroll.left -= delta.x;
        }
        if let Some(row) = self.reveal {
            let row = row as f64;
            if row < scroll.top || row + 1.0 > scroll.top + page {
                scroll.top = row - (page - 1.0) / 2.0;
            }
        }
        self.bar_ui(ui, id, room, area, page, last_top, &mut scroll);
        if is_wide {
            self.lower_bar_ui(ui, id, room, area, last_left, &mut scroll);
        }
        scroll.top = scroll.top.clamp(0.0, last_top);
        scroll.left = scroll.left.clamp(0.0, last_left);
        ui.data_mut(|data| data.insert_temp(id, scroll));

        let mut inner = ui.new_child(UiBuilder::new().max_rect(area).id_salt(id));
        inner.shrink_clip_rect(area);
        let first = scroll.top.floor();
        let shift = ((scroll.top - first) as f32) * self.height;
        let in_sight = (area.height() / self.height).ceil().max(0.0) as usize + 1;
        let first = first as usize;
        for row in first..self.count.min(first.saturating_add(in_sight)) {
            let top = area.top() + (row - first) as f32 * self.height - shift;
            let size = vec2(self.width.max(area.width()), self.height);
            let rect = Rect::from_min_size(pos2(area.left() - scroll.left, top), size);
            draw(&mut inner, row, rect);
        }
        area.left() - scroll.left
    }

    #[allow(clippy::too_many_arguments, reason = "all of it is one picture")]
    fn bar_ui(&self, ui: &Ui, id: Id, room: Rect, area: Rect, page: f64, last_top: f64, scroll: &mut Scroll) {
        if last_top <= 0.0 {
            return;
        }
        let bar = Rect::from_min_max(pos2(room.right() - BAR, area.top()), pos2(room.right(), area.bottom()));
        let response = ui.interact(bar, id.with("bar"), Sense::click_and_drag());
        let share = (page / self.count as f64) as f32;
        let handle_height = (bar.height() * share).clamp(SHORTEST_HANDLE.min(bar.height()), bar.height());
        let way = (bar.height() - handle_height).max(1.0);
        if let Some(pointer) = response.interact_pointer_pos()
            && (response.dragged() || response.clicked())
        {
            let place = ((pointer.y - bar.top() - handle_height / 2.0) / way).clamp(0.0, 1.0);
            scroll.top = f64::from(place) * last_top;
        }
        let top = bar.top() + (scroll.top / last_top).clamp(0.0, 1.0) as f32 * way;
        let handle = Rect::from_min_size(pos2(bar.left() + 2.0, top), vec2(BAR - 4.0, handle_height));
        paint_handle(ui, handle, &response);
    }

    fn lower_bar_ui(&self, ui: &Ui, id: Id, room: Rect, area: Rect, last_left: f32, scroll: &mut Scroll) {
        let bar = Rect::from_min_max(pos2(area.left(), room.bottom() - BAR), pos2(area.right(), room.bottom()));
        let response = ui.interact(bar, id.with("lower bar"), Sense::click_and_drag());
        let handle_width =
            (bar.width() * area.width() / self.width).clamp(SHORTEST_HANDLE.min(bar.width()), bar.width());
        let way = (bar.width() - handle_width).max(1.0);
        if let Some(pointer) = response.interact_pointer_pos()
            && (response.dragged() || response.clicked())
        {
            scroll.left = ((pointer.x - bar.left() - handle_width / 2.0) / way).clamp(0.0, 1.0) * last_left;
        }
        let left = bar.left() + (scroll.left / last_left.max(1.0)).clamp(0.0, 1.0) * way;
        let handle = Rect::from_min_size(pos2(left, bar.top() + 2.0), vec2(handle_width, BAR - 4.0));
        paint_handle(ui, handle, &response);
    }
}

fn paint_handle(ui: &Ui, handle: Rect, response: &egui::Response) {
    let visuals = ui.visuals();
    let strength = if response.dragged() {
        0.8
    } else if response.hovered() {
        0.6
    } else {
        0.35
    };
    ui.painter().rect_filled(handle, 3.0, visuals.weak_text_color().gamma_multiply(strength));
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;

    use super::*;

    fn seen(count: usize, reveal: Option<usize>) -> Vec<usize> {
        let show = |ui: &mut Ui, seen: &mut Vec<usize>| {
            seen.clear();
            Rows { name: "test", count, height: 20.0, width: 0.0, reveal }.show(ui, |_, row, _| seen.push(row));
        };
        let harness = Harness::builder().with_size([200.0, 220.0]).build_ui_state(show, Vec::new());
        harness.state().clone()
    }

    #[test]
    fn only_rows_in_sight_are_drawn_and_the_last_of_many_is_reached() {
        assert_eq!(seen(3, None), [0, 1, 2]);
        let top = seen(50_000_000, None);
        assert!(top.len() < 15 && top[0] == 0, "{top:?}");
        let middle = seen(50_000_000, Some(33_333_333));
        assert!(middle.len() < 15 && middle.contains(&33_333_333), "{middle:?}");
        assert_eq!(seen(50_000_000, Some(49_999_999)).last(), Some(&49_999_999));
        assert!(seen(0, Some(4)).is_empty());
    }
}
