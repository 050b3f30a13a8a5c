//! The JSON document of an analysis, schema `rcshark.analysis/1`.
//!
//! Times are RFC 3339 in UTC with nanoseconds, frame numbers count from 1 in their file, URIs stand as on the wire with their
//! normalised form beside them as `uri_key`.

mod timeline;

use std::collections::BTreeMap;

use hashbrown::HashSet;
use serde::Serialize;

use super::findings::json::FindingDocument;
use super::findings::{self, Checked};
use crate::Analysis;
use crate::capture::{FrameId, Problem, Time};
use crate::rules::Tally;
use crate::session::{Joint, Leg, Session, Subscription};
use crate::timeline::SessionTimeline;
use crate::wire::MessageId;
use timeline::{
    ComposingDocument, DisagreementDocument, GroupDataDocument, MessageDocument, NotificationDocument,
    ParticipantDocument, ReferralDocument, RunDocument,
};

pub const SCHEMA: &str = "rcshark.analysis/1";

/// Everything found in one capture set.
#[derive(Serialize)]
pub struct Document<'a> {
    schema: &'static str,
    capture: CaptureDocument<'a>,
    sessions: Vec<SessionDocument<'a>>,
    conversations: Vec<ConversationDocument<'a>>,
    findings: Vec<FindingDocument<'a>>,
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
    referrals: Vec<ReferralDocument<'a>>,
    group_data: Vec<GroupDataDocument<'a>>,
    composing: Vec<ComposingDocument<'a>>,
    statements: BTreeMap<&'static str, &'static str>,
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

impl<'a> Document<'a> {
    /// The document of an analysis and what the rules say of it; `wanted` says which sessions are in it.
    pub fn new(checked: &Checked<'a>, wanted: impl Fn(&Session) -> bool) -> Document<'a> {
        let analysis = checked.analysis;
        let build = Build { analysis };
        let sessions = analysis.sessions.sessions.iter().zip(&analysis.timelines).enumerate();
        let sessions: Vec<SessionDocument<'a>> = sessions
            .filter(|(_, (session, _))| wanted(session))
            .map(|(index, pair)| build.session(pair, &checked.outcome.statements[index]))
            .collect();
        let shown: HashSet<&str> = sessions.iter().map(|session| session.id).collect();
        Document {
            schema: SCHEMA,
            capture: CaptureDocument::new(analysis),
            sessions,
            conversations: build.conversations(),
            findings: findings::json::all(checked).into_iter().filter(|finding| finding.is_of(&shown)).collect(),
        }
    }
}

impl<'a> CaptureDocument<'a> {
    pub fn new(analysis: &'a Analysis) -> CaptureDocument<'a> {
        let capture = &analysis.capture;
        let names: Vec<String> = capture.files.iter().map(|file| file.input.to_string()).collect();
        let sip = analysis.messages.list.iter().filter(|message| message.sip().is_some()).count();
        CaptureDocument {
            path: names.join(" + "),
            files: if names.len() > 1 { names } else { Vec::new() },
            frames: capture.frames,
            first: capture.first,
            last: capture.last,
            link_types: capture.links.iter().map(ToString::to_string).collect(),
            sip_messages: sip,
            msrp_messages: analysis.messages.list.len() - sip,
            duplicate_datagrams: analysis.duplicate_datagrams,
            problems: analysis.problems.iter().map(|problem| ProblemDocument::new(problem, analysis)).collect(),
        }
    }
}

impl<'a> ProblemDocument<'a> {
    fn new(problem: &'a Problem, analysis: &Analysis) -> ProblemDocument<'a> {
        let capture = &analysis.capture;
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
}

struct Build<'a> {
    analysis: &'a Analysis,
}

impl<'a> Build<'a> {
    fn conversations(&self) -> Vec<ConversationDocument<'a>> {
        let sessions = &self.analysis.sessions;
        let documents = sessions.conversations.iter().map(|(id, members)| ConversationDocument {
            conversation_id: id,
            sessions: members.iter().map(|&member| sessions.sessions[member].id.as_str()).collect(),
        });
        documents.collect()
    }

    fn session(
        &self,
        (session, timeline): (&'a Session, &'a SessionTimeline),
        statements: &[(&'static str, Tally)],
    ) -> SessionDocument<'a> {
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
            referrals: timeline.referrals.iter().map(|one| self.referral(one)).collect(),
            group_data: timeline.group_data.iter().map(|one| self.group_data(timeline, one)).collect(),
            composing: timeline.composing.iter().map(|one| self.composing(timeline, one)).collect(),
            statements: statements.iter().filter_map(|(id, tally)| Some((*id, tally.verdict()?.as_str()))).collect(),
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
