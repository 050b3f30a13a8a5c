//! The desktop program: reads captures through the library and shows their group sessions.
//!
//! [`loading`] analyses in the background; [`digest`] turns an analysis into the words and numbers that are shown;
//! [`panels`] draw them and ask for [`command`]s; [`app`] answers those.

mod app;
mod chooser;
mod command;
mod digest;
mod loading;
mod opened;
mod panels;
mod row;
mod selection;
mod style;
mod text;

use std::path::PathBuf;

use anyhow::anyhow;
use clap::{Parser, ValueEnum};
use eframe::egui;

use app::App;

const EXAMPLES: &str = "\
Examples:
  rcshark-ui                          start empty; drop captures onto the window
  rcshark-ui chat.pcapng              one capture
  rcshark-ui monday.pcap tuesday.pcap several, each listed for itself
  rcshark-ui --merge east.pcap west.pcap
                                      several capture points of the same chats, read as one";

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
    /// Colours; without it those of the desktop
    #[arg(long)]
    theme: Option<Theme>,
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
    let viewport = egui::ViewportBuilder::default()
        .with_title("rcshark")
        .with_app_id("rcshark")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([640.0, 400.0]);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    let start = move |context: &eframe::CreationContext<'_>| {
        let egui = &context.egui_ctx;
        if let Some(theme) = args.theme {
            egui.set_theme(egui::ThemePreference::from(theme));
        }
        Ok(Box::new(App::new(args.captures, args.merge, egui)) as Box<dyn eframe::App>)
    };
    // The error is not `Send`, which anyhow asks for.
    eframe::run_native("rcshark", options, Box::new(start)).map_err(|error| anyhow!("cannot open a window: {error}"))
}
