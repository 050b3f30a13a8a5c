//! One file per panel. A panel is a function of what there is and what is selected; it asks for [`Command`]s.

pub mod capture;
pub mod chat;
pub mod deliveries;
pub mod detail;
pub mod diff;
pub mod findings;
pub mod ladder;
pub mod live;
pub mod messages;
pub mod overview;
pub mod palette;
pub mod roster;
pub mod save;
pub mod sessions;
pub mod shortcuts;
pub mod start;
pub mod statements;
pub mod status;
pub mod timeline;
pub mod toolbar;
pub mod whole_ladder;

use eframe::egui;
use rcshark::wire::MessageId;

use crate::command::Command;
use crate::focus::Focus;
use crate::loading::Read;
use crate::text::grouped;

/// What panels read, and the list of what they ask for.
pub struct Scene<'a> {
    pub read: &'a Read,
    pub focus: &'a Focus,
    pub asked: &'a mut Vec<Command>,
}

impl Scene<'_> {
    pub fn ask(&mut self, command: Command) {
        self.asked.push(command);
    }

    /// Number of a message's first frame, as Wireshark numbers it.
    pub fn frame(&self, id: MessageId) -> u32 {
        let analysis = &self.read.analysis;
        analysis.capture.table.place(analysis.messages[id].frame).number
    }
}

/// Notes which change of the selection a list has scrolled to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Revealed(u64);

impl Revealed {
    /// The row to scroll to, if the selection has changed since the last call.
    pub fn row(&mut self, focus: &Focus, selected: Option<usize>) -> Option<usize> {
        selected.filter(|_| self.is_new(focus))
    }

    /// Has the selection changed since the last call?
    pub fn is_new(&mut self, focus: &Focus) -> bool {
        std::mem::replace(&mut self.0, focus.reveal) != focus.reveal
    }
}

/// What is shown while a thread works something out.
pub fn working_ui(ui: &mut egui::Ui, what: &str) {
    ui.horizontal(|ui| {
        ui.spinner();
        ui.label(what);
    });
}

/// Entries that make a filter of something.
pub fn filter_menu(ui: &mut egui::Ui, asked: &mut Vec<Command>, expression: &str) {
    ui.add(egui::Label::new(egui::RichText::new(crate::text::shown(expression)).monospace().small()).truncate());
    for command in [Command::Filter(expression.to_owned()), Command::FilterAlso(expression.to_owned())] {
        if ui.button(command.text()).on_hover_text(command.tooltip()).clicked() {
            asked.push(command);
            ui.close();
        }
    }
}

/// The menu of a message, wherever it is shown.
pub fn message_menu(ui: &mut egui::Ui, scene: &mut Scene<'_>, id: MessageId) {
    let select = Command::SelectMessage(id, None);
    let entries = [
        Command::FollowDialog,
        Command::FollowMessage,
        Command::MarkMessage,
        Command::CompareMarked,
        Command::CopyText,
        Command::CopyFrameFilter,
    ];
    for (place, command) in entries.into_iter().enumerate() {
        if place == 2 || place == 4 {
            ui.separator();
        }
        if ui.button(command.text()).on_hover_text(command.tooltip()).clicked() {
            scene.ask(select.clone());
            scene.ask(command);
            ui.close();
        }
    }
}

/// `12 of 3,456 messages`.
pub fn part_of(part: usize, all: usize, noun: &str) -> String {
    if part == all {
        return crate::text::count(all as u64, noun);
    }
    format!("{} of {}", grouped(part as u64), crate::text::count(all as u64, noun))
}
