//! The desktop program: reads captures through the library and shows their group sessions.
//!
//! [`loading`] analyses in the background, and lets the rules check; what is selected stays so when a later analysis of the same capture
//! comes ([`moved`]); [`digest`], [`findings`], [`session_view`] and
//! [`message_view`] turn that into what is shown, once; [`panels`] draw it and ask for [`command`]s; [`app`] answers those.

mod app;
mod capture;
mod chooser;
mod colour_rules;
mod command;
mod deferred;
mod digest;
mod export;
mod findings;
mod focus;
mod follow;
mod history;
mod loading;
mod message_view;
mod moved;
mod offscreen;
mod opened;
mod panels;
mod row;
mod selection;
mod session_view;
mod settings;
mod style;
mod text;
mod widgets;

pub use app::{App, Start};
pub use settings::Settings;
