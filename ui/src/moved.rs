//! From one analysis of a capture to a later one of the same, which knows more: which message and which session of the one is which of the
//! other, so that what is selected stays selected.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::thread;

use rcshark::Analysis;
use rcshark::capture::FrameId;
use rcshark::wire::MessageId;

use crate::capture::State;
use crate::findings::Findings;
use crate::focus::Focus;
use crate::history::History;
use crate::opened::Opened;
use crate::selection::Selection;
use crate::session_view::SessionView;

/// Where messages and sessions are found again.
pub struct Moved {
    messages: HashMap<MessageId, MessageId>,
    sessions: HashMap<usize, usize>,
}

impl Moved {
    /// Looks for `messages` and `sessions` of `old` in `new`. A message is told by where its first byte is, a session by its first
    /// message: numbers change, as something earlier may come to light, and sessions may turn out to be one.
    pub fn new(old: &Analysis, new: &Analysis, messages: HashSet<MessageId>, sessions: HashSet<usize>) -> Moved {
        let mut firsts: HashMap<usize, MessageId> = HashMap::new();
        for (place, &session) in old.sessions.session_of.iter().enumerate() {
            let session = session as usize;
            if firsts.len() == sessions.len() {
                break;
            }
            if sessions.contains(&session) {
                firsts.entry(session).or_insert(MessageId(place as u32));
            }
        }
        let is_there = |id: &MessageId| (id.0 as usize) < old.messages.list.len();
        let wanted = messages.into_iter().chain(firsts.values().copied()).filter(is_there);
        let wanted: HashMap<(FrameId, u32), MessageId> =
            wanted.map(|id| ((old.messages[id].frame, old.messages[id].frame_offset), id)).collect();
        let mut found = HashMap::with_capacity(wanted.len());
        if !wanted.is_empty() {
            for (id, message) in new.messages.iter() {
                if let Some(&before) = wanted.get(&(message.frame, message.frame_offset)) {
                    found.insert(before, id);
                }
            }
        }
        let session_of = |first: &MessageId| {
            let session = *new.sessions.session_of.get(found.get(first)?.0 as usize)? as usize;
            (session < new.sessions.sessions.len()).then_some(session)
        };
        let sessions = firsts.iter().filter_map(|(&session, first)| Some((session, session_of(first)?))).collect();
        Moved { messages: found, sessions }
    }

    pub fn message(&self, id: MessageId) -> Option<MessageId> {
        self.messages.get(&id).copied()
    }

    /// The same thing in the later analysis of the capture with this number; what concerns others stays.
    pub fn selection(&self, selection: Selection, of: usize) -> Option<Selection> {
        match selection {
            Selection::Session { capture, session } if capture == of => {
                Some(Selection::Session { capture, session: *self.sessions.get(&session)? })
            }
            other => Some(other),
        }
    }
}

impl Opened {
    /// A later state takes the place of that which a capture had.
    pub(super) fn renew(&mut self, number: usize, state: State, history: &mut History) {
        let Some(capture) = self.captures.get_mut(number) else { return };
        let before = std::mem::replace(&mut capture.state, state);
        if let Some(recording) = capture.as_read().and_then(|read| read.recording.clone()) {
            capture.inputs = vec![recording];
        }
        let State::Reading(Some(before)) = before else { return };
        let Some(read) = capture.as_read() else { return };
        let (new, findings) = (Arc::clone(&read.analysis), read.findings.clone());
        self.renewed += 1;
        let is_shown = self.selection.capture() == Some(number);
        let mut messages = history.messages(number);
        let mut sessions = history.sessions(number);
        if is_shown {
            messages.extend(self.focus.message);
            messages.extend(&self.focus.marked);
            sessions.extend(self.selection.session());
        }
        let old_finding = self.focus.finding.and_then(|place| before.findings.as_ref()?.outcome.findings.get(place));
        messages.extend(old_finding.map(|finding| finding.place.message));
        let moved = Moved::new(&before.analysis, &new, messages, sessions);
        history.follow(number, &moved);
        if !is_shown {
            return;
        }
        match moved.selection(self.selection, number) {
            Some(selection) => {
                self.selection = selection;
                let session = selection.session().and_then(|session| SessionView::new(&new, session));
                let old_session = std::mem::replace(&mut self.session, session);
                let finding = old_finding.and_then(|old| same_finding(old, findings.as_deref()?, &moved));
                let focus = &self.focus;
                self.focus = Focus {
                    message: focus.message.and_then(|id| moved.message(id)),
                    bytes: focus.bytes.clone(),
                    marked: focus.marked.iter().filter_map(|&id| moved.message(id)).collect(),
                    finding,
                    ..self.focus
                };
                // Freeing millions of small things would be felt in the window; without a thread it is done here.
                let _ = thread::Builder::new().name("forgetting".into()).spawn(move || drop((before, old_session)));
            }
            None => self.select(Selection::Nothing),
        }
    }
}

/// The place of a finding among those of a later analysis.
fn same_finding(old: &rcshark::rules::Finding, findings: &Findings, moved: &Moved) -> Option<usize> {
    let message = moved.message(old.place.message)?;
    findings.outcome.findings.iter().position(|new| {
        new.rule.name == old.rule.name && new.place.message == message && new.place.range == old.place.range
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rcshark::capture::{Input, OpenOptions, open};

    use super::*;

    #[test]
    fn messages_and_sessions_are_found_again_when_more_is_known() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures/two-groups.pcap");
        let whole_bytes = path.metadata().unwrap().len();
        let read = |len_bytes| {
            let input = Input::Recording { path: path.as_path().into(), name: "live".into(), len_bytes };
            rcshark::analyze(open(&[input], &OpenOptions::default()).unwrap())
        };
        let (old, new) = (read(whole_bytes * 2 / 3), read(whole_bytes));
        assert!(old.messages.list.len() < new.messages.list.len());
        let all = old.messages.iter().map(|(id, _)| id).collect();
        let moved = Moved::new(&old, &new, all, (0..old.sessions.sessions.len()).collect());
        for (id, message) in old.messages.iter() {
            let later = moved.message(id).unwrap();
            assert!(new.messages.raw(&new.messages[later]).starts_with(&old.messages.raw(message)));
            let session = old.sessions.session_of[id.0 as usize] as usize;
            let selection = |session| Selection::Session { capture: 3, session };
            if session < old.sessions.sessions.len() {
                let expected = new.sessions.session_of[later.0 as usize] as usize;
                assert_eq!(moved.selection(selection(session), 3), Some(selection(expected)));
            }
            assert_eq!(moved.selection(selection(99), 2), Some(selection(99)), "another capture");
        }
        assert_eq!(moved.message(MessageId(u32::MAX)), None);
    }
}
