//! Where to write something: a path that is typed or chosen.

use std::path::{Path, PathBuf};

use eframe::egui::{self, Id, Key, Modal};

use crate::command::LadderFormat;

/// What is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// The frames of the session with this number.
    Pcapng(usize),
    Html,
    Ladder(LadderFormat),
    /// The window.
    Picture,
    /// What was captured live.
    Recording,
}

impl Export {
    fn title(self) -> &'static str {
        match self {
            Export::Pcapng(_) => "Export the session as pcapng",
            Export::Html => "Export a report as HTML",
            Export::Ladder(_) => "Export the ladder",
            Export::Picture => "Export the window as PNG",
            Export::Recording => "Save the live capture",
        }
    }

    pub fn extension(self) -> &'static str {
        match self {
            Export::Pcapng(_) | Export::Recording => "pcapng",
            Export::Html => "html",
            Export::Ladder(format) => format.extension(),
            Export::Picture => "png",
        }
    }
}

#[derive(Debug)]
pub struct Save {
    pub what: Export,
    pub path: String,
}

pub enum Answer {
    Open,
    Close,
    /// Ask with a file dialog.
    Browse,
    Write(Export, PathBuf),
}

impl Save {
    /// Proposes a name beside the capture.
    pub fn new(what: Export, capture: Option<&Path>, session: &str) -> Save {
        let name = capture.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_else(|| "capture".into());
        let stem = name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("capture");
        let stem = if session.is_empty() { stem.to_owned() } else { format!("{stem}-{session}") };
        let file = format!("{stem}.{}", what.extension());
        let path = capture.and_then(Path::parent).map_or_else(|| PathBuf::from(&file), |folder| folder.join(&file));
        Save { what, path: path.display().to_string() }
    }

    pub fn show(&mut self, ui: &egui::Ui) -> Answer {
        let modal = Modal::new(Id::unique("save")).show(ui, |ui| {
            ui.set_width(560.0);
            ui.heading(self.what.title());
            ui.add_space(6.0);
            let label = ui.label("File");
            let field = egui::TextEdit::singleline(&mut self.path).desired_width(f32::INFINITY);
            let field = ui.add(field).labelled_by(label.id);
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if !entered && ui.memory(|memory| memory.focused().is_none()) {
                field.request_focus();
            }
            let is_there = Path::new(self.path.trim()).exists();
            if is_there {
                ui.colored_label(ui.visuals().warn_fg_color, "There is such a file: it will be replaced.");
            }
            ui.add_space(6.0);
            let mut answer = Answer::Open;
            ui.horizontal(|ui| {
                let save = ui.add_enabled(!self.path.trim().is_empty(), egui::Button::new("Save"));
                if save.clicked() || (entered && !self.path.trim().is_empty()) {
                    answer = Answer::Write(self.what, self.path.trim().into());
                }
                if ui.button("Browse…").clicked() {
                    answer = Answer::Browse;
                }
                if ui.button("Cancel").clicked() {
                    answer = Answer::Close;
                }
            });
            answer
        });
        match modal.inner {
            Answer::Open if modal.should_close() => Answer::Close,
            ref _other => modal.inner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proposed_name_stands_beside_the_capture() {
        let save = Save::new(Export::Pcapng(0), Some(Path::new("/c/chat.pcapng.gz")), "s1");
        assert_eq!(save.path, "/c/chat-s1.pcapng");
        assert_eq!(Save::new(Export::Html, None, "").path, "capture.html");
    }
}
