//! A session as `analyze` tells it: what it is, who took part, its legs and its messages.

use std::io::{self, Write};

use super::style::{BAD, BOLD, DIM, WARN, clock, count, duration, fit, moment, paint};
use super::table::{Cell, Table};
use crate::Analysis;
use crate::capture::FrameId;
use crate::session::{Direction, Identity, Leg, Outcome, Session};
use crate::timeline::{SessionTimeline, Source};
use crate::view::{Names, terminal};
use crate::wire::MessageId;

/// How many of the frames that show a key are listed.
const FRAMES_LISTED: usize = 8;

pub fn write_session(
    out: &mut impl Write,
    analysis: &Analysis,
    session: &Session,
    timeline: &SessionTimeline,
) -> io::Result<()> {
    let description = Description { analysis, session, timeline, names: Names::new(timeline) };
    let subject = session.subject.as_deref().map(|subject| format!("  “{}”", terminal(subject))).unwrap_or_default();
    writeln!(out, "{}  {}{subject}", paint(BOLD, &session.id), session.kind.as_str())?;
    description.facts().write(out, 2)?;
    for table in [
        description.participants(),
        description.legs(),
        description.subscriptions(),
        description.messages(),
        description.notifications(),
    ] {
        table.write(out, 2)?;
    }
    Ok(())
}

struct Description<'a> {
    analysis: &'a Analysis,
    session: &'a Session,
    timeline: &'a SessionTimeline,
    names: Names,
}

impl Description<'_> {
    fn facts(&self) -> Table {
        let session = self.session;
        let mut table = Table::default();
        let mut fact = |name: &str, value: &str| table.push(vec![Cell::text(name).style(DIM), Cell::text(value)]);
        if let Some(focus) = &session.focus_uri {
            fact("focus", focus);
        }
        for id in &session.contribution_ids {
            fact("contribution", id);
        }
        if let Some(id) = &session.conversation_id {
            fact("conversation", id);
        }
        if let Some(predecessor) = session.predecessor {
            fact("extends", &self.analysis.sessions.sessions[predecessor].id);
        }
        match session.ended {
            Some(ended) => {
                let lasted = duration(ended.nanos_since(session.started));
                fact("time", &format!("{} to {} ({lasted})", moment(session.started), clock(ended, session.started)));
            }
            None => fact("time", &format!("{}, still open at the end of the capture", moment(session.started))),
        }
        if let Some(cause) = &session.end_cause {
            fact("ended by", cause);
        }
        for joint in session.joined_by.iter().filter(|joint| joint.frames.len() > 1) {
            let frames = self.frame_list(&joint.frames);
            // A key that stands above need not be repeated.
            let is_known =
                session.focus_uri.as_ref() == Some(&joint.value) || session.contribution_ids.contains(&joint.value);
            let value = if is_known { String::new() } else { format!(" {}", joint.value) };
            fact("joined by", &format!("{}{value} in frames {frames}", joint.kind.as_str()));
        }
        table
    }

    fn participants(&self) -> Table {
        let mut table = section("participants", self.timeline.participants.len(), &["address"]);
        for participant in &self.timeline.participants {
            let anonymous = if participant.anonymous { "anonymous" } else { "" };
            table.push(vec![
                entry(&fit(self.names.get(&participant.identity), 24)),
                Cell::text(&participant.identity.uri),
                Cell::text(anonymous).style(DIM),
            ]);
        }
        table
    }

    fn legs(&self) -> Table {
        let legs = &self.session.legs;
        let mut table = section("legs", legs.len(), &["outcome", "lasted", "ended by", "frame", "Call-ID"]);
        for leg in legs.iter().map(|&leg| &self.analysis.sessions.legs[leg]) {
            let outcome = match (leg.outcome, leg.answered) {
                (Outcome::Established, _) if leg.msrp.is_none() => Cell::text("established, no MSRP").style(WARN),
                (Outcome::Established, _) => Cell::text("established"),
                (outcome, Some((_, status))) => Cell::text(&format!("{} {status}", outcome.as_str())).style(BAD),
                (outcome, None) => Cell::text(outcome.as_str()).style(WARN),
            };
            let lasted = match (leg.outcome, leg.ended, leg.invited) {
                (Outcome::Established, Some((end, _)), Some(invite)) => duration(self.nanos_between(invite, end)),
                (Outcome::Established, None, _) => "open".to_owned(),
                _ => String::new(),
            };
            let first = leg.invited.or(leg.messages.first().copied());
            table.push(vec![
                entry(&self.ends(leg)),
                outcome,
                Cell::number(lasted),
                Cell::text(leg.ended_by().unwrap_or_default()),
                Cell::number(first.map(|id| self.frame(id).to_string()).unwrap_or_default()),
                Cell::text(&leg.call_id).style(DIM),
            ]);
        }
        table
    }

    /// `Alice → focus`: who calls whom.
    fn ends(&self, leg: &Leg) -> String {
        let name = |identity: &Option<Identity>| match identity {
            Some(identity) => fit(self.names.get(identity), 24),
            None => "unknown".to_owned(),
        };
        match leg.direction {
            Direction::ClientToFocus => format!("{} → focus", name(&leg.caller)),
            Direction::FocusToClient => format!("focus → {}", name(&leg.callee)),
            Direction::ClientToClient | Direction::Unknown => format!("{} → {}", name(&leg.caller), name(&leg.callee)),
        }
    }

    fn subscriptions(&self) -> Table {
        let all = self.session.subscriptions.iter().map(|&one| &self.analysis.sessions.subscriptions[one]);
        let mut table = section("subscriptions", all.len(), &["event", "NOTIFYs", "frame", "Call-ID"]);
        for one in all {
            let who = one.subscriber.as_ref().map_or("unknown", |who| self.names.get(who));
            let frame = one.messages.first().map(|&id| self.frame(id).to_string());
            table.push(vec![
                entry(&fit(who, 24)),
                Cell::text(&one.event),
                Cell::number(one.notifies.len()),
                Cell::number(frame.unwrap_or_default()),
                Cell::text(&one.call_id).style(DIM),
            ]);
        }
        table
    }

    fn messages(&self) -> Table {
        let messages = &self.timeline.messages;
        let headings = ["frame", "from", "content", "bytes", "copies", "delivered", "displayed"];
        let mut table = section("messages", messages.len(), &headings);
        for message in messages {
            let sent = &self.analysis.messages[message.sent];
            let sender = message.sender.map(|sender| self.names.get(&self.timeline.participants[sender].identity));
            let copies = &message.copies;
            let refused = copies.iter().filter(|copy| copy.response.is_some_and(|status| status >= 300)).count();
            let mut notes = vec![];
            if message.chunks > 1 {
                notes.push(format!("{} chunks", message.chunks));
            }
            if refused > 0 {
                notes.push(format!("{refused} refused"));
            }
            if !message.complete {
                notes.push("not all captured".to_owned());
            }
            let style = if refused > 0 || !message.complete { WARN } else { DIM };
            table.push(vec![
                entry(&clock(sent.time, self.session.started)),
                Cell::number(self.number(sent.frame)),
                Cell::text(&fit(sender.or(message.from.as_deref()).unwrap_or("unknown"), 24)),
                Cell::text(&message.content_type),
                Cell::number(message.len_bytes(&self.analysis.sessions.msrp, &self.analysis.messages)),
                Cell::number(copies.len()),
                Cell::number(copies.iter().filter(|copy| copy.delivered.is_some()).count()),
                Cell::number(copies.iter().filter(|copy| copy.displayed.is_some()).count()),
                Cell::text(&notes.join(", ")).style(style),
            ]);
        }
        table
    }

    fn notifications(&self) -> Table {
        let mut table = Table::default();
        let notifications = &self.timeline.notifications;
        if !notifications.is_empty() {
            let by_notify = notifications.iter().filter(|one| one.source == Source::Notify).count();
            let how = match (notifications.len() - by_notify, by_notify) {
                (_, 0) => " over MSRP".to_owned(),
                (0, _) => " by NOTIFY".to_owned(),
                (by_msrp, by_notify) => format!(": {by_msrp} over MSRP, {by_notify} by NOTIFY"),
            };
            let what = count(notifications.len(), "conference-info document");
            table.push(vec![Cell::text(&format!("{what}{how}"))]);
        }
        table
    }

    /// `4, 8, 13`, or the first of them and how many there are.
    fn frame_list(&self, frames: &[FrameId]) -> String {
        let numbers = frames.iter().take(FRAMES_LISTED).map(|&frame| self.number(frame).to_string());
        let listed = numbers.collect::<Vec<_>>().join(", ");
        if frames.len() > FRAMES_LISTED { format!("{listed}, … ({} in all)", frames.len()) } else { listed }
    }

    fn number(&self, frame: FrameId) -> u32 {
        self.analysis.capture.table.place(frame).number
    }

    fn frame(&self, id: MessageId) -> u32 {
        self.number(self.analysis.messages[id].frame)
    }

    fn nanos_between(&self, earlier: MessageId, later: MessageId) -> i64 {
        self.analysis.messages[later].time.nanos_since(self.analysis.messages[earlier].time)
    }
}

/// A table of `number` things called `title`; nothing at all when there are none.
fn section(title: &str, number: usize, headings: &[&str]) -> Table {
    if number == 0 {
        return Table::default();
    }
    let title = format!("{title} ({number})");
    let headings: Vec<&str> = std::iter::once(title.as_str()).chain(headings.iter().copied()).collect();
    Table::with_headings(&headings)
}

/// The first cell of a line of a section.
fn entry(text: &str) -> Cell {
    Cell::text(&format!("  {text}"))
}
