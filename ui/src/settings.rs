//! What is remembered between two starts: a small text file, a setting a line.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::focus::Tab;

/// Captures that are remembered.
const MAX_RECENT: usize = 12;

#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The last one first.
    pub recent: Vec<PathBuf>,
    /// `None`: as the desktop has it.
    pub dark: Option<bool>,
    pub text_scale: f32,
    pub tab: Tab,
    pub sessions_width: f32,
    /// `None`: a part of the window.
    pub detail_height: Option<f32>,
    pub shows_sessions: bool,
    pub shows_detail: bool,
    pub window: Option<[f32; 2]>,
    /// Colour and expression of each colour rule.
    pub colours: Vec<(usize, String)>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            recent: Vec::new(),
            dark: None,
            text_scale: 1.0,
            tab: Tab::default(),
            sessions_width: 300.0,
            detail_height: None,
            shows_sessions: true,
            shows_detail: true,
            window: None,
            colours: Vec::new(),
        }
    }
}

impl Settings {
    /// Where the settings of this user are; `None` where that is not known.
    pub fn path() -> Option<PathBuf> {
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = if cfg!(windows) {
            var("APPDATA")
        } else if cfg!(target_os = "macos") {
            var("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            var("XDG_CONFIG_HOME").or_else(|| var("HOME").map(|home| home.join(".config")))
        };
        folder.map(|folder| folder.join("rcshark").join("window.conf"))
    }

    /// Reads what was remembered; what makes no sense is as at the first start.
    pub fn load(path: &Path) -> Settings {
        std::fs::read_to_string(path).map(|text| Settings::parse(&text)).unwrap_or_default()
    }

    /// Remembering is a convenience: where it fails, nothing is said.
    pub fn save(&self, path: &Path) {
        if let Some(folder) = path.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        let _ = std::fs::write(path, self.to_text());
    }

    fn parse(text: &str) -> Settings {
        let mut settings = Settings::default();
        let in_range = |value: &str, least: f32, most: f32| {
            value.parse().ok().filter(|number: &f32| number.is_finite()).map(|number| number.clamp(least, most))
        };
        for (name, value) in text.lines().filter_map(|line| line.split_once(' ')) {
            match name {
                "recent" if settings.recent.len() < MAX_RECENT => settings.recent.push(value.into()),
                "dark" => settings.dark = value.parse().ok(),
                "text-scale" => settings.text_scale = in_range(value, 0.5, 3.0).unwrap_or(1.0),
                "tab" => settings.tab = Tab::find(value).unwrap_or_default(),
                "sessions-width" => settings.sessions_width = in_range(value, 180.0, 900.0).unwrap_or(300.0),
                "detail-height" => settings.detail_height = in_range(value, 80.0, 1_500.0),
                "shows-sessions" => settings.shows_sessions = value != "false",
                "shows-detail" => settings.shows_detail = value != "false",
                "colour" => settings.colours.extend(
                    value.split_once(' ').and_then(|(colour, text)| Some((colour.parse().ok()?, text.to_owned()))),
                ),
                "window" => {
                    let size = value.split_once(' ').and_then(|(width, height)| {
                        Some([in_range(width, 640.0, 10_000.0)?, in_range(height, 400.0, 10_000.0)?])
                    });
                    settings.window = size;
                }
                _ => {}
            }
        }
        settings
    }

    fn to_text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: &dyn std::fmt::Display| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name} {value}");
        };
        for path in self.recent.iter().filter_map(|path| path.to_str()).filter(|path| !path.contains('\n')) {
            line("recent", &path);
        }
        if let Some(dark) = self.dark {
            line("dark", &dark);
        }
        line("text-scale", &self.text_scale);
        line("tab", &self.tab.title());
        line("sessions-width", &self.sessions_width);
        if let Some(height) = self.detail_height {
            line("detail-height", &height);
        }
        line("shows-sessions", &self.shows_sessions);
        line("shows-detail", &self.shows_detail);
        for (colour, expression) in self.colours.iter().filter(|(_, text)| !text.contains(['\n', '\r'])) {
            line("colour", &format_args!("{colour} {expression}"));
        }
        if let Some([width, height]) = self.window {
            line("window", &format_args!("{width} {height}"));
        }
        text
    }

    /// Puts these captures before all others.
    pub fn opened(&mut self, paths: &[PathBuf]) {
        for path in paths.iter().rev().filter(|path| path.as_os_str() != "-") {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            self.recent.retain(|other| *other != path);
            self.recent.insert(0, path);
        }
        self.recent.truncate(MAX_RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_back_and_nonsense_does_no_harm() {
        let mut settings = Settings { dark: Some(false), text_scale: 1.25, tab: Tab::Ladder, ..Settings::default() };
        settings.window = Some([1600.0, 900.0]);
        settings.colours = vec![(3, "sip && size > 1".into())];
        settings.opened(&["/a/b c.pcap".into(), "/d.pcap".into()]);
        settings.opened(&["/d.pcap".into(), "-".into()]);
        assert_eq!(settings.recent, [PathBuf::from("/d.pcap"), "/a/b c.pcap".into()]);
        assert_eq!(Settings::parse(&settings.to_text()), settings);
        assert_eq!(Settings::parse("text-scale NaN\nwindow 3\ntab x\n\nhello"), Settings::default());
    }
}
