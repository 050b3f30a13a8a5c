//! What panels ask for and [`crate::app::App`] does.

use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};

use crate::selection::Selection;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Ask the user for captures.
    Choose,
    /// Open these captures in place of those that are open.
    Open(Vec<PathBuf>),
    /// Stop reading; what was read stays.
    Cancel,
    Select(Selection),
    SelectPrevious,
    SelectNext,
    SwitchTheme,
}

impl Command {
    /// Those that a key can ask for.
    pub const WITH_SHORTCUT: [Command; 4] =
        [Command::Choose, Command::SelectPrevious, Command::SelectNext, Command::SwitchTheme];

    /// As on a button or in a menu.
    pub fn text(&self) -> &'static str {
        match self {
            Command::Choose => "Open…",
            Command::Open(_) => "Open",
            Command::Cancel => "Cancel",
            Command::Select(_) => "Show",
            Command::SelectPrevious => "Previous session",
            Command::SelectNext => "Next session",
            Command::SwitchTheme => "Dark or light",
        }
    }

    pub fn tooltip(&self) -> &'static str {
        match self {
            Command::Choose => "Choose captures to open in place of these",
            Command::Open(_) => "Open the capture or folder at this path",
            Command::Cancel => "Stop reading; what was read so far is shown",
            Command::Select(_) => "Show it in the middle of the window",
            Command::SelectPrevious => "Select what stands above in the list",
            Command::SelectNext => "Select what stands below in the list",
            Command::SwitchTheme => "Switch between dark and light colours",
        }
    }

    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        match self {
            Command::Choose => Some(KeyboardShortcut::new(Modifiers::COMMAND, Key::O)),
            Command::SelectPrevious => Some(KeyboardShortcut::new(Modifiers::NONE, Key::ArrowUp)),
            Command::SelectNext => Some(KeyboardShortcut::new(Modifiers::NONE, Key::ArrowDown)),
            Command::SwitchTheme => Some(KeyboardShortcut::new(Modifiers::COMMAND, Key::T)),
            Command::Open(_) | Command::Cancel | Command::Select(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_with_a_shortcut_have_one_of_their_own() {
        let shortcuts = Command::WITH_SHORTCUT.map(|command| command.shortcut());
        for (place, shortcut) in shortcuts.iter().enumerate() {
            assert!(shortcut.is_some());
            assert!(!shortcuts[..place].contains(shortcut));
        }
    }
}
