//! What happened, a line per event.

use eframe::egui::Ui;

use crate::command::Command;
use crate::focus::Focus;
use crate::panels::{Revealed, Scene, message_menu, working_ui};
use crate::session_view::SessionView;
use crate::style;
use crate::text::{seconds, shown};
use crate::widgets::grid::{Cell, Grid, Heading, Line};

const EVENT_COLUMNS: [Heading; 4] = [("Time", 86.0), ("Frame", 58.0), ("Who", 130.0), ("What", 300.0)];

pub fn events_ui(ui: &mut Ui, scene: &mut Scene<'_>, session: &mut SessionView, revealed: &mut Revealed) {
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
    let reveal = revealed.row(scene.focus, selected.or(near));
    let analysis = &scene.read.analysis.clone();
    let visuals = ui.visuals().clone();
    let grid = Grid { name: "events", columns: &EVENT_COLUMNS, count: events.len(), reveal };
    let make = |row: usize| {
        let Some(event) = events.get(row) else {
            return Line::of(Vec::new());
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
