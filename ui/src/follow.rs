//! Filter expressions that follow something: a dialog, a chat message across its legs, some frames.

use rcshark::Analysis;
use rcshark::capture::FrameId;
use rcshark::session::NO_SESSION;
use rcshark::timeline::ChatMessage;
use rcshark::wire::msrp::session_id;
use rcshark::wire::{Kind, MessageId};

use crate::widgets::filter_line::literal;

/// Frames in one expression.
const MAX_FRAMES: usize = 1_000;

/// The SIP call or the MSRP session of a message.
pub fn dialog(analysis: &Analysis, id: MessageId) -> Option<String> {
    let message = &analysis.messages[id];
    match &message.kind {
        Kind::Sip(summary) => {
            let call_id = String::from_utf8_lossy(summary.call_id.of(analysis.messages.head(message)));
            Some(format!("sip.call_id == {}", literal(&call_id)))
        }
        Kind::Msrp(_) => {
            let msrp = &analysis.sessions.msrp;
            let session = msrp.session_of.get(id.0 as usize).copied().filter(|session| *session != NO_SESSION)?;
            let end = session_id(&msrp.sessions.get(session as usize)?.ends[0])?;
            let end = literal(end);
            Some(format!("msrp.to_path contains {end} || msrp.from_path contains {end}"))
        }
    }
}

/// A message of a user: as it was sent, its copies on all legs, and the IMDNs about it.
pub fn chat_message(analysis: &Analysis, id: MessageId) -> Option<String> {
    let session = *analysis.sessions.session_of.get(id.0 as usize)?;
    let timeline = analysis.timelines.get(session as usize)?;
    let message = timeline.messages.iter().find(|message| chunks(analysis, message).contains(&id))?;
    frames(analysis, &chunks(analysis, message))
}

fn chunks(analysis: &Analysis, message: &ChatMessage) -> Vec<MessageId> {
    let transfers = &analysis.sessions.msrp.transfers;
    let mut all = vec![message.sent];
    let of_transfer = |transfer: u32| transfers.get(transfer as usize).into_iter().flat_map(|one| one.chunks());
    all.extend(of_transfer(message.transfer));
    for copy in &message.copies {
        all.push(copy.message);
        all.extend(of_transfer(copy.transfer));
        all.extend(copy.delivered);
        all.extend(copy.displayed);
    }
    all.extend(message.notices.iter().map(|notice| notice.message));
    all
}

/// All frames that carry these messages, as an expression that Wireshark understands too.
pub fn frames(analysis: &Analysis, ids: &[MessageId]) -> Option<String> {
    let messages = &analysis.messages;
    let mut all: Vec<FrameId> = ids.iter().flat_map(|&id| messages.frames(&messages[id])).collect();
    all.sort_unstable();
    all.dedup();
    let numbers: Vec<String> =
        all.iter().take(MAX_FRAMES).map(|&frame| analysis.capture.table.place(frame).number.to_string()).collect();
    (!numbers.is_empty()).then(|| format!("frame.number in {{{}}}", numbers.join(", ")))
}
