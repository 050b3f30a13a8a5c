//! The middle of the window: the tabs, and the view that is chosen.

use eframe::egui::{self, RichText};

use crate::colour_rules::ColourRules;
use crate::command::Command;
use crate::findings::Tallies;
use crate::focus::Tab;
use crate::opened::Opened;
use crate::panels::chat::ChatState;
use crate::panels::findings::FindingsState;
use crate::panels::ladder::LadderState;
use crate::panels::messages::MessagesState;
use crate::panels::timeline::TimelineState;
use crate::panels::toolbar::tooltip;
use crate::panels::{Scene, capture, chat, findings, ladder, messages, overview, timeline};
use crate::selection::Selection;
use crate::style;
use crate::text::{grouped, shown};
use crate::widgets::filter_line::FilterLine;
use crate::widgets::paint;
use rcshark::rules::Severity;

/// What the views remember of the capture and the session that are shown.
#[derive(Default)]
pub struct CentreState {
    /// For which selection the states below are.
    of: Selection,
    /// And for which analyses.
    renewed: u64,
    timeline: TimelineState,
    pub ladder: LadderState,
    messages: MessagesState,
    chat: ChatState,
    findings: FindingsState,
}

impl CentreState {
    pub fn is_busy(&self) -> bool {
        self.messages.is_busy()
    }

    /// Views of a session begin anew with another session; those of the capture with another capture.
    fn follow(&mut self, opened: &Opened) {
        let selection = opened.selection;
        if self.renewed != opened.renewed {
            // The same session may have another number now.
            self.renewed = opened.renewed;
            self.of = selection;
            self.timeline.renew();
            self.ladder.renew();
            self.messages.renew();
            self.chat.renew();
            self.findings.renew();
        }
        if self.of == selection {
            return;
        }
        if self.of.capture() != selection.capture() {
            *self = CentreState { renewed: self.renewed, ..CentreState::default() };
        }
        self.timeline = TimelineState::default();
        self.ladder = LadderState::default();
        self.chat = ChatState::default();
        self.of = selection;
    }

    /// Another capture was opened.
    pub fn forget(&mut self) {
        *self = CentreState::default();
    }
}

/// What is typed about messages.
#[derive(Clone, Copy)]
pub struct Lines<'a> {
    pub filter: &'a FilterLine,
    pub colours: &'a ColourRules,
}

/// Draws tabs and view.
pub fn centre_ui(
    ui: &mut egui::Ui,
    tab: Tab,
    opened: &mut Opened,
    lines: Lines<'_>,
    state: &mut CentreState,
    asked: &mut Vec<Command>,
) {
    state.follow(opened);
    let place = opened.selection.capture().unwrap_or(0);
    let Some(current) = opened.captures.get(place) else { return };
    let Some(read) = current.as_read() else {
        asked.extend(capture::capture_ui(ui, current));
        return;
    };
    let session_number = opened.session.as_ref().map(|session| session.number);
    // A capture as a whole has no timeline.
    let tab = if session_number.is_none() && tab.needs_session() { Tab::Overview } else { tab };
    let session_line = session_number.and_then(|number| read.digest.sessions.get(number));
    let tallies = read.findings.as_ref().map(|findings| match session_number {
        Some(number) => findings.tallies.get(number).copied().unwrap_or_default(),
        None => findings.all,
    });
    let title = match session_line {
        Some(line) => format!("{} · {} · {}", line.id, line.kind, shown(line.title())),
        None => current.name.clone(),
    };
    let about = TabBar { tab, has_session: session_number.is_some(), tallies, problems: read.digest.problems.len() };
    about.show(ui, &title, asked);
    ui.add_space(4.0);
    if opened.session.as_ref().is_some_and(|session| session.is_lost()) {
        let text = "A view of this session could not be worked out. That is a fault of rcshark, not of the capture.";
        ui.colored_label(ui.visuals().error_fg_color, text);
    }
    let mut scene = Scene { read, focus: &opened.focus, asked };
    match (tab, &mut opened.session) {
        (Tab::Timeline, Some(session)) => timeline::timeline_ui(ui, &mut scene, session, &mut state.timeline),
        (Tab::Ladder, Some(session)) => ladder::ladder_ui(ui, &mut scene, session, &mut state.ladder),
        (Tab::Chat, Some(session)) => chat::chat_ui(ui, &mut scene, session, &mut state.chat),
        (Tab::Messages, _) => {
            messages::messages_ui(ui, &mut scene, session_number, lines.filter, lines.colours, &mut state.messages);
        }
        (Tab::Findings, _) => findings::findings_ui(ui, &mut scene, session_number, &mut state.findings),
        (Tab::NotRead, _) => capture::not_read_ui(ui, &mut scene),
        (Tab::Overview, Some(session)) => overview::overview_ui(ui, &session.digest, scene.asked),
        (Tab::Overview, None) => asked.extend(capture::capture_ui(ui, current)),
        (Tab::Timeline | Tab::Ladder | Tab::Chat, None) => {
            paint::empty(ui, "No session is selected", "Select one in the list at the left.");
        }
    }
}

struct TabBar {
    tab: Tab,
    has_session: bool,
    tallies: Option<Tallies>,
    problems: usize,
}

impl TabBar {
    fn show(&self, ui: &mut egui::Ui, title: &str, asked: &mut Vec<Command>) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for tab in Tab::ALL {
                let enabled = self.has_session || !tab.needs_session();
                let (badge, colour) = self.badge(ui, tab);
                let mut job = egui::text::LayoutJob::default();
                let text = RichText::new(tab.title());
                let text = if tab == self.tab { text.strong() } else { text };
                text.append_to(&mut job, ui.style(), egui::FontSelection::Default, egui::Align::Center);
                if let Some(badge) = &badge {
                    let text = RichText::new(format!(" {badge}")).small().color(colour);
                    text.append_to(&mut job, ui.style(), egui::FontSelection::Default, egui::Align::Center);
                }
                let command = Command::ShowTab(tab);
                let button = egui::Button::selectable(tab == self.tab, job);
                let name = badge.map_or(tab.title().to_owned(), |badge| format!("{}, {badge}", tab.title()));
                let response = ui.add_enabled(enabled, button).on_hover_text(tooltip(ui, &command));
                if response.accessible_name(name).clicked() {
                    asked.push(command);
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(title).weak()).truncate());
            });
        });
    }

    fn badge(&self, ui: &egui::Ui, tab: Tab) -> (Option<String>, egui::Color32) {
        let visuals = ui.visuals();
        match tab {
            Tab::Findings => {
                let Some(tallies) = self.tallies else { return (Some("…".into()), visuals.weak_text_color()) };
                let worst = Severity::ALL.into_iter().find(|&severity| tallies.of(severity) > 0);
                let number = worst.map(|_| grouped(tallies.sum() as u64));
                (number, worst.map_or(visuals.text_color(), |worst| style::severity(visuals, worst)))
            }
            Tab::NotRead if self.problems > 0 => (Some(grouped(self.problems as u64)), visuals.warn_fg_color),
            _ => (None, visuals.text_color()),
        }
    }
}
