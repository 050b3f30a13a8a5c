//! The message as a tree that opens and closes.

use std::collections::HashSet;
use std::ops::Range;

use eframe::egui::{self, Rect, Sense, Shape, Stroke, Ui, pos2, vec2};
use rcshark::view::Node;

use crate::command::Command;
use crate::message_view::MessageView;
use crate::panels::{Revealed, Scene, filter_menu};
use crate::style;
use crate::text::shown;
use crate::widgets::filter_line::literal;
use crate::widgets::paint;
use crate::widgets::rows::Rows;

const ROW: f32 = 19.0;
const INDENT: f32 = 14.0;

#[derive(Default)]
pub struct TreeState {
    /// Nodes that are not as they are at first: headers closed, bodies open.
    turned: HashSet<usize>,
}

/// At first only header fields with parameters are closed.
fn is_open(node: &Node, place: usize, state: &TreeState) -> bool {
    node.is_header == state.turned.contains(&place)
}

pub fn tree_ui(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    message: &MessageView,
    marked: Option<&Range<usize>>,
    state: &mut TreeState,
    revealed: &mut Revealed,
) {
    let selected = marked.and_then(|range| message.node_of(range));
    let is_new = revealed.is_new(scene.focus);
    if let Some(selected) = selected.filter(|_| is_new) {
        open_above(message, selected, state);
    }
    let rows = visible(message, state);
    let at = selected.and_then(|selected| rows.iter().position(|&place| place == selected));
    let reveal = at.filter(|_| is_new);
    let list = Rows { name: "tree", count: rows.len(), height: ROW, width: 0.0, reveal };
    let mut turned = None;
    let mut menus = Vec::new();
    list.show(ui, |ui, row, rect| {
        let Some((place, node)) = rows.get(row).and_then(|&place| Some((place, message.nodes.get(place)?))) else {
            return;
        };
        let is_selected = selected == Some(place);
        let response = ui.interact(rect, ui.scope_id().with(("node", place)), Sense::click());
        let value = shown(&node.value);
        paint::speak_row(&response, is_selected, || format!("{}: {value}", node.name));
        paint::row_background(ui, rect, &response, is_selected, false);
        let left = rect.left() + 4.0 + node.depth as f32 * INDENT;
        let open = is_open(node, place, state);
        if node.is_group && has_children(message, place) {
            triangle(ui, pos2(left + 5.0, rect.center().y), open);
        }
        let inner = Rect::from_min_max(pos2(left + 14.0, rect.top()), rect.max);
        let name = if node.value.is_empty() { shown(&node.name) } else { format!("{}: ", shown(&node.name)) };
        let colour = paint::row_text(ui, is_selected, name_colour(ui, node));
        let width = paint::text(ui.painter(), inner, &name, style::body(ui), colour);
        let rest = Rect::from_min_max(pos2(inner.left() + width, inner.top()), inner.max);
        let text = paint::row_text(ui, is_selected, ui.visuals().text_color());
        paint::text(ui.painter(), rest, &value, style::body(ui), text);
        if response.clicked() {
            let at = response.interact_pointer_pos();
            let on_triangle = at.is_some_and(|at| at.x < left + 13.0);
            if (on_triangle && node.is_group) || response.double_clicked() {
                turned = Some(place);
            } else {
                scene.ask(Command::MarkBytes(Some(node.range.clone())));
            }
        }
        menus.push((place, response));
    });
    for (place, response) in menus {
        if let Some(node) = message.nodes.get(place) {
            menu_ui(scene, node, &response);
        }
    }
    if let Some(place) = turned
        && !state.turned.remove(&place)
    {
        state.turned.insert(place);
    }
}

fn name_colour(ui: &Ui, node: &Node) -> egui::Color32 {
    if node.name.starts_with('<') {
        style::series(ui.visuals(), 3)
    } else if node.name.starts_with('@') {
        style::series(ui.visuals(), 1)
    } else if node.is_header || !node.is_group {
        style::sip(ui.visuals())
    } else {
        ui.visuals().strong_text_color()
    }
}

fn menu_ui(scene: &mut Scene<'_>, node: &Node, response: &egui::Response) {
    response.context_menu(|ui| {
        if let Some(expression) = expression(node) {
            filter_menu(ui, scene.asked, &expression);
        }
        if ui.button("Copy the value").clicked() {
            scene.ask(Command::Copy(node.value.clone()));
            ui.close();
        }
    });
}

/// A filter for messages with the same value.
fn expression(node: &Node) -> Option<String> {
    let value = literal(&node.value);
    let field = match node.name.to_ascii_lowercase().as_str() {
        "to-path" => "msrp.to_path".into(),
        "from-path" => "msrp.from_path".into(),
        "message-id" => "msrp.message_id".into(),
        "byte-range" => "msrp.byte_range".into(),
        "transaction-id" => "msrp.transaction_id".into(),
        "request-uri" => "sip.request_uri".into(),
        "method" => return Some(format!("(sip.method == {value} || msrp.method == {value})")),
        "call-id" | "i" => "sip.call_id".into(),
        "content-type" | "c" => "content_type".into(),
        "<message-id>" => "imdn.message_id".into(),
        name if node.is_header && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-') => {
            format!("sip.header.{}", node.name)
        }
        _ => return Some(format!("body contains {value}")).filter(|_| !node.value.is_empty() && !node.is_header),
    };
    Some(format!("{field} == {value}"))
}

fn has_children(message: &MessageView, place: usize) -> bool {
    let depth = |place: usize| message.nodes.get(place).map(|node| node.depth);
    depth(place + 1) > depth(place)
}

/// The places of the nodes that are in open ones.
fn visible(message: &MessageView, state: &TreeState) -> Vec<usize> {
    let mut rows = Vec::new();
    let mut closed: Option<usize> = None;
    for (place, node) in message.nodes.iter().enumerate() {
        if closed.is_some_and(|depth| node.depth > depth) {
            continue;
        }
        closed = (!is_open(node, place, state)).then_some(node.depth);
        rows.push(place);
    }
    rows
}

/// Opens what holds the node.
fn open_above(message: &MessageView, selected: usize, state: &mut TreeState) {
    let Some(mut depth) = message.nodes.get(selected).map(|node| node.depth) else { return };
    for place in (0..selected).rev() {
        let Some(node) = message.nodes.get(place) else { return };
        if node.depth < depth {
            depth = node.depth;
            if !is_open(node, place, state) && !state.turned.remove(&place) {
                state.turned.insert(place);
            }
        }
        if depth == 0 {
            return;
        }
    }
}

fn triangle(ui: &Ui, at: egui::Pos2, open: bool) {
    let points = if open {
        vec![at + vec2(-3.5, -2.0), at + vec2(3.5, -2.0), at + vec2(0.0, 3.0)]
    } else {
        vec![at + vec2(-2.0, -3.5), at + vec2(3.0, 0.0), at + vec2(-2.0, 3.5)]
    };
    ui.painter().add(Shape::convex_polygon(points, ui.visuals().weak_text_color(), Stroke::NONE));
}
