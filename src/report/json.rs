//! The JSON document of an analysis, schema `rcshark.analysis/1`.
//!
//! Times are RFC 3339 in UTC with nanoseconds, frame numbers count from 1 in their file, URIs stand as on the wire with their
//! normalised form beside them as `uri_key`.

use std::borrow::Cow;

use serde::Serialize;

use crate::Analysis;
use crate::capture::{FrameId, Problem, Time};
use crate::session::{Joint, Leg, Session, Subscription};
use crate::timeline::{
    Cause, Change, ChatMessage, Disagreement, DisagreementKind, Notification, Observer, Run, SessionTimeline, Sighting,
    Source, State, Told,
};
use crate::wire::MessageId;

pub const SCHEMA: &str = "rcshark.analysis/1";

/// Everything found in one capture set.
#[derive(Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    capture: CaptureDocument<'a>,
    sessions: Vec<SessionDocument<'a>>,
    conversations: Vec<ConversationDocument<'a>>,
    findings: [(); 0],
}

#[derive(Serialize)]
pub struct CaptureDocument<'a> {
    path: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
    frames: u32,
    first: Option<Time>,
    last: Option<Time>,
    link_types: Vec<String>,
    sip_messages: usize,
    msrp_messages: usize,
    duplicate_datagrams: u64,
    problems: Vec<ProblemDocument<'a>>,
}

#[derive(Serialize)]
struct ProblemDocument<'a> {
    kind: &'static str,
    frame: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    bytes: u64,
    detail: &'a str,
}

#[derive(Serialize)]
struct ConversationDocument<'a> {
    conversation_id: &'a str,
    sessions: Vec<&'a str>,
}

#[derive(Serialize)]
struct SessionDocument<'a> {
    id: &'a str,
    kind: &'static str,
    contribution_ids: &'a [String],
    conversation_id: Option<&'a str>,
    focus_uri: Option<&'a str>,
    uri_key: Option<String>,
    subject: Option<&'a str>,
    predecessor: Option<&'a str>,
    started: Time,
    ended: Option<Time>,
    end_cause: Option<&'a str>,
    joined_by: Vec<JointDocument<'a>>,
    legs: Vec<LegDocument<'a>>,
    subscriptions: Vec<SubscriptionDocument<'a>>,
    runs: Vec<RunDocument>,
    participants: Vec<ParticipantDocument<'a>>,
    messages: Vec<MessageDocument<'a>>,
    notifications: Vec<NotificationDocument<'a>>,
    disagreements: Vec<DisagreementDocument<'a>>,
    statements: serde_json::Map<String, serde_json::Value>,
}

#[derive(Serialize)]
struct JointDocument<'a> {
    key: &'static str,
    value: &'a str,
    frames: Vec<u32>,
}

#[derive(Serialize)]
struct LegDocument<'a> {
    call_id: &'a str,
    from_tag: &'a str,
    to_tag: &'a str,
    direction: &'static str,
    direction_evidence: Option<EvidenceDocument>,
    participant: Option<&'a str>,
    uri_key: Option<&'a str>,
    outcome: &'static str,
    final_status: Option<u16>,
    invited: Option<Time>,
    established: Option<Time>,
    ended: Option<Time>,
    ended_by: Option<&'static str>,
    msrp: Option<MsrpDocument<'a>>,
    frames: Vec<u32>,
}

#[derive(Serialize)]
struct EvidenceDocument {
    why: &'static str,
    frame: u32,
}

/// `local` is the participant's side of the leg (the caller's between two clients), `remote` the other one.
#[derive(Serialize)]
struct MsrpDocument<'a> {
    local_path: Option<&'a str>,
    remote_path: Option<&'a str>,
    conference_info_applicable: bool,
}

#[derive(Serialize)]
struct SubscriptionDocument<'a> {
    call_id: &'a str,
    from_tag: &'a str,
    to_tag: &'a str,
    event: &'a str,
    subscriber: Option<&'a str>,
    target: Option<&'a str>,
    status: Option<u16>,
    notifies: Vec<u32>,
}

#[derive(Serialize)]
struct ParticipantDocument<'a> {
    uri: &'a str,
    uri_key: &'a str,
    display_name: Option<&'a str>,
    anonymous: bool,
    timeline: Vec<ChangeDocument<'a>>,
    observed: Vec<ObservedDocument<'a>>,
}

#[derive(Serialize)]
struct ChangeDocument<'a> {
    time: Time,
    state: &'static str,
    cause: Option<&'static str>,
    by: Option<&'a str>,
    source: &'static str,
    frame: u32,
    /// What was not captured.
    #[serde(skip_serializing_if = "Option::is_none")]
    uncertain: Option<&'static str>,
}

/// What an observer learned of a participant; `state` is null when it is no longer listed.
#[derive(Serialize)]
struct ObservedDocument<'a> {
    time: Time,
    observer: Option<&'a str>,
    source: &'static str,
    state: Option<&'static str>,
    cause: Option<&'static str>,
    by: Option<&'a str>,
    frame: u32,
}

/// An observer that was told late, never, or something else (`told`) than signalling shows (`state`).
#[derive(Serialize)]
struct DisagreementDocument<'a> {
    time: Time,
    observer: Option<&'a str>,
    participant: &'a str,
    state: &'static str,
    kind: &'static str,
    told: Option<&'static str>,
    told_frame: Option<u32>,
    frame: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    uncertain: Option<&'static str>,
}

#[derive(Serialize)]
struct RunDocument {
    started: Time,
    ended: Option<Time>,
    start_cause: Option<&'static str>,
    end_cause: Option<&'static str>,
}

#[derive(Serialize)]
struct MessageDocument<'a> {
    message_id: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    content_type: &'a str,
    size: usize,
    sha256: String,
    complete: bool,
    sent: Time,
    frame: u32,
    chunks: usize,
    copies: Vec<CopyDocument<'a>>,
}

#[derive(Serialize)]
struct CopyDocument<'a> {
    participant: &'a str,
    time: Time,
    frame: u32,
    response: Option<u16>,
    delivered: Option<Time>,
    displayed: Option<Time>,
}

#[derive(Serialize)]
struct NotificationDocument<'a> {
    time: Time,
    to: Option<&'a str>,
    source: &'static str,
    state: Option<String>,
    version: Option<u32>,
    user_count: Option<u32>,
    frame: u32,
}

impl<'a> Document<'a> {
    /// The document of `analysis`; `wanted` says which sessions are in it.
    pub fn new(analysis: &'a Analysis, wanted: impl Fn(&Session) -> bool) -> Document<'a> {
        let build = Build { analysis };
        let sessions = analysis.sessions.sessions.iter().zip(&analysis.timelines);
        Document {
            schema: SCHEMA,
            capture: build.capture(),
            sessions: sessions.filter(|(session, _)| wanted(session)).map(|pair| build.session(pair)).collect(),
            conversations: build.conversations(),
            findings: [],
        }
    }
}

struct Build<'a> {
    analysis: &'a Analysis,
}

impl<'a> Build<'a> {
    fn capture(&self) -> CaptureDocument<'a> {
        let capture = &self.analysis.capture;
        let names: Vec<String> = capture.files.iter().map(|file| file.input.to_string()).collect();
        let sip = self.analysis.messages.list.iter().filter(|message| message.sip().is_some()).count();
        CaptureDocument {
            path: names.join(" + "),
            files: if names.len() > 1 { names } else { Vec::new() },
            frames: capture.frames,
            first: capture.first,
            last: capture.last,
            link_types: capture.links.iter().map(ToString::to_string).collect(),
            sip_messages: sip,
            msrp_messages: self.analysis.messages.list.len() - sip,
            duplicate_datagrams: self.analysis.duplicate_datagrams,
            problems: self.analysis.problems.iter().map(|problem| self.problem(problem)).collect(),
        }
    }

    fn problem(&self, problem: &'a Problem) -> ProblemDocument<'a> {
        let capture = &self.analysis.capture;
        let place = problem.frame.map(|frame| capture.table.place(frame));
        let file = place.filter(|_| capture.files.len() > 1).and_then(|place| capture.files.get(place.file as usize));
        ProblemDocument {
            kind: problem.kind.as_str(),
            frame: place.map(|place| place.number),
            file: file.map(|file| file.input.to_string()),
            bytes: problem.bytes,
            detail: &problem.detail,
        }
    }

    fn conversations(&self) -> Vec<ConversationDocument<'a>> {
        let sessions = &self.analysis.sessions;
        let documents = sessions.conversations.iter().map(|(id, members)| ConversationDocument {
            conversation_id: id,
            sessions: members.iter().map(|&member| sessions.sessions[member].id.as_str()).collect(),
        });
        documents.collect()
    }

    fn session(&self, (session, timeline): (&'a Session, &'a SessionTimeline)) -> SessionDocument<'a> {
        let all = &self.analysis.sessions;
        SessionDocument {
            id: &session.id,
            kind: session.kind.as_str(),
            contribution_ids: &session.contribution_ids,
            conversation_id: session.conversation_id.as_deref(),
            focus_uri: session.focus_uri.as_deref(),
            uri_key: session.focus_uri.as_deref().map(crate::session::uri_key),
            subject: session.subject.as_deref(),
            predecessor: session.predecessor.map(|index| all.sessions[index].id.as_str()),
            started: session.started,
            ended: session.ended,
            end_cause: session.end_cause.as_deref(),
            joined_by: session.joined_by.iter().map(|joint| self.joint(joint)).collect(),
            legs: session.legs.iter().map(|&leg| self.leg(&all.legs[leg])).collect(),
            subscriptions: session
                .subscriptions
                .iter()
                .map(|&one| self.subscription(&all.subscriptions[one]))
                .collect(),
            runs: timeline.runs.iter().map(|run| self.run(run)).collect(),
            participants: self.participants(timeline),
            messages: timeline.messages.iter().map(|message| self.message(timeline, message)).collect(),
            notifications: timeline.notifications.iter().map(|one| self.notification(timeline, one)).collect(),
            disagreements: timeline.disagreements.iter().map(|one| self.disagreement(timeline, one)).collect(),
            statements: serde_json::Map::new(),
        }
    }

    fn joint(&self, joint: &'a Joint) -> JointDocument<'a> {
        let frames = joint.frames.iter().map(|&frame| self.number(frame)).collect();
        JointDocument { key: joint.kind.as_str(), value: &joint.value, frames }
    }

    fn leg(&self, leg: &'a Leg) -> LegDocument<'a> {
        let (local_path, remote_path) = leg.paths();
        let msrp = (local_path.is_some() || remote_path.is_some()).then(|| MsrpDocument {
            local_path,
            remote_path,
            conference_info_applicable: leg.media.conference_info_applicable(),
        });
        let moments = [leg.invited, leg.answered.map(|(id, _)| id), leg.established, leg.ended.map(|(id, _)| id)];
        LegDocument {
            call_id: &leg.call_id,
            from_tag: &leg.from_tag,
            to_tag: &leg.to_tag,
            direction: leg.direction.as_str(),
            direction_evidence: leg.direction_evidence.map(|(why, id)| EvidenceDocument { why, frame: self.frame(id) }),
            participant: leg.participant().map(|identity| identity.uri.as_str()),
            uri_key: leg.participant().map(|identity| identity.key.as_str()),
            outcome: leg.outcome.as_str(),
            final_status: leg.answered.map(|(_, status)| status),
            invited: leg.invited.map(|id| self.time(id)),
            established: leg.established.map(|id| self.time(id)),
            ended: leg.ended.map(|(id, _)| self.time(id)),
            ended_by: leg.ended_by(),
            msrp,
            frames: moments.into_iter().flatten().map(|id| self.frame(id)).collect(),
        }
    }

    fn subscription(&self, one: &'a Subscription) -> SubscriptionDocument<'a> {
        SubscriptionDocument {
            call_id: &one.call_id,
            from_tag: &one.from_tag,
            to_tag: &one.to_tag,
            event: &one.event,
            subscriber: one.subscriber.as_ref().map(|identity| identity.uri.as_str()),
            target: one.target.as_ref().map(|identity| identity.uri.as_str()),
            status: Some(one.status).filter(|status| *status != 0),
            notifies: one.notifies.iter().map(|&id| self.frame(id)).collect(),
        }
    }

    fn participants(&self, timeline: &'a SessionTimeline) -> Vec<ParticipantDocument<'a>> {
        let documents = timeline.participants.iter().map(|participant| ParticipantDocument {
            uri: &participant.identity.uri,
            uri_key: &participant.identity.key,
            display_name: participant.identity.display_name.as_deref(),
            anonymous: participant.anonymous,
            timeline: participant.timeline.iter().map(|change| self.change(change)).collect(),
            observed: Vec::new(),
        });
        let mut documents: Vec<ParticipantDocument<'a>> = documents.collect();
        let mut sightings: Vec<(&Observer, &Told, &Sighting)> = Vec::new();
        for observer in &timeline.observers {
            sightings
                .extend(observer.told.iter().flat_map(|told| told.seen.iter().map(move |seen| (observer, told, seen))));
        }
        sightings.sort_by_key(|(_, told, _)| told.at);
        for (observer, told, seen) in sightings {
            documents[seen.participant].observed.push(ObservedDocument {
                time: self.time(told.at),
                observer: observer.who.map(|who| timeline.participants[who].identity.uri.as_str()),
                source: observer.source.as_str(),
                state: seen.state.map(State::as_str),
                cause: seen.cause.map(Cause::as_str),
                by: seen.by.as_deref(),
                frame: self.frame(told.at),
            });
        }
        documents
    }

    fn disagreement(&self, timeline: &'a SessionTimeline, one: &Disagreement) -> DisagreementDocument<'a> {
        let uri = |participant: usize| timeline.participants[participant].identity.uri.as_str();
        let (told, told_frame) = match one.kind {
            DisagreementKind::Late { told } => (None, Some(self.frame(told))),
            DisagreementKind::Never => (None, None),
            DisagreementKind::Other { told } => (told.map(State::as_str), None),
        };
        DisagreementDocument {
            time: self.time(one.at),
            observer: timeline.observers[one.observer].who.map(uri),
            participant: uri(one.participant),
            state: one.state.as_str(),
            kind: one.kind.as_str(),
            told,
            told_frame,
            frame: self.frame(one.at),
            uncertain: one.uncertain,
        }
    }

    fn run(&self, run: &Run) -> RunDocument {
        RunDocument {
            started: self.time(run.from),
            ended: run.to.map(|to| self.time(to)),
            start_cause: run.began.map(Cause::as_str),
            end_cause: run.ended.map(Cause::as_str),
        }
    }

    fn change(&self, change: &'a Change) -> ChangeDocument<'a> {
        ChangeDocument {
            time: self.time(change.at),
            state: change.state.as_str(),
            cause: change.cause.map(Cause::as_str),
            by: change.by.as_deref(),
            source: change.source.as_str(),
            frame: self.frame(change.at),
            uncertain: change.uncertain,
        }
    }

    fn message(&self, timeline: &'a SessionTimeline, message: &'a ChatMessage) -> MessageDocument<'a> {
        let body: Cow<'a, [u8]> = message.body(&self.analysis.sessions.msrp, &self.analysis.messages);
        MessageDocument {
            message_id: &message.message_id,
            from: message.from.as_deref(),
            to: message.to.as_deref(),
            content_type: &message.content_type,
            size: body.len(),
            sha256: sha256(&body),
            complete: message.complete,
            sent: self.time(message.sent),
            frame: self.frame(message.sent),
            chunks: message.chunks,
            copies: message
                .copies
                .iter()
                .map(|copy| CopyDocument {
                    participant: &timeline.participants[copy.participant].identity.uri,
                    time: self.time(copy.message),
                    frame: self.frame(copy.message),
                    response: copy.response,
                    delivered: copy.delivered.map(|id| self.time(id)),
                    displayed: copy.displayed.map(|id| self.time(id)),
                })
                .collect(),
        }
    }

    fn notification(&self, timeline: &'a SessionTimeline, one: &'a Notification) -> NotificationDocument<'a> {
        let document = one.document(&self.analysis.sessions.msrp, &self.analysis.messages).unwrap_or_default();
        // Over MSRP a document is complete and has neither (spec 9.2.14.3): what it says all the same is for the rules.
        let by_notify = one.source == Source::Notify;
        let user_count = document.conference_state.and_then(|state| state.user_count);
        NotificationDocument {
            time: self.time(one.message),
            to: one.to.map(|participant| timeline.participants[participant].identity.uri.as_str()),
            source: one.source.as_str(),
            state: document.state.filter(|_| by_notify).map(|state| state.value),
            version: document.version.filter(|_| by_notify).and_then(|version| version.to_u32()),
            user_count: user_count.and_then(|count| count.to_u32()),
            frame: self.frame(one.message),
        }
    }

    fn time(&self, id: MessageId) -> Time {
        self.analysis.messages[id].time
    }

    fn frame(&self, id: MessageId) -> u32 {
        self.number(self.analysis.messages[id].frame)
    }

    fn number(&self, frame: FrameId) -> u32 {
        self.analysis.capture.table.place(frame).number
    }
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
