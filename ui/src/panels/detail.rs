//! The selected message below: as a tree, as text, and as bytes. What is selected in one is marked in the others.

mod hex;
mod text;
mod tree;

use eframe::egui::{self, Ui};
use rcshark::wire::MessageId;

use super::{Revealed, Scene, diff, message_menu};
use crate::command::Command;
use crate::message_view::MessageView;
use crate::text::grouped;
use crate::widgets::paint;

/// From this width on, text and bytes stand side by side.
const WIDE: f32 = 1_150.0;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Text,
    Hex,
    Diff,
}

#[derive(Default)]
pub struct DetailState {
    mode: Mode,
    shown: Option<MessageView>,
    /// The analysis that it is of, by its address.
    of: usize,
    tree: tree::TreeState,
    /// Which change of the selection each part has scrolled to.
    in_tree: Revealed,
    in_text: Revealed,
    in_hex: Revealed,
    diff: diff::DiffState,
}

impl DetailState {
    /// Shows the two marked messages side by side.
    pub fn compare(&mut self) {
        self.mode = Mode::Diff;
    }

    /// There is a later analysis, in which the message that is shown is `message`: the tree stays as it was opened.
    pub fn renew(&mut self, analysis: &std::sync::Arc<rcshark::Analysis>, message: Option<MessageId>) {
        if self.shown.is_some() {
            self.of = std::sync::Arc::as_ptr(analysis) as usize;
            self.shown = message.and_then(|id| MessageView::new(analysis, id));
        }
        self.diff = diff::DiffState::default();
    }

    /// Another capture is shown: nothing of the old one may stay.
    pub fn forget(&mut self) {
        *self = DetailState { mode: Mode::Text, ..DetailState::default() };
    }
}

/// Shows the selected message.
pub fn detail_ui(ui: &mut Ui, scene: &mut Scene<'_>, state: &mut DetailState) {
    let Some(id) = scene.focus.message else {
        paint::empty(ui, "No message is selected", "Select one in any view: its bytes are shown here.");
        return;
    };
    let of = std::sync::Arc::as_ptr(&scene.read.analysis) as usize;
    if state.of != of || state.shown.as_ref().is_none_or(|shown| shown.id != id) {
        state.of = of;
        state.shown = MessageView::new(&scene.read.analysis, id);
        state.tree = tree::TreeState::default();
    }
    let DetailState { mode, shown, tree, in_tree, in_text, in_hex, diff, .. } = state;
    let Some(message) = shown.as_mut() else { return };
    head_ui(ui, scene, message, mode);
    if *mode == Mode::Diff {
        diff::diff_ui(ui, scene, diff);
        return;
    }
    let marked = scene.focus.bytes.clone();
    let width = ui.available_width();
    egui::Panel::left("tree")
        .resizable(true)
        .default_size(width * 0.4)
        .size_range(160.0..=(width - 200.0).max(180.0))
        .frame(egui::Frame::new().inner_margin(egui::Margin { left: 0, right: 4, top: 0, bottom: 0 }))
        .show(ui, |ui| tree::tree_ui(ui, scene, message, marked.as_ref(), tree, in_tree));
    if width >= WIDE {
        egui::Panel::right("hex")
            .resizable(true)
            .default_size((width * 0.28).max(480.0))
            .size_range(300.0..=(width * 0.5))
            .frame(egui::Frame::new().inner_margin(egui::Margin { left: 4, right: 0, top: 0, bottom: 0 }))
            .show(ui, |ui| hex::hex_ui(ui, scene, message, marked.as_ref(), in_hex));
        text::text_ui(ui, scene, message, marked.as_ref(), in_text);
    } else if *mode == Mode::Hex {
        hex::hex_ui(ui, scene, message, marked.as_ref(), in_hex);
    } else {
        text::text_ui(ui, scene, message, marked.as_ref(), in_text);
    }
}

fn head_ui(ui: &mut Ui, scene: &mut Scene<'_>, message: &MessageView, mode: &mut Mode) {
    let is_wide = ui.available_width() >= WIDE;
    ui.horizontal(|ui| {
        let title = egui::RichText::new(&message.title).strong();
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.menu_button("Message", |ui| message_menu(ui, scene, message.id));
            let compared = scene.focus.marked.len();
            ui.selectable_value(mode, Mode::Diff, format!("Compare ({compared})"))
                .on_hover_text("Two messages that were marked with M, side by side");
            if is_wide {
                let is_bytes = *mode != Mode::Diff;
                if ui.selectable_label(is_bytes, "Text and hex").clicked() {
                    *mode = Mode::Text;
                }
            } else {
                ui.selectable_value(mode, Mode::Hex, "Hex");
                ui.selectable_value(mode, Mode::Text, "Text");
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(title).truncate());
                ui.add(egui::Label::new(egui::RichText::new(&message.about).small().weak()).truncate());
                if message.left_out > 0 {
                    let text = format!("{} bytes more are not shown", grouped(message.left_out as u64));
                    ui.colored_label(ui.visuals().warn_fg_color, text);
                }
            });
        });
    });
}

/// Asks to mark the smallest thing that holds `byte`.
fn ask_to_mark(scene: &mut Scene<'_>, message: &MessageView, byte: usize) {
    let node = message.node_at(byte).and_then(|place| message.nodes.get(place));
    let range = node.map_or(byte..byte + 1, |node| node.range.clone());
    scene.ask(Command::MarkBytes(Some(range)));
}
