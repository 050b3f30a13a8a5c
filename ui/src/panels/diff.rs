//! Two marked messages side by side, line by line.

use eframe::egui::{Color32, Rect, Sense, Ui, pos2, vec2};
use rcshark::wire::MessageId;

use super::Scene;
use crate::message_view::{MessageView, printable};
use crate::style;
use crate::widgets::paint;
use crate::widgets::rows::Rows;

const ROW: f32 = 17.0;

/// Lines that are compared; beyond them two messages stand line beside line.
const MAX_COMPARED_LINES: usize = 2_000;

#[derive(Default)]
pub struct DiffState {
    /// Which messages, and of which analysis by its address.
    made_for: (Vec<MessageId>, usize),
    heads: [String; 2],
    rows: Vec<[Option<String>; 2]>,
}

/// Compares the marked messages.
pub fn diff_ui(ui: &mut Ui, scene: &mut Scene<'_>, state: &mut DiffState) {
    let marked = &scene.focus.marked;
    let [a, b] = marked[..] else {
        paint::empty(ui, "Mark two messages", "M marks the selected message; two marked ones are compared here.");
        return;
    };
    let key = (marked.clone(), std::sync::Arc::as_ptr(&scene.read.analysis) as usize);
    if state.made_for != key {
        *state = DiffState { made_for: key, ..DiffState::default() };
        let analysis = &scene.read.analysis;
        if let (Some(a), Some(b)) = (MessageView::new(analysis, a), MessageView::new(analysis, b)) {
            let frame = |id| scene.frame(id);
            state.heads = [&a, &b].map(|one| format!("frame {}: {}", frame(one.id), one.title));
            state.rows = compare(&lines(&a), &lines(&b));
        }
    }
    let (head, _) = ui.allocate_exact_size(vec2(ui.available_width(), style::ROW_HEIGHT), Sense::hover());
    for (place, text) in halves(head).into_iter().zip(&state.heads) {
        paint::text(ui.painter(), place, text, style::body(ui), ui.visuals().strong_text_color());
    }
    ui.painter().rect_filled(ui.available_rect_before_wrap(), 3.0, ui.visuals().extreme_bg_color);
    let rows = Rows { name: "diff", count: state.rows.len(), height: ROW, width: 0.0, reveal: None };
    rows.show(ui, |ui, row, rect| {
        let Some(pair) = state.rows.get(row) else { return };
        let same = pair[0] == pair[1];
        let response = ui.interact(rect, ui.scope_id().with(("diff", row)), Sense::hover());
        response.widget_info(|| {
            let [a, b] = pair.each_ref().map(|text| text.as_deref().unwrap_or("nothing"));
            let text = if same { a.to_owned() } else { format!("{a} | {b}") };
            eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Label, true, text)
        });
        for (side, (place, text)) in halves(rect).into_iter().zip(pair).enumerate() {
            let tint = match (same, text) {
                (true, _) => Color32::TRANSPARENT,
                (false, None) => ui.visuals().faint_bg_color,
                (false, Some(_)) if side == 0 => ui.visuals().error_fg_color.gamma_multiply(0.16),
                (false, Some(_)) => style::msrp(ui.visuals()).gamma_multiply(0.18),
            };
            ui.painter().rect_filled(place.expand2(vec2(4.0, 0.0)), 0.0, tint);
            let colour = if same { ui.visuals().weak_text_color() } else { ui.visuals().text_color() };
            paint::text(ui.painter(), place, text.as_deref().unwrap_or_default(), style::mono(ui), colour);
        }
    });
}

fn halves(rect: Rect) -> [Rect; 2] {
    let middle = rect.center().x;
    [
        Rect::from_min_max(pos2(rect.left() + 6.0, rect.top()), pos2(middle - 8.0, rect.bottom())),
        Rect::from_min_max(pos2(middle + 8.0, rect.top()), pos2(rect.right() - 4.0, rect.bottom())),
    ]
}

fn lines(message: &MessageView) -> Vec<String> {
    message.lines.iter().map(|line| printable(&message.raw, line.range.clone()).0).collect()
}

/// Lines beside each other: the same ones, changed ones, and those that only one message has.
fn compare(a: &[String], b: &[String]) -> Vec<[Option<String>; 2]> {
    let is_long = a.len().max(b.len()) > MAX_COMPARED_LINES;
    if is_long {
        let row = |place: usize| [a.get(place).cloned(), b.get(place).cloned()];
        return (0..a.len().max(b.len())).map(row).collect();
    }
    // The longest common subsequence, from the end.
    let mut longest = vec![vec![0u16; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i][j] =
                if a[i] == b[j] { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut rows = Vec::new();
    let (mut only_a, mut only_b): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let flush = |only_a: &mut Vec<String>, only_b: &mut Vec<String>, rows: &mut Vec<[Option<String>; 2]>| {
        let count = only_a.len().max(only_b.len());
        rows.extend((0..count).map(|place| [only_a.get(place).cloned(), only_b.get(place).cloned()]));
        only_a.clear();
        only_b.clear();
    };
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            flush(&mut only_a, &mut only_b, &mut rows);
            rows.push([Some(a[i].clone()), Some(b[j].clone())]);
            i += 1;
            j += 1;
        } else if j >= b.len() || (i < a.len() && longest[i + 1][j] >= longest[i][j + 1]) {
            only_a.push(a[i].clone());
            i += 1;
        } else {
            only_b.push(b[j].clone());
            j += 1;
        }
    }
    flush(&mut only_a, &mut only_b, &mut rows);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_stand_beside_each_other() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let rows = compare(&lines("a b c d"), &lines("a x c e d"));
        let texts: Vec<String> = rows
            .iter()
            .map(|[a, b]| format!("{}|{}", a.as_deref().unwrap_or("-"), b.as_deref().unwrap_or("-")))
            .collect();
        assert_eq!(texts, ["a|a", "b|x", "c|c", "-|e", "d|d"]);
    }
}
