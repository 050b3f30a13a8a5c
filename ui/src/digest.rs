//! An analysis in words and numbers: everything the panels show is made here, once, when a capture was read or a
//! session was selected. All text from captures is escaped here.

use std::sync::Arc;

use rcshark::Analysis;
use rcshark::capture::{FrameId, Problem, Time};
use rcshark::session::{Direction, Identity, Joint, Leg, NO_SESSION, Outcome, Session, SessionKind};
use rcshark::view::Names;
use rcshark::wire::MessageId;

use crate::text::{clock, count, duration, grouped, moment, shown};

/// Frames of one joint that are listed by number.
const MAX_LISTED_FRAMES: usize = 12;

/// Participants of one session that are listed by name.
const MAX_LISTED_PARTICIPANTS: usize = 12;

/// Participants of a session that are named in the list.
const MAX_NAMED_PARTICIPANTS: usize = 4;

/// Runs, and legs, of one session that are in the list.
const MAX_LISTED_PARTS: usize = 40;

/// Participants of one session by whom it can be found.
const MAX_SEARCHED_PARTICIPANTS: usize = 50;

/// What was read, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub frames: u64,
    pub sip: u64,
    pub msrp: u64,
    pub sessions: u64,
    pub problems: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.frames += other.frames;
        self.sip += other.sip;
        self.msrp += other.msrp;
        self.sessions += other.sessions;
        self.problems += other.problems;
    }
}

/// A property and its value.
pub type Fact = (&'static str, String);

/// One capture set as a whole.
#[derive(Clone, Debug, Default)]
pub struct CaptureDigest {
    pub counts: Counts,
    pub facts: Vec<Fact>,
    /// In order of their beginning.
    pub sessions: Vec<Arc<SessionLine>>,
    pub problems: Vec<ProblemLine>,
}

/// A session in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionLine {
    /// `s1`, `s2`, …
    pub id: String,
    pub kind: &'static str,
    pub subject: Option<String>,
    /// Some of the participants; where none is known, the focus URI.
    pub who: String,
    pub duration: String,
    /// Legs and messages.
    pub size: String,
    pub conversation_id: Option<String>,
    pub messages: u64,
    pub lasted_nanos: i64,
    /// All that the list can be searched for, in lower case.
    pub searched: String,
}

impl SessionLine {
    pub fn title(&self) -> &str {
        self.subject.as_deref().unwrap_or("no subject")
    }
}

/// Something that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProblemLine {
    pub kind: &'static str,
    pub frame: String,
    pub bytes: String,
    pub detail: String,
    /// At which it was noticed.
    pub at: Option<FrameId>,
}

/// One session in full.
#[derive(Clone, Debug, Default)]
pub struct SessionDigest {
    pub title: String,
    pub facts: Vec<Fact>,
    pub joints: Vec<JointLine>,
    pub legs: Vec<LegLine>,
    /// Runs and legs, for the list of sessions.
    pub parts: Vec<Arc<PartLine>>,
}

/// A run or a leg of a session in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartLine {
    pub text: String,
    pub note: String,
    /// Where it begins.
    pub first: Option<MessageId>,
}

/// Why legs are one session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JointLine {
    pub key: &'static str,
    pub value: String,
    pub frames: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegLine {
    pub participant: String,
    pub direction: &'static str,
    pub outcome: String,
    pub started: String,
    pub duration: String,
    pub ended_by: &'static str,
    pub messages: String,
    pub call_id: String,
    /// Where it begins.
    pub first: Option<MessageId>,
}

impl CaptureDigest {
    pub fn new(analysis: &Analysis) -> CaptureDigest {
        let Analysis { capture, messages, sessions, problems, .. } = analysis;
        let sip = messages.list.iter().filter(|message| message.sip().is_some()).count() as u64;
        let counts = Counts {
            frames: capture.frames.into(),
            sip,
            msrp: messages.list.len() as u64 - sip,
            sessions: sessions.sessions.len() as u64,
            problems: problems.len() as u64,
        };
        let mut messages_in = vec![0; sessions.sessions.len()];
        for &session in sessions.session_of.iter().filter(|session| **session != NO_SESSION) {
            messages_in[session as usize] += 1;
        }
        let lines = sessions.sessions.iter().zip(messages_in);
        CaptureDigest {
            counts,
            facts: capture_facts(analysis, counts),
            sessions: lines
                .enumerate()
                .map(|(number, (session, messages))| Arc::new(SessionLine::new(session, number, messages, analysis)))
                .collect(),
            problems: problems.iter().map(|problem| ProblemLine::new(problem, analysis)).collect(),
        }
    }
}

fn capture_facts(analysis: &Analysis, counts: Counts) -> Vec<Fact> {
    let capture = &analysis.capture;
    let mut facts: Vec<Fact> = Vec::new();
    for file in &capture.files {
        let frames = count(file.frames.into(), "frame");
        facts.push((
            "File",
            format!("{} ({} bytes, {frames})", shown(&file.input.to_string()), grouped(file.len_bytes)),
        ));
    }
    if let (Some(first), Some(last)) = (capture.first, capture.last) {
        facts.push(("From", format!("{} UTC", moment(first))));
        facts.push(("To", format!("{} UTC ({})", moment(last), duration(last.nanos_since(first)))));
    }
    let links: Vec<String> = capture.links.iter().map(|link| link.to_string()).collect();
    facts.push(("Link types", links.join(", ")));
    facts.push(("Messages", format!("{} SIP, {} MSRP", grouped(counts.sip), grouped(counts.msrp))));
    facts.push(("Sessions", grouped(counts.sessions)));
    if analysis.duplicate_datagrams > 0 {
        facts.push(("Duplicates", format!("{} left out", count(analysis.duplicate_datagrams, "datagram"))));
    }
    facts
}

impl SessionLine {
    fn new(session: &Session, number: usize, messages: u64, analysis: &Analysis) -> SessionLine {
        let legs = &analysis.sessions.legs;
        let participants = analysis.timelines.get(number).map_or(&[][..], |timeline| &timeline.participants);
        let mut line = SessionLine {
            id: session.id.clone(),
            kind: kind(session),
            subject: session.subject.as_deref().map(shown),
            who: match (session.kind, &session.focus_uri) {
                (SessionKind::Group, _) if !participants.is_empty() => people(analysis, number),
                (SessionKind::Group, Some(focus)) => shown(focus),
                (SessionKind::Group, None) => "focus unknown".into(),
                (SessionKind::OneToOne, _) => match session.legs.first().map(|&leg| &legs[leg]) {
                    Some(leg) => format!("{} – {}", name(leg.caller.as_ref()), name(leg.callee.as_ref())),
                    None => "MSRP without signalling".into(),
                },
            },
            duration: session_duration(session),
            size: format!("{} people · {}", participants.len(), count(messages, "message")),
            conversation_id: session.conversation_id.as_deref().map(shown),
            messages,
            lasted_nanos: session.span.1.nanos_since(session.started),
            searched: String::new(),
        };
        let mut searched = vec![line.id.clone(), line.who.clone(), line.title().to_owned(), line.kind.to_owned()];
        searched.extend(line.conversation_id.clone());
        searched.extend(session.focus_uri.as_deref().map(shown));
        searched.extend(session.contribution_ids.iter().map(|id| shown(id)));
        let people = participants.iter().take(MAX_SEARCHED_PARTICIPANTS);
        searched.extend(people.map(|participant| name(Some(&participant.identity))));
        line.searched = searched.join(" ").to_lowercase();
        line
    }
}

/// The first participants by their short names.
fn people(analysis: &Analysis, number: usize) -> String {
    let Some(timeline) = analysis.timelines.get(number) else { return String::new() };
    let names = Names::new(timeline);
    let first = timeline.participants.iter().take(MAX_NAMED_PARTICIPANTS);
    let named: Vec<String> = first.map(|participant| shown(names.get(&participant.identity))).collect();
    let more = timeline.participants.len().saturating_sub(MAX_NAMED_PARTICIPANTS);
    if more > 0 { format!("{} +{more}", named.join(", ")) } else { named.join(", ") }
}

impl SessionDigest {
    /// `None` for a session that `analysis` does not have.
    pub fn new(analysis: &Analysis, number: usize) -> Option<SessionDigest> {
        let sessions = &analysis.sessions;
        let session = sessions.sessions.get(number)?;
        let mut facts: Vec<Fact> = Vec::new();
        let mut add = |name, value: Option<&str>| facts.extend(value.map(|value| (name, shown(value))));
        add("Subject", session.subject.as_deref());
        add("Focus", session.focus_uri.as_deref());
        add("Conversation-ID", session.conversation_id.as_deref());
        for id in &session.contribution_ids {
            add("Contribution-ID", Some(id));
        }
        let predecessor = session.predecessor.and_then(|predecessor| sessions.sessions.get(predecessor));
        add("Extends", predecessor.map(|predecessor| predecessor.id.as_str()));
        facts.push(("Started", format!("{} UTC", moment(session.started))));
        facts.push(match session.ended {
            Some(ended) => ("Ended", format!("{} UTC", moment(ended))),
            None => ("Ended", "not in this capture".into()),
        });
        facts.push(("Duration", session_duration(session)));
        facts.extend(session.end_cause.as_deref().map(|cause| ("Cause", shown(cause))));
        if let Some(timeline) = analysis.timelines.get(number) {
            let participants = timeline.participants.iter().take(MAX_LISTED_PARTICIPANTS);
            facts.extend(participants.map(|participant| ("Participant", name(Some(&participant.identity)))));
            let more = timeline.participants.len().saturating_sub(MAX_LISTED_PARTICIPANTS) as u64;
            facts.extend((more > 0).then(|| ("Participants", format!("{} more", grouped(more)))));
            facts.push(("Chat messages", grouped(timeline.messages.len() as u64)));
        }
        facts.push(("Subscriptions", grouped(session.subscriptions.len() as u64)));
        Some(SessionDigest {
            title: format!("{}: {} session", session.id, kind(session)),
            facts,
            joints: session.joined_by.iter().map(|joint| JointLine::new(joint, analysis)).collect(),
            legs: session.legs.iter().map(|&leg| LegLine::new(&sessions.legs[leg], analysis)).collect(),
            parts: parts(analysis, session, number).into_iter().map(Arc::new).collect(),
        })
    }
}

/// Runs, where there are several, and legs.
fn parts(analysis: &Analysis, session: &Session, number: usize) -> Vec<PartLine> {
    let time = |id: MessageId| analysis.messages[id].time;
    let timeline = analysis.timelines.get(number);
    let names = timeline.map(Names::new);
    let runs = timeline.map_or(&[][..], |timeline| &timeline.runs);
    let mut parts: Vec<PartLine> = Vec::new();
    for (place, run) in runs.iter().enumerate().filter(|_| runs.len() > 1).take(MAX_LISTED_PARTS) {
        let lasted = run.to.map_or("open".to_owned(), |to| duration(time(to).nanos_since(time(run.from))));
        let began = run.began.map(|cause| format!(", {}", cause.as_str())).unwrap_or_default();
        let text = format!("Run {} at {}{began}", place + 1, clock(time(run.from)));
        parts.push(PartLine { text, note: lasted, first: Some(run.from) });
    }
    for leg in session.legs.iter().take(MAX_LISTED_PARTS).map(|&leg| &analysis.sessions.legs[leg]) {
        let name = |identity: &Option<Identity>| match (identity, &names) {
            (Some(identity), Some(names)) => shown(names.get(identity)),
            _ => "unknown".to_owned(),
        };
        let text = match leg.direction {
            Direction::ClientToFocus => format!("{} → focus", name(&leg.caller)),
            Direction::FocusToClient => format!("focus → {}", name(&leg.callee)),
            Direction::ClientToClient | Direction::Unknown => {
                format!("{} → {}", name(&leg.caller), name(&leg.callee))
            }
        };
        let note = match (leg.outcome, leg.answered) {
            (Outcome::Established, _) => String::new(),
            (outcome, Some((_, status))) => format!("{} {status}", outcome.as_str()),
            (outcome, None) => outcome.as_str().to_owned(),
        };
        parts.push(PartLine { text, note, first: leg.messages.first().copied() });
    }
    let more = session.legs.len().saturating_sub(MAX_LISTED_PARTS) as u64;
    if more > 0 {
        parts.push(PartLine { text: format!("{} more", count(more, "leg")), ..PartLine::default() });
    }
    parts
}

impl JointLine {
    fn new(joint: &Joint, analysis: &Analysis) -> JointLine {
        let listed = joint.frames.iter().take(MAX_LISTED_FRAMES).map(|&frame| frame_number(frame, analysis));
        let mut frames = listed.collect::<Vec<_>>().join(", ");
        let more = joint.frames.len().saturating_sub(MAX_LISTED_FRAMES) as u64;
        if more > 0 {
            frames.push_str(&format!(" and {} more", grouped(more)));
        }
        JointLine { key: joint.kind.as_str(), value: shown(&joint.value), frames }
    }
}

impl LegLine {
    fn new(leg: &Leg, analysis: &Analysis) -> LegLine {
        let time_of = |id: MessageId| analysis.messages[id].time;
        let span = leg.span().map(|(first, last)| (time_of(first), time_of(last)));
        let outcome = match leg.outcome {
            Outcome::Established => "established",
            Outcome::Rejected => "rejected",
            Outcome::Cancelled => "cancelled",
            Outcome::Unanswered => "unanswered",
        };
        LegLine {
            participant: name(leg.participant()),
            direction: match leg.direction {
                Direction::ClientToFocus => "client → focus",
                Direction::FocusToClient => "focus → client",
                Direction::ClientToClient => "client → client",
                Direction::Unknown => "unknown",
            },
            outcome: leg.answered.map_or_else(|| outcome.into(), |(_, status)| format!("{outcome} ({status})")),
            started: span.map(|(first, _)| clock(first)).unwrap_or_default(),
            duration: span.map(|(first, last)| duration(last.nanos_since(first))).unwrap_or_default(),
            ended_by: leg.ended_by().unwrap_or_default(),
            messages: grouped(leg.messages.len() as u64),
            call_id: shown(&leg.call_id),
            first: leg.messages.first().copied(),
        }
    }
}

impl ProblemLine {
    fn new(problem: &Problem, analysis: &Analysis) -> ProblemLine {
        ProblemLine {
            kind: problem.kind.as_str(),
            frame: problem.frame.map(|frame| frame_number(frame, analysis)).unwrap_or_default(),
            bytes: if problem.bytes > 0 { grouped(problem.bytes) } else { String::new() },
            detail: shown(&problem.detail),
            at: problem.frame,
        }
    }
}

fn kind(session: &Session) -> &'static str {
    match session.kind {
        SessionKind::Group => "group",
        SessionKind::OneToOne => "1-1",
    }
}

/// How a session that does not end in the capture goes on is not known: its duration is marked with `+`.
fn session_duration(session: &Session) -> String {
    let since_start = |end: Time| duration(end.nanos_since(session.started));
    match session.ended {
        Some(ended) => since_start(ended),
        None => format!("{}+", since_start(session.span.1)),
    }
}

pub fn name(identity: Option<&Identity>) -> String {
    match identity {
        Some(Identity { display_name: Some(name), uri, .. }) => format!("{} ({})", shown(name), shown(uri)),
        Some(identity) => shown(&identity.uri),
        None => "unknown".into(),
    }
}

/// As Wireshark numbers it; with the number of the file where there are several.
pub fn frame_number(frame: FrameId, analysis: &Analysis) -> String {
    let place = analysis.capture.table.place(frame);
    match analysis.capture.files.len() {
        ..2 => place.number.to_string(),
        _ => format!("{}:{}", place.file + 1, place.number),
    }
}
