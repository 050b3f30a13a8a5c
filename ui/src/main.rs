//! Starts the desktop program.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use clap::{Parser, ValueEnum};
use eframe::egui;
use rcshark::rules::Profile;
use rcshark_ui::{App, Settings, Start};

const EXAMPLES: &str = "\
Examples:
  rcshark-ui                          start empty; drop captures onto the window
  rcshark-ui chat.pcapng              one capture
  rcshark-ui monday.pcap tuesday.pcap several, each listed for itself
  rcshark-ui --merge east.pcap west.pcap
                                      several capture points of the same chats, read as one
  rcshark-ui captures/ --theme light  a folder of captures, dark on light

In the window, Ctrl+K finds every command, and ? shows the keys. Without a GPU it is drawn by the
processor; a desktop without OpenGL needs LIBGL_ALWAYS_SOFTWARE=1. What is remembered between two
starts is in rcshark/window.conf in the folder of your settings ($XDG_CONFIG_HOME or ~/.config).";

/// Shows the RCS group sessions in captures.
#[derive(Parser)]
#[command(name = "rcshark-ui", version, after_help = EXAMPLES)]
struct Args {
    /// Captures to open: pcap or pcapng, also gzip or zstd of these; folders of them; `-` for standard input
    #[arg(value_name = "FILE")]
    captures: Vec<PathBuf>,
    /// Read all captures as one, merged by time
    #[arg(long)]
    merge: bool,
    /// The settings of a network that rules need, as for `rcshark check`
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Colours; without it those of the desktop
    #[arg(long)]
    theme: Option<Theme>,
    /// Size of all text, 1 being normal; between 0.5 and 3
    #[arg(long, value_name = "FACTOR")]
    text_scale: Option<f32>,
    /// Start as at the first time, and remember nothing: neither layout nor recent files
    #[arg(long)]
    forget: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Theme {
    Dark,
    Light,
}

impl From<Theme> for egui::ThemePreference {
    fn from(theme: Theme) -> egui::ThemePreference {
        match theme {
            Theme::Dark => egui::ThemePreference::Dark,
            Theme::Light => egui::ThemePreference::Light,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let profile = match &args.profile {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
            Profile::parse(&text).map_err(|error| anyhow!("{}: {error}", path.display()))?
        }
        None => Profile::default(),
    };
    let settings_path = Settings::path().filter(|_| !args.forget);
    let settings = settings_path.as_deref().map(Settings::load).unwrap_or_default();
    let viewport = egui::ViewportBuilder::default()
        .with_title("rcshark")
        .with_app_id("rcshark")
        .with_inner_size(settings.window.unwrap_or([1280.0, 800.0]))
        .with_min_inner_size([640.0, 400.0]);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let begin = Start { captures: args.captures, merge: args.merge, profile, settings_path };
    let start = move |context: &eframe::CreationContext<'_>| {
        let egui = &context.egui_ctx;
        let app = App::new(begin, egui);
        if let Some(theme) = args.theme {
            egui.set_theme(egui::ThemePreference::from(theme));
        }
        if let Some(scale) = args.text_scale {
            egui.set_zoom_factor(scale.clamp(0.5, 3.0));
        }
        Ok(Box::new(app) as Box<dyn eframe::App>)
    };
    // The error is not `Send`, which anyhow asks for.
    eframe::run_native("rcshark", options, Box::new(start)).map_err(|error| anyhow!("cannot open a window: {error}"))
}
