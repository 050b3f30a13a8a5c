//! What panels ask for and [`crate::app::App`] does: menus, buttons, the palette and the shortcut sheet all read this one list.

use std::ops::Range;
use std::path::PathBuf;

use eframe::egui::{Key, KeyboardShortcut, Modifiers};
use rcshark::capture::Time;
use rcshark::wire::MessageId;

use crate::focus::Tab;
use crate::selection::Selection;

/// Rows that Page Up and Page Down go.
pub const PAGE_ROWS: i64 = 20;

#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Ask the user for captures.
    Choose,
    /// Ask the user for a folder of captures.
    ChooseFolder,
    /// Open these captures in place of those that are open.
    Open(Vec<PathBuf>),
    OpenSample,
    /// Read the same captures once more.
    Reload,
    /// Stop reading; what was read stays.
    Cancel,
    /// Ask the user what to capture.
    CaptureLive,
    /// End the live capture; what was captured stays.
    StopLive,
    /// Write what was captured to a file.
    SaveLive,
    Select(Selection),
    PreviousSession,
    NextSession,
    /// Show what was looked at before.
    Back,
    /// And again what came behind it.
    Forward,
    /// Go this many rows down in the view that is shown.
    Step(i64),
    ShowTab(Tab),
    /// Select a message, with some of its bytes.
    SelectMessage(MessageId, Option<Range<usize>>),
    /// Mark bytes of the selected message.
    MarkBytes(Option<Range<usize>>),
    SelectFinding(usize),
    SetCursor(Time),
    /// Replace the filter.
    Filter(String),
    /// Add to the filter.
    FilterAlso(String),
    /// Colour the messages that this filter takes, with the colour of this number.
    AddColour(String, usize),
    /// Take away the colour rule at this place.
    RemoveColour(usize),
    FocusFilter,
    ClearFilter,
    /// Only the messages of the dialog or MSRP session of the selected message.
    FollowDialog,
    /// Only the copies of the selected chat message on all legs, with what was answered.
    FollowMessage,
    /// Mark the selected message for comparison.
    MarkMessage,
    CompareMarked,
    CopyText,
    CopyFrameFilter,
    Copy(String),
    ExportPcapng,
    ExportHtml,
    ExportLadder(LadderFormat),
    ExportPicture,
    SwitchTheme,
    LargerText,
    SmallerText,
    NormalText,
    ToggleSessions,
    ToggleDetail,
    TogglePalette,
    ToggleShortcuts,
    Quit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LadderFormat {
    Svg,
    Png,
    Mermaid,
    Text,
}

impl LadderFormat {
    pub const ALL: [LadderFormat; 4] =
        [LadderFormat::Svg, LadderFormat::Png, LadderFormat::Mermaid, LadderFormat::Text];

    pub fn extension(self) -> &'static str {
        match self {
            LadderFormat::Svg => "svg",
            LadderFormat::Png => "png",
            LadderFormat::Mermaid => "mmd",
            LadderFormat::Text => "txt",
        }
    }
}

impl Command {
    /// Those that need nothing more to be known, in the order of the palette.
    pub fn all() -> Vec<Command> {
        use Command::*;
        let mut all = vec![Choose, ChooseFolder, OpenSample, Reload, CaptureLive, StopLive, SaveLive];
        all.extend(Tab::ALL.map(ShowTab));
        all.extend([PreviousSession, NextSession, Back, Forward]);
        all.extend([1, -1, PAGE_ROWS, -PAGE_ROWS, i64::MIN, i64::MAX].map(Step));
        all.extend([FocusFilter, ClearFilter, FollowDialog, FollowMessage]);
        all.extend([MarkMessage, CompareMarked, CopyText, CopyFrameFilter, ExportPcapng, ExportHtml]);
        all.extend(LadderFormat::ALL.map(ExportLadder));
        all.push(ExportPicture);
        all.extend([ToggleSessions, ToggleDetail, SwitchTheme, LargerText, SmallerText, NormalText]);
        all.extend([TogglePalette, ToggleShortcuts, Cancel, Quit]);
        all
    }

    /// As on a button or in a menu.
    pub fn text(&self) -> &'static str {
        match self {
            Command::Choose => "Open…",
            Command::ChooseFolder => "Open folder…",
            Command::Open(_) => "Open",
            Command::OpenSample => "Open a sample capture",
            Command::Reload => "Read again",
            Command::Cancel => "Cancel",
            Command::CaptureLive => "Capture live…",
            Command::StopLive => "Stop capturing",
            Command::SaveLive => "Save the live capture…",
            Command::Select(_) => "Show",
            Command::PreviousSession => "Previous session",
            Command::NextSession => "Next session",
            Command::Back => "Back",
            Command::Forward => "Forward",
            Command::Step(i64::MIN) => "First row",
            Command::Step(i64::MAX) => "Last row",
            Command::Step(..-1) => "Rows up",
            Command::Step(-1) => "Row up",
            Command::Step(0..=1) => "Row down",
            Command::Step(_) => "Rows down",
            Command::ShowTab(tab) => tab.title(),
            Command::SelectMessage(..) => "Show the message",
            Command::MarkBytes(_) => "Mark the bytes",
            Command::SelectFinding(_) => "Show the finding",
            Command::SetCursor(_) => "Move the time cursor here",
            Command::Filter(_) => "Apply as filter",
            Command::FilterAlso(_) => "Add to the filter",
            Command::AddColour(..) => "Colour these messages",
            Command::RemoveColour(_) => "Remove the colour rule",
            Command::FocusFilter => "Filter messages",
            Command::ClearFilter => "Clear the filter",
            Command::FollowDialog => "Follow the dialog",
            Command::FollowMessage => "Follow the chat message",
            Command::MarkMessage => "Mark for comparison",
            Command::CompareMarked => "Compare the marked messages",
            Command::CopyText => "Copy as text",
            Command::CopyFrameFilter => "Copy as Wireshark filter",
            Command::Copy(_) => "Copy",
            Command::ExportPcapng => "Export the session as pcapng…",
            Command::ExportHtml => "Export a report as HTML…",
            Command::ExportLadder(LadderFormat::Svg) => "Export the ladder as SVG…",
            Command::ExportLadder(LadderFormat::Png) => "Export the ladder as PNG…",
            Command::ExportLadder(LadderFormat::Mermaid) => "Export the ladder as Mermaid…",
            Command::ExportLadder(LadderFormat::Text) => "Export the ladder as text…",
            Command::ExportPicture => "Export the window as PNG…",
            Command::SwitchTheme => "Dark or light",
            Command::LargerText => "Larger text",
            Command::SmallerText => "Smaller text",
            Command::NormalText => "Normal text size",
            Command::ToggleSessions => "Show or hide the sessions",
            Command::ToggleDetail => "Show or hide the detail",
            Command::TogglePalette => "Command palette",
            Command::ToggleShortcuts => "Keyboard shortcuts",
            Command::Quit => "Quit",
        }
    }

    pub fn tooltip(&self) -> &'static str {
        match self {
            Command::Choose => "Choose captures to open in place of these",
            Command::ChooseFolder => "Choose a folder whose captures are opened in place of these",
            Command::Open(_) => "Open the capture or folder at this path",
            Command::OpenSample => "Open a small capture that comes with the program, with five things wrong in it",
            Command::Reload => "Read the same captures once more",
            Command::Cancel => "Stop reading; what was read so far is shown",
            Command::CaptureLive => "Capture from the network, and see the sessions as they come",
            Command::StopLive => "End the live capture; what was captured is shown, and can be saved",
            Command::SaveLive => "Write what was captured live to a file: it is gone with the window otherwise",
            Command::Select(_) => "Show it in the middle of the window",
            Command::PreviousSession => "Select what stands above in the list of sessions",
            Command::NextSession => "Select what stands below in the list of sessions",
            Command::Back => "Show what was looked at before",
            Command::Forward => "Show again what was looked at behind this",
            Command::Step(_) => "Move the selection in the view that is shown",
            Command::ShowTab(tab) => tab.about(),
            Command::SelectMessage(..) => "Select the message in all views",
            Command::MarkBytes(_) => "Mark the bytes in tree, text and hex",
            Command::SelectFinding(_) => "Show its message with the offending bytes marked",
            Command::SetCursor(_) => "Show who was in at this time",
            Command::Filter(_) => "Show only messages like this one",
            Command::FilterAlso(_) => "Show only those of the messages that are like this one too",
            Command::AddColour(..) => "Messages that the filter takes stand out in the table",
            Command::RemoveColour(_) => "Messages are coloured no longer by it",
            Command::FocusFilter => "Type which messages are shown",
            Command::ClearFilter => "Show all messages again",
            Command::FollowDialog => "Show only the dialog or MSRP session of the selected message",
            Command::FollowMessage => "Show only the copies of the selected chat message on all legs",
            Command::MarkMessage => "Mark the selected message; two marked ones can be compared",
            Command::CompareMarked => "Show the two marked messages side by side",
            Command::CopyText => "Copy the selected message as it was on the wire",
            Command::CopyFrameFilter => "Copy frame.number in {…} for Wireshark",
            Command::Copy(_) => "Copy it",
            Command::ExportPcapng => "Write the frames of the selected session to a new capture",
            Command::ExportHtml => "Write a page with the findings of the capture",
            Command::ExportLadder(_) => "Write the ladder as it is shown, from its beginning to its end",
            Command::ExportPicture => "Write a picture of the window as it is",
            Command::SwitchTheme => "Switch between dark and light colours",
            Command::LargerText => "Make everything larger",
            Command::SmallerText => "Make everything smaller",
            Command::NormalText => "Show everything in its normal size",
            Command::ToggleSessions => "Show or hide the list at the left",
            Command::ToggleDetail => "Show or hide the bytes of the selected message",
            Command::TogglePalette => "Find a command or a session by its name",
            Command::ToggleShortcuts => "Show what each key does",
            Command::Quit => "Close the window",
        }
    }

    /// The keys that ask for it; the first one is told to the user.
    pub fn shortcuts(&self) -> Vec<KeyboardShortcut> {
        let plain = |key| KeyboardShortcut::new(Modifiers::NONE, key);
        let with = |modifiers, key| KeyboardShortcut::new(modifiers, key);
        let (ctrl, shift) = (Modifiers::COMMAND, Modifiers::SHIFT);
        match self {
            Command::Choose => vec![with(ctrl, Key::O)],
            Command::ChooseFolder => vec![with(ctrl | shift, Key::O)],
            Command::CaptureLive => vec![with(ctrl, Key::L)],
            Command::StopLive => vec![with(ctrl | shift, Key::L)],
            Command::SaveLive => vec![with(ctrl, Key::S)],
            Command::Reload => vec![with(ctrl, Key::R), plain(Key::F5)],
            Command::PreviousSession => vec![with(ctrl, Key::ArrowUp), plain(Key::OpenBracket)],
            Command::NextSession => vec![with(ctrl, Key::ArrowDown), plain(Key::CloseBracket)],
            Command::Back => vec![with(Modifiers::ALT, Key::ArrowLeft)],
            Command::Forward => vec![with(Modifiers::ALT, Key::ArrowRight)],
            Command::Step(1) => vec![plain(Key::ArrowDown), plain(Key::J)],
            Command::Step(-1) => vec![plain(Key::ArrowUp), plain(Key::K)],
            Command::Step(PAGE_ROWS) => vec![plain(Key::PageDown)],
            Command::Step(i64::MIN) => vec![plain(Key::Home)],
            Command::Step(i64::MAX) => vec![plain(Key::End)],
            Command::Step(rows) if *rows == -PAGE_ROWS => vec![plain(Key::PageUp)],
            Command::ShowTab(tab) => {
                const DIGITS: [Key; 7] = [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7];
                let place = Tab::ALL.iter().position(|other| other == tab);
                place.and_then(|place| DIGITS.get(place)).map(|&key| plain(key)).into_iter().collect()
            }
            Command::FocusFilter => vec![plain(Key::Slash), with(ctrl, Key::F)],
            Command::FollowDialog => vec![plain(Key::F)],
            Command::FollowMessage => vec![plain(Key::G)],
            Command::ClearFilter => vec![plain(Key::X)],
            Command::MarkMessage => vec![plain(Key::M)],
            Command::CompareMarked => vec![plain(Key::D)],
            Command::CopyText => vec![plain(Key::C)],
            Command::CopyFrameFilter => vec![plain(Key::W)],
            Command::ExportPcapng => vec![with(ctrl, Key::E)],
            Command::ExportHtml => vec![with(ctrl | shift, Key::E)],
            Command::SwitchTheme => vec![with(ctrl, Key::T)],
            Command::ToggleSessions => vec![with(ctrl, Key::B)],
            Command::ToggleDetail => vec![with(ctrl, Key::D)],
            Command::TogglePalette => vec![with(ctrl, Key::K), with(ctrl, Key::P)],
            Command::ToggleShortcuts => vec![plain(Key::Questionmark), plain(Key::F1)],
            Command::Quit => vec![with(ctrl, Key::Q)],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key_and_all_can_be_told_apart() {
        let mut seen = Vec::new();
        for command in Command::all() {
            for shortcut in command.shortcuts() {
                assert!(!seen.contains(&shortcut), "{command:?} {shortcut:?}");
                seen.push(shortcut);
            }
        }
        let all = Command::all();
        let texts: Vec<&str> = all.iter().map(Command::text).collect();
        assert!(texts.iter().enumerate().all(|(place, text)| !texts[..place].contains(text)), "{texts:?}");
    }
}
