//! The little Markdown that the documentation of rules is written in: headings, paragraphs, lists, code.

use eframe::egui::{self, FontId, RichText, TextFormat, text::LayoutJob};

use crate::style;

/// Draws `text`, one block below the other.
pub fn markdown_ui(ui: &mut egui::Ui, text: &str) {
    let mut paragraph = String::new();
    let mut code: Option<String> = None;
    for line in text.lines().chain([""]) {
        if line.trim_start().starts_with("```") {
            flush(ui, &mut paragraph);
            match code.take() {
                Some(block) => code_ui(ui, &block),
                None => code = Some(String::new()),
            }
        } else if let Some(block) = &mut code {
            block.push_str(line);
            block.push('\n');
        } else if let Some(heading) = line.strip_prefix("## ") {
            flush(ui, &mut paragraph);
            ui.add_space(6.0);
            ui.label(RichText::new(heading).strong());
        } else if line.trim().is_empty() {
            flush(ui, &mut paragraph);
        } else if line.trim_start().starts_with("- ") {
            flush(ui, &mut paragraph);
            paragraph.push_str("•  ");
            paragraph.push_str(line.trim_start().trim_start_matches("- "));
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(line.trim());
        }
    }
    if let Some(block) = code {
        code_ui(ui, &block);
    }
}

fn code_ui(ui: &mut egui::Ui, block: &str) {
    egui::Frame::new().fill(ui.visuals().faint_bg_color).inner_margin(6.0).corner_radius(4.0).show(ui, |ui| {
        ui.add(egui::Label::new(RichText::new(block.trim_end()).monospace()).wrap());
    });
}

fn flush(ui: &mut egui::Ui, paragraph: &mut String) {
    if paragraph.is_empty() {
        return;
    }
    let job = inline(ui, paragraph);
    ui.add(egui::Label::new(job).wrap());
    paragraph.clear();
}

/// `code` in a line of text.
fn inline(ui: &egui::Ui, text: &str) -> LayoutJob {
    let colour = ui.visuals().text_color();
    let format = |font: FontId| TextFormat { font_id: font, color: colour, ..TextFormat::default() };
    let (body, mono) = (format(style::body(ui)), format(style::mono(ui)));
    let mut job = LayoutJob::default();
    for (place, piece) in text.split('`').enumerate() {
        let mut format = if place % 2 == 1 { mono.clone() } else { body.clone() };
        if place % 2 == 1 {
            format.background = ui.visuals().faint_bg_color;
        }
        job.append(piece, 0.0, format);
    }
    job
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn headings_paragraphs_and_code_are_told_apart() {
        let text = "## What it checks\nThe root\nis `conference-info`.\n\n```xml\n<a/>\n```\n- one";
        let harness = Harness::new_ui(|ui| markdown_ui(ui, text));
        harness.get_by_label("What it checks");
        harness.get_by_label("The root is conference-info.");
        harness.get_by_label("<a/>");
        harness.get_by_label("•  one");
    }
}
