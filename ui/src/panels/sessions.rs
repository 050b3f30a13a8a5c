//! The list on the left: captures, their conversations, and the sessions in these.

use eframe::egui::{
    self, Color32, Rect, RichText, Role, Sense, TextStyle, TextWrapMode, WidgetInfo, WidgetText, pos2, vec2,
};

use crate::command::Command;
use crate::opened::Row;
use crate::selection::Selection;

/// All rows are of one height, so that only those in sight need to be looked at.
const ROW_HEIGHT: f32 = 46.0;
const PADDING: f32 = 10.0;

/// A click on a row asks to select it; `reveal` scrolls to the selected one.
pub fn sessions_ui(ui: &mut egui::Ui, rows: &[Row], selection: Selection, reveal: bool) -> Option<Command> {
    let mut command = None;
    egui::ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, viewport| {
        ui.set_height(ROW_HEIGHT * rows.len() as f32);
        let area = ui.max_rect();
        let rect_of = |place: usize| {
            let top = area.top() + ROW_HEIGHT * place as f32;
            Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), ROW_HEIGHT))
        };
        if reveal && let Some(place) = rows.iter().position(|row| row.target() == Some(selection)) {
            ui.scroll_to_rect_animation(rect_of(place), None, egui::style::ScrollAnimation::none());
        }
        let first = (viewport.top() / ROW_HEIGHT) as usize;
        let in_sight = (viewport.height() / ROW_HEIGHT) as usize + 2;
        for (place, row) in rows.iter().enumerate().skip(first).take(in_sight) {
            if row_ui(ui, rect_of(place), place, row, selection) {
                command = row.target().map(Command::Select);
            }
        }
    });
    command
}

/// Draws one row; was it clicked?
fn row_ui(ui: &mut egui::Ui, rect: Rect, place: usize, row: &Row, selection: Selection) -> bool {
    let (label, top, bottom) = match row {
        Row::Capture { name, note, failed, .. } => {
            let note_text = RichText::new(note).small();
            let note_text = if *failed { note_text.color(ui.visuals().error_fg_color) } else { note_text };
            let top = (RichText::new(name).strong(), RichText::default());
            (format!("{name}, {note}"), top, (note_text, RichText::default()))
        }
        Row::Conversation(id) => {
            let label = match id {
                Some(id) => format!("Conversation {id}"),
                None => "No Conversation-ID".to_owned(),
            };
            let bottom = (RichText::new(&label).small(), RichText::default());
            (label, (RichText::default(), RichText::default()), bottom)
        }
        Row::Session { line, .. } => {
            let top = (RichText::new(format!("{}  {}", line.id, line.title())), RichText::new(&line.duration));
            let bottom =
                (RichText::new(format!("{}  {}", line.kind, line.who)).small(), RichText::new(&line.size).small());
            (line.spoken(), top, bottom)
        }
    };
    let target = row.target();
    let selected = target == Some(selection);
    let sense = if target.is_some() { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with(place), sense);
    response.widget_info(|| match target {
        Some(_) => WidgetInfo::selected(Role::Button, true, selected, &label),
        None => WidgetInfo::labeled(Role::Label, true, &label),
    });
    let visuals = ui.visuals();
    if selected {
        ui.painter().rect_filled(rect, 4.0, visuals.selection.bg_fill);
    } else if target.is_some() && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, 4.0, visuals.widgets.hovered.weak_bg_fill);
    }
    let inner = rect.shrink2(vec2(PADDING, 4.0));
    let (upper, lower) = inner.split_top_bottom_at_fraction(0.5);
    let (colour, faint) = match selected {
        true => (visuals.selection.stroke.color, visuals.selection.stroke.color),
        false => (visuals.text_color(), visuals.weak_text_color()),
    };
    line_ui(ui, upper, top, colour);
    line_ui(ui, lower, bottom, faint);
    response.clicked()
}

/// Text at the left, cut where the text at the right begins.
fn line_ui(ui: &egui::Ui, rect: Rect, (left, right): (RichText, RichText), colour: Color32) {
    let galley = |text: RichText, width: f32| {
        WidgetText::from(text).into_galley(ui, Some(TextWrapMode::Truncate), width, TextStyle::Body)
    };
    let right = galley(right, rect.width());
    let left = galley(left, (rect.width() - right.size().x - PADDING).max(0.0));
    let top_of = |galley: &egui::Galley| rect.center().y - galley.size().y / 2.0;
    let right_at = pos2(rect.right() - right.size().x, top_of(&right));
    let left_at = pos2(rect.left(), top_of(&left));
    ui.painter().galley(right_at, right, colour);
    ui.painter().galley(left_at, left, colour);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::digest::SessionLine;

    fn session(session: usize, subject: &str) -> Row {
        let line = SessionLine {
            id: format!("s{}", session + 1),
            kind: "group",
            subject: Some(subject.into()),
            who: "sip:focus@example.com".into(),
            duration: "12.3 s".into(),
            size: "3 legs · 20 messages".into(),
            conversation_id: None,
        };
        Row::Session { selection: Selection::Session { capture: 0, session }, line: Arc::new(line) }
    }

    #[test]
    fn clicking_a_session_asks_to_select_it() {
        let rows = [session(0, "Lunch"), session(1, "Dinner")];
        let show = |ui: &mut egui::Ui, asked: &mut Option<Command>| {
            *asked = sessions_ui(ui, &rows, Selection::Nothing, false).or(asked.take());
        };
        let mut harness = Harness::new_ui_state(show, None);
        harness.get_by_label_contains("s1, group, Lunch, sip:focus@example.com, 12.3 s");
        harness.get_by_label_contains("Dinner").click();
        harness.run();
        let dinner = Selection::Session { capture: 0, session: 1 };
        assert_eq!(harness.state(), &Some(Command::Select(dinner)));
    }

    #[test]
    fn only_rows_in_sight_are_drawn_and_the_selected_one_is_scrolled_to() {
        let rows: Vec<Row> = (0..10_000).map(|number| session(number, &format!("Subject {number}."))).collect();
        let show = |ui: &mut egui::Ui, revealed: &mut Option<Selection>| {
            sessions_ui(ui, &rows, revealed.unwrap_or_default(), revealed.is_some());
            *revealed = None;
        };
        let mut harness = Harness::new_ui_state(show, None);
        assert!(harness.query_by_label_contains("Subject 0.").is_some());
        assert!(harness.query_by_label_contains("Subject 7000.").is_none());
        *harness.state_mut() = Some(Selection::Session { capture: 0, session: 7_000 });
        harness.run();
        assert!(harness.query_by_label_contains("Subject 7000.").is_some());
        assert!(harness.query_by_label_contains("Subject 0.").is_none());
    }
}
