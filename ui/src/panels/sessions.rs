//! The list on the left: captures, their conversations, and the sessions in these.

use eframe::egui::{
    self, Color32, Rect, RichText, Role, Sense, TextStyle, TextWrapMode, WidgetInfo, WidgetText, pos2, vec2,
};

use crate::command::Command;
use crate::digest::SessionLine;
use crate::panels::filter_menu;
use crate::row::{Row, Sort, Wish};
use crate::selection::Selection;
use crate::style;
use crate::widgets::filter_line::literal;
use crate::widgets::paint;
use rcshark::rules::Severity;

/// A row of two lines, and of one.
const HEIGHT: f32 = 46.0;
const HEADING_HEIGHT: f32 = 28.0;
const PART_HEIGHT: f32 = 19.0;
const PADDING: f32 = 10.0;

/// Search and sort order, above the list; has either changed?
pub fn wish_ui(ui: &mut egui::Ui, wish: &mut Wish) -> bool {
    let before = wish.clone();
    ui.horizontal(|ui| {
        let field = egui::TextEdit::singleline(&mut wish.search).hint_text("Search sessions");
        let width = (ui.available_width() - 132.0).max(60.0);
        let field = ui.add(field.desired_width(width)).on_hover_text("Subject, participant, kind or identifier");
        field.accessible_name("Search");
        let combo = egui::ComboBox::from_id_salt("sort").width(104.0).truncate().selected_text(wish.sort.title());
        let response = combo.show_ui(ui, |ui| {
            for sort in Sort::ALL {
                ui.selectable_value(&mut wish.sort, sort, sort.title());
            }
        });
        response.response.accessible_name("Sort order");
    });
    *wish != before
}

/// A click on a row asks to select it; `reveal` scrolls to the selected one. Only rows in sight are drawn.
pub fn sessions_ui(ui: &mut egui::Ui, rows: &[Row], selection: Selection, reveal: bool) -> Option<Command> {
    let mut command = None;
    let ends: Vec<f32> = rows
        .iter()
        .scan(0.0, |end, row| {
            *end += height(row);
            Some(*end)
        })
        .collect();
    egui::ScrollArea::vertical().auto_shrink(false).show_viewport(ui, |ui, viewport| {
        ui.set_height(ends.last().copied().unwrap_or_default());
        let area = ui.max_rect();
        let rect_of = |row: &Row, end: f32| {
            let top_left = pos2(area.left(), area.top() + end - height(row));
            Rect::from_min_size(top_left, vec2(area.width(), height(row)))
        };
        let mut all = rows.iter().zip(&ends);
        if reveal && let Some((row, &end)) = all.find(|(row, _)| row.target() == Some(selection)) {
            ui.scroll_to_rect_animation(rect_of(row, end), None, egui::style::ScrollAnimation::none());
        }
        let first = ends.partition_point(|end| *end <= viewport.top());
        for (place, (row, &end)) in rows.iter().zip(&ends).enumerate().skip(first) {
            if end - height(row) > viewport.bottom() {
                break;
            }
            let response = row_ui(ui, rect_of(row, end), place, row, selection);
            if response.clicked() {
                command = row.command();
            }
            if let Row::Session { line, .. } = row {
                response.context_menu(|ui| {
                    let mut asked = Vec::new();
                    filter_menu(ui, &mut asked, &format!("session.id == {}", literal(&line.id)));
                    command = asked.pop().or(command.take());
                });
            }
        }
    });
    command
}

fn height(row: &Row) -> f32 {
    match row {
        Row::Conversation(_) => HEADING_HEIGHT,
        Row::Part(_) => PART_HEIGHT,
        Row::Capture { .. } | Row::Session { .. } => HEIGHT,
    }
}

/// Draws one row.
fn row_ui(ui: &mut egui::Ui, rect: Rect, place: usize, row: &Row, selection: Selection) -> egui::Response {
    let target = row.target();
    let selected = target == Some(selection);
    let is_button = row.command().is_some();
    let sense = if is_button { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with(place), sense);
    response.widget_info(|| match is_button {
        true => WidgetInfo::selected(Role::Button, true, selected, spoken(row)),
        false => WidgetInfo::labeled(Role::Label, true, spoken(row)),
    });
    let visuals = ui.visuals();
    let background = if selected {
        visuals.selection.bg_fill
    } else if is_button && (response.hovered() || response.has_focus()) {
        visuals.widgets.hovered.weak_bg_fill
    } else if matches!(row, Row::Capture { .. }) {
        visuals.faint_bg_color
    } else {
        Color32::TRANSPARENT
    };
    let (strong, faint) = match selected {
        true => (visuals.selection.stroke.color, visuals.selection.stroke.color),
        false => (visuals.text_color(), visuals.weak_text_color()),
    };
    ui.painter().rect_filled(rect, 4.0, background);
    let inner = rect.shrink2(vec2(PADDING, 4.0));
    let (upper, lower) = inner.split_top_bottom_at_fraction(0.5);
    match row {
        Row::Capture { name, note, failed, .. } => {
            let colour = if *failed && !selected { visuals.error_fg_color } else { faint };
            line_ui(ui, upper, RichText::new(name).strong(), "".into(), strong);
            line_ui(ui, lower, RichText::new(note).small(), "".into(), colour);
        }
        Row::Conversation(_) => line_ui(ui, inner, RichText::new(spoken(row)).small(), "".into(), faint),
        Row::Part(part) => {
            let inner = Rect::from_min_max(pos2(inner.left() + 14.0, rect.top()), pos2(inner.right(), rect.bottom()));
            let note = RichText::new(&part.note).small();
            line_ui(ui, inner, RichText::new(&part.text).small(), note, faint);
        }
        Row::Session { line, tallies, .. } => {
            let (title, place) = (format!("{}  {}", line.id, line.title()), format!("{}  {}", line.kind, line.who));
            let mut upper = upper;
            let duration = line.duration.as_str();
            let width = paint::text_right(ui.painter(), upper, duration, style::body(ui), strong);
            upper.max.x -= width + PADDING;
            for severity in [Severity::Note, Severity::Warning, Severity::Error] {
                if tallies.of(severity) > 0 {
                    let colour = style::severity(ui.visuals(), severity);
                    let number = tallies.of(severity).to_string();
                    upper.max.x =
                        paint::badge(ui.painter(), upper.right_center(), &number, style::small(ui), colour) - 4.0;
                }
            }
            line_ui(ui, upper, RichText::new(title).strong(), "".into(), strong);
            line_ui(ui, lower, RichText::new(place).small(), RichText::new(&line.size).small(), faint);
        }
    }
    response
}

/// A row as it is read aloud.
fn spoken(row: &Row) -> String {
    match row {
        Row::Capture { name, note, .. } => format!("{name}, {note}"),
        Row::Conversation(Some(id)) => format!("Conversation {id}"),
        Row::Conversation(None) => "No Conversation-ID".into(),
        Row::Part(part) => format!("{} {}", part.text, part.note).trim().to_owned(),
        Row::Session { line, tallies, .. } => {
            let SessionLine { id, kind, who, duration, size, .. } = &**line;
            let findings = tallies.text();
            let separator = if findings.is_empty() { "" } else { ", " };
            format!("{id}, {kind}, {}, {who}, {duration}, {size}{separator}{findings}", line.title())
        }
    }
}

/// Text at the left, cut where the text at the right begins.
fn line_ui(ui: &egui::Ui, rect: Rect, left: RichText, right: RichText, colour: Color32) {
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

    fn session(session: usize, subject: &str) -> Row {
        let line = SessionLine {
            id: format!("s{}", session + 1),
            kind: "group",
            subject: Some(subject.into()),
            who: "sip:focus@example.com".into(),
            duration: "12.3 s".into(),
            size: "3 legs · 20 messages".into(),
            ..SessionLine::default()
        };
        let tallies = crate::findings::Tallies { errors: session % 2, ..Default::default() };
        Row::Session { selection: Selection::Session { capture: 0, session }, line: Arc::new(line), tallies }
    }

    #[test]
    fn clicking_a_session_asks_to_select_it() {
        let rows = [session(0, "Lunch"), session(1, "Dinner")];
        let show = |ui: &mut egui::Ui, asked: &mut Option<Command>| {
            *asked = sessions_ui(ui, &rows, Selection::Nothing, false).or(asked.take());
        };
        let mut harness = Harness::new_ui_state(show, None);
        harness.get_by_label_contains("s1, group, Lunch, sip:focus@example.com, 12.3 s");
        harness.get_by_label_contains("1 error").click();
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
