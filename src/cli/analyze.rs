//! `rcshark analyze`: everything found in a capture, as text or as one JSON document.

use std::io::Write;

use clap::{Args, ValueEnum};

use super::style::{BAD, BOLD, DIM, WARN, count, duration, fit, moment, paint};
use super::{Common, input};
use crate::Analysis;
use crate::capture::ProblemKind;
use crate::session::{Leg, Outcome, Session};
use crate::timeline::SessionTimeline;
use crate::view::terminal;

/// Everything found in a capture: its sessions with their legs, participants and messages, and what could not be read.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  rcshark analyze capture.pcap\n  rcshark analyze --format json captures/ > all.json\n  \
    rcshark analyze --merge node1.pcap node2.pcap\n  rcshark analyze capture.pcap --session sip:conf-1@focus.example"
)]
pub struct Options {
    #[command(flatten)]
    common: Common,

    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub fn run(options: &Options) -> anyhow::Result<bool> {
    match options.format {
        Format::Text => {
            let mut out = options.common.stdout();
            let mut first = true;
            let complete = input::for_each(&options.common, |analysis| {
                if !std::mem::take(&mut first) {
                    writeln!(out)?;
                }
                write_text(&mut out, analysis, &options.common)
            })?;
            out.flush()?;
            Ok(complete)
        }
        Format::Json => input::write_documents(&options.common),
    }
}

fn write_text(out: &mut impl Write, analysis: &Analysis, common: &Common) -> anyhow::Result<()> {
    let capture = &analysis.capture;
    let names: Vec<String> = capture.files.iter().map(|file| file.input.to_string()).collect();
    writeln!(out, "{}", paint(BOLD, terminal(&names.join(" + "))))?;
    let links: Vec<String> = capture.links.iter().map(ToString::to_string).collect();
    let span = match (capture.first, capture.last) {
        (Some(first), Some(last)) => format!(", {} from {}", duration(last.nanos_since(first)), moment(first)),
        _ => String::new(),
    };
    let links = if links.is_empty() { String::new() } else { format!(" ({})", links.join(", ")) };
    writeln!(out, "  {}{links}{span}", count(capture.frames as usize, "frame"))?;
    let sip = analysis.messages.list.iter().filter(|message| message.sip().is_some()).count();
    let msrp = analysis.messages.list.len() - sip;
    let duplicates = match analysis.duplicate_datagrams {
        0 => String::new(),
        number => format!(", {} left out", count(number as usize, "duplicate datagram")),
    };
    writeln!(out, "  {}, {}{duplicates}", count(sip, "SIP message"), count(msrp, "MSRP message"))?;
    write_problems(out, analysis)?;
    let mut shown = 0;
    for (session, timeline) in analysis.sessions.sessions.iter().zip(&analysis.timelines) {
        if common.wants(session) {
            shown += 1;
            write_session(out, analysis, session, timeline)?;
        }
    }
    if let (0, Some(wanted)) = (shown, &common.session) {
        anyhow::bail!("no session {wanted} in this capture; `rcshark sessions` lists what there is");
    }
    for (id, members) in analysis.sessions.conversations.iter().filter(|(_, members)| members.len() > 1) {
        let members: Vec<&str> = members.iter().map(|&member| analysis.sessions.sessions[member].id.as_str()).collect();
        writeln!(out, "\n{} {}: {}", paint(BOLD, "conversation"), terminal(id), members.join(", "))?;
    }
    Ok(())
}

/// One line per kind: how many, how many bytes, and where the first one is.
fn write_problems(out: &mut impl Write, analysis: &Analysis) -> anyhow::Result<()> {
    for kind in ProblemKind::ALL {
        let mut of_kind = analysis.problems.iter().filter(|problem| problem.kind == *kind);
        let Some(first) = of_kind.next() else { continue };
        let (mut number, mut bytes) = (1, first.bytes);
        for problem in of_kind {
            number += 1;
            bytes += problem.bytes;
        }
        let place = match first.frame {
            Some(frame) => format!("frame {}: ", analysis.capture.table.place(frame).number),
            None => String::new(),
        };
        let bytes = if bytes > 0 { format!(", {bytes} bytes") } else { String::new() };
        let more = if number > 1 { format!(" ({number} of this kind{bytes})") } else { bytes };
        writeln!(out, "  {} {place}{}{more}", paint(WARN, kind.as_str()), terminal(&first.detail))?;
    }
    Ok(())
}

fn write_session(
    out: &mut impl Write,
    analysis: &Analysis,
    session: &Session,
    timeline: &SessionTimeline,
) -> anyhow::Result<()> {
    let all = &analysis.sessions;
    let subject = session.subject.as_deref().map(|subject| format!(" “{}”", terminal(subject))).unwrap_or_default();
    writeln!(out, "\n{} {}{subject}", paint(BOLD, &session.id), session.kind.as_str())?;
    if let Some(focus) = &session.focus_uri {
        writeln!(out, "  focus         {}", terminal(focus))?;
    }
    for id in &session.contribution_ids {
        writeln!(out, "  contribution  {}", terminal(id))?;
    }
    if let Some(id) = &session.conversation_id {
        writeln!(out, "  conversation  {}", terminal(id))?;
    }
    if let Some(predecessor) = session.predecessor {
        writeln!(out, "  extends       {}", all.sessions[predecessor].id)?;
    }
    let end = match (session.ended, &session.end_cause) {
        (Some(ended), cause) => {
            let cause = cause.as_deref().map(|cause| format!(", {}", terminal(cause))).unwrap_or_default();
            format!("{}, {}{cause}", moment(session.started), duration(ended.nanos_since(session.started)))
        }
        (None, _) => format!("{}, still open at the end of the capture", moment(session.started)),
    };
    writeln!(out, "  time          {end}")?;
    if !timeline.participants.is_empty() {
        let who = timeline.participants.iter().map(|participant| {
            let name = participant
                .identity
                .display_name
                .as_deref()
                .map(|name| format!("{} ", terminal(name)))
                .unwrap_or_default();
            let anonymous = if participant.anonymous { " (anonymous)" } else { "" };
            format!("{name}{}{anonymous}", paint(DIM, format!("<{}>", terminal(&participant.identity.uri))))
        });
        writeln!(out, "  participants  {}", who.collect::<Vec<_>>().join("\n                "))?;
    }
    for joint in session.joined_by.iter().filter(|joint| joint.frames.len() > 1) {
        let frames: Vec<String> =
            joint.frames.iter().map(|&frame| analysis.capture.table.place(frame).number.to_string()).collect();
        let frames = fit(&frames.join(", "), 60);
        writeln!(
            out,
            "  joined by     {} {} {}",
            joint.kind.as_str(),
            terminal(&joint.value),
            paint(DIM, format!("(frames {frames})"))
        )?;
    }
    if !session.legs.is_empty() {
        writeln!(out, "  legs")?;
    }
    for &leg in &session.legs {
        write_leg(out, analysis, session, &all.legs[leg])?;
    }
    for &index in &session.subscriptions {
        let one = &all.subscriptions[index];
        let who = one.subscriber.as_ref().map(|who| who.uri.as_str()).unwrap_or("unknown");
        writeln!(out, "    {} {}  {}", terminal(&one.event), terminal(who), count(one.notifies.len(), "NOTIFY"))?;
    }
    if !timeline.messages.is_empty() {
        writeln!(out, "  messages")?;
    }
    for message in &timeline.messages {
        let size = message.body(&all.msrp, &analysis.messages).len();
        let from = message
            .from
            .as_deref()
            .or_else(|| message.sender.map(|sender| timeline.participants[sender].identity.uri.as_str()));
        let refused = message.copies.iter().filter(|copy| copy.response.is_some_and(|status| status >= 300)).count();
        let delivered = message.copies.iter().filter(|copy| copy.delivered.is_some()).count();
        let mut state = format!("{} delivered", of(delivered, message.copies.len()));
        if refused > 0 {
            state.push_str(&format!(", {}", paint(BAD, format!("{refused} refused"))));
        }
        if !message.complete {
            state.push_str(&format!(", {}", paint(WARN, "not all captured")));
        }
        let frame = analysis.capture.table.place(analysis.messages[message.sent].frame).number;
        let chunks = if message.chunks > 1 { format!(" in {} chunks", message.chunks) } else { String::new() };
        writeln!(
            out,
            "    {} frame {frame}  {}  {} {size} bytes{chunks}  {state}",
            moment(analysis.messages[message.sent].time),
            terminal(from.unwrap_or("unknown")),
            terminal(&message.content_type),
        )?;
    }
    if !timeline.notifications.is_empty() {
        writeln!(out, "  {}", count(timeline.notifications.len(), "conference-info document"))?;
    }
    Ok(())
}

/// `2 of 3`.
fn of(part: usize, whole: usize) -> String {
    format!("{part} of {whole}")
}

fn write_leg(out: &mut impl Write, analysis: &Analysis, session: &Session, leg: &Leg) -> anyhow::Result<()> {
    let who = leg.participant().map(|who| who.uri.as_str()).unwrap_or("unknown");
    let outcome = match (leg.outcome, leg.answered) {
        (Outcome::Established, _) => {
            let ended = leg.ended.map(|(id, _)| {
                let lasted =
                    leg.invited.map(|invite| analysis.messages[id].time.nanos_since(analysis.messages[invite].time));
                let by = leg.ended_by().filter(|_| session.legs.len() > 1).unwrap_or_default();
                format!(
                    "{} {}",
                    lasted.map(duration).unwrap_or_default(),
                    if by.is_empty() { String::new() } else { format!("ended by {by}") }
                )
            });
            ended.map_or_else(|| "established".to_owned(), |ended| format!("established {}", ended.trim()))
        }
        (outcome, Some((_, status))) => paint(BAD, format!("{} {status}", outcome.as_str())),
        (outcome, None) => paint(WARN, outcome.as_str()),
    };
    let frame = leg.invited.or(leg.messages.first().copied());
    let frame = frame.map(|id| analysis.capture.table.place(analysis.messages[id].frame).number);
    let frame = frame.map(|frame| format!("frame {frame}")).unwrap_or_default();
    let msrp = if leg.msrp.is_some() { "" } else { "  no MSRP" };
    writeln!(
        out,
        "    {:<16} {}  {outcome}{msrp}  {}",
        leg.direction.as_str(),
        terminal(who),
        paint(DIM, format!("{frame}, Call-ID {}", terminal(&leg.call_id)))
    )?;
    Ok(())
}
