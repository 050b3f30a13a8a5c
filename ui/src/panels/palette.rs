//! The command palette: a few letters find a command or a session.

use eframe::egui::{self, Align2, Id, Key, Modal, Modifiers, RichText};

use crate::command::Command;
use crate::row::Row;

/// Entries that are listed at once.
const LISTED: usize = 14;

#[derive(Debug, Default)]
pub struct Palette {
    typed: String,
    chosen: usize,
}

/// What the palette did.
pub enum Answer {
    Open,
    Close,
    Run(Command),
}

impl Palette {
    /// Shows the palette over the window; the sessions of `rows` can be found too.
    pub fn show(&mut self, ui: &egui::Ui, rows: &[Row]) -> Answer {
        let found = found(&self.typed, rows);
        let last = found.len().min(LISTED).saturating_sub(1);
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::ArrowDown) {
            self.chosen = (self.chosen + 1).min(last);
        }
        if pressed(Key::ArrowUp) {
            self.chosen = self.chosen.saturating_sub(1);
        }
        let mut run = pressed(Key::Enter).then_some(self.chosen);
        let area = Modal::default_area(Id::unique("palette")).anchor(Align2::CENTER_TOP, [0.0, 70.0]);
        let modal = Modal::new(Id::unique("palette")).area(area).show(ui, |ui| {
            ui.set_width(520.0);
            let field = egui::TextEdit::singleline(&mut self.typed).hint_text("a command, or a session");
            let field = ui.add(field.desired_width(f32::INFINITY)).accessible_name("Find a command");
            field.request_focus();
            if field.changed() {
                self.chosen = 0;
            }
            ui.add_space(4.0);
            if found.is_empty() {
                ui.weak("Nothing is called so.");
            }
            for (place, (name, about, command)) in found.iter().take(LISTED).enumerate() {
                let keys = command.shortcuts().first().map(|shortcut| ui.format_shortcut(shortcut));
                let button = egui::Button::selectable(place == self.chosen, RichText::new(name))
                    .shortcut_text(keys.unwrap_or_default())
                    .min_size([ui.available_width(), 0.0].into());
                if ui.add(button).on_hover_text(about).accessible_name(name.clone()).clicked() {
                    run = Some(place);
                }
            }
            let more = found.len().saturating_sub(LISTED);
            if more > 0 {
                ui.weak(format!("{more} more"));
            }
        });
        match run.and_then(|place| found.into_iter().nth(place)) {
            Some((_, _, command)) => Answer::Run(command),
            None if modal.should_close() => Answer::Close,
            None => Answer::Open,
        }
    }
}

/// Commands and sessions whose names hold the typed words; name, what it is about, and what it does.
fn found(typed: &str, rows: &[Row]) -> Vec<(String, String, Command)> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let commands = Command::all().into_iter().filter(|command| *command != Command::TogglePalette);
    let commands = commands.map(|command| (command.text().to_owned(), command.tooltip().to_owned(), command));
    let sessions = rows.iter().filter_map(|row| match row {
        Row::Session { selection, line, .. } => {
            let name = format!("Session {}: {}", line.id, line.title());
            Some((name, line.who.clone(), Command::Select(*selection)))
        }
        Row::Capture { .. } | Row::Conversation(_) | Row::Part(_) => None,
    });
    let fits = |(name, about, _): &(String, String, Command)| {
        let text = format!("{name} {about}").to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let mut found: Vec<_> = commands.chain(sessions).filter(fits).collect();
    // What is called so comes before what only tells of it.
    let first = words.first().cloned().unwrap_or_default();
    found.sort_by_key(|(name, ..)| {
        let name = name.to_lowercase();
        (!name.starts_with(&first), !words.iter().all(|word| name.contains(word.as_str())))
    });
    found
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;

    #[test]
    fn what_is_called_so_comes_first() {
        let names = |typed: &str| -> Vec<String> { found(typed, &[]).into_iter().map(|(name, ..)| name).collect() };
        assert_eq!(names("lad").first().map(String::as_str), Some("Ladder"));
        assert_eq!(names("export svg"), ["Export the ladder as SVG…"]);
        assert_eq!(names("zzz"), [] as [&str; 0]);
    }

    #[test]
    fn enter_runs_what_is_chosen() {
        let show = |ui: &mut egui::Ui, state: &mut (Palette, Option<Command>)| {
            if let Answer::Run(command) = state.0.show(ui, &[]) {
                state.1 = Some(command);
            }
        };
        let mut harness = Harness::new_ui_state(show, (Palette::default(), None));
        harness.run();
        harness.get_by_label("Find a command").type_text("dark");
        harness.run();
        harness.key_press(Key::Enter);
        harness.run();
        assert_eq!(harness.state().1, Some(Command::SwitchTheme));
    }
}
