//! The part of the document that tells of participants, messages and what happened, see [`SessionTimeline`].

use std::borrow::Cow;

use serde::Serialize;

use super::Build;
use crate::capture::Time;
use crate::timeline::{
    Cause, Change, ChatMessage, Composing, Disagreement, DisagreementKind, GroupDataRequest, Notification, Observer,
    Referral, Run, SessionTimeline, Sighting, Source, State, Told,
};

#[derive(Serialize)]
pub struct ParticipantDocument<'a> {
    uri: &'a str,
    uri_key: &'a str,
    display_name: Option<&'a str>,
    anonymous: bool,
    timeline: Vec<ChangeDocument<'a>>,
    observed: Vec<ObservedDocument<'a>>,
}

#[derive(Serialize)]
pub struct ChangeDocument<'a> {
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
pub struct ObservedDocument<'a> {
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
pub struct DisagreementDocument<'a> {
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
pub struct RunDocument {
    started: Time,
    ended: Option<Time>,
    start_cause: Option<&'static str>,
    end_cause: Option<&'static str>,
}

#[derive(Serialize)]
pub struct MessageDocument<'a> {
    message_id: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    content_type: &'a str,
    size: usize,
    sha256: String,
    complete: bool,
    sent: Time,
    frame: u32,
    response: Option<u16>,
    chunks: usize,
    copies: Vec<CopyDocument<'a>>,
    /// Who was connected and has no copy in the capture that was not refused.
    missing: Vec<&'a str>,
    /// The REPORTs that came back to the sender.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reports: Vec<ReportDocument>,
    /// What IMDNs say beyond `delivered` and `displayed` of the copies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notices: Vec<NoticeDocument<'a>>,
}

#[derive(Serialize)]
pub struct ReportDocument {
    time: Time,
    frame: u32,
    status: u16,
}

#[derive(Serialize)]
pub struct NoticeDocument<'a> {
    time: Time,
    frame: u32,
    disposition: &'static str,
    recipient: Option<&'a str>,
    notifier: Option<&'a str>,
}

#[derive(Serialize)]
pub struct ComposingDocument<'a> {
    time: Time,
    participant: Option<&'a str>,
    active: bool,
    content_type: Option<&'a str>,
    refresh_secs: Option<u32>,
    frame: u32,
}

/// `code` and `answered` are those of the focus's answer.
#[derive(Serialize)]
pub struct GroupDataDocument<'a> {
    time: Time,
    participant: Option<&'a str>,
    target: Option<&'a str>,
    operation: Option<&'a str>,
    value: Option<String>,
    code: Option<u16>,
    answered: Option<Time>,
    frame: u32,
}

#[derive(Serialize)]
pub struct ReferralDocument<'a> {
    time: Time,
    by: Option<&'a str>,
    asked: &'static str,
    targets: Vec<&'a str>,
    status: Option<u16>,
    /// The last code in the sipfrag of a NOTIFY.
    outcome: Option<u16>,
    frame: u32,
}

#[derive(Serialize)]
pub struct CopyDocument<'a> {
    participant: &'a str,
    time: Time,
    frame: u32,
    response: Option<u16>,
    delivered: Option<Time>,
    displayed: Option<Time>,
    /// The INVITE of the later leg that brought what had been kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    deferred_frame: Option<u32>,
    /// Further copies that were not refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    duplicate_frames: Vec<u32>,
}

#[derive(Serialize)]
pub struct NotificationDocument<'a> {
    time: Time,
    to: Option<&'a str>,
    source: &'static str,
    state: Option<String>,
    version: Option<u32>,
    user_count: Option<u32>,
    frame: u32,
}

impl<'a> Build<'a> {
    pub fn participants(&self, timeline: &'a SessionTimeline) -> Vec<ParticipantDocument<'a>> {
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

    pub fn disagreement(&self, timeline: &'a SessionTimeline, one: &Disagreement) -> DisagreementDocument<'a> {
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

    pub fn referral(&self, one: &'a Referral) -> ReferralDocument<'a> {
        ReferralDocument {
            time: self.time(one.at),
            by: one.by.as_ref().map(|by| by.uri.as_str()),
            asked: one.asked.as_str(),
            targets: one.targets.iter().map(|target| target.uri.as_str()).collect(),
            status: one.answered.map(|(_, status)| status),
            outcome: one.progress.iter().rev().find_map(|(_, status)| *status),
            frame: self.frame(one.at),
        }
    }

    pub fn group_data(&self, timeline: &'a SessionTimeline, one: &'a GroupDataRequest) -> GroupDataDocument<'a> {
        GroupDataDocument {
            time: self.time(one.message),
            participant: uri(timeline, one.participant),
            target: one.target.as_deref(),
            operation: one.operation.as_deref(),
            value: one.value.text(),
            code: one.outcome.and_then(|(_, code)| code),
            answered: one.outcome.map(|(answer, _)| self.time(answer)),
            frame: self.frame(one.message),
        }
    }

    pub fn composing(&self, timeline: &'a SessionTimeline, one: &'a Composing) -> ComposingDocument<'a> {
        ComposingDocument {
            time: self.time(one.message),
            participant: uri(timeline, one.participant),
            active: one.active,
            content_type: one.content_type.as_deref(),
            refresh_secs: one.refresh_secs,
            frame: self.frame(one.message),
        }
    }

    pub fn run(&self, run: &Run) -> RunDocument {
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

    pub fn message(&self, timeline: &'a SessionTimeline, message: &'a ChatMessage) -> MessageDocument<'a> {
        let body: Cow<'a, [u8]> = message.body(&self.analysis.sessions.msrp, &self.analysis.messages);
        MessageDocument {
            message_id: &message.message_id,
            from: message.from.as_deref().or_else(|| uri(timeline, message.sender)),
            to: message.to.as_deref(),
            content_type: &message.content_type,
            size: body.len(),
            sha256: sha256(&body),
            complete: message.complete,
            sent: self.time(message.sent),
            frame: self.frame(message.sent),
            response: message.response,
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
                    deferred_frame: copy.deferred().map(|id| self.frame(id)),
                    duplicate_frames: copy.duplicates().map(|id| self.frame(id)).collect(),
                })
                .collect(),
            missing: timeline.missing(message).into_iter().filter_map(|index| uri(timeline, Some(index))).collect(),
            reports: message
                .reports(&self.analysis.sessions.msrp, &self.analysis.messages)
                .into_iter()
                .map(|one| ReportDocument {
                    time: self.time(one.message),
                    frame: self.frame(one.message),
                    status: one.status,
                })
                .collect(),
            notices: message
                .notices
                .iter()
                .map(|one| NoticeDocument {
                    time: self.time(one.message),
                    frame: self.frame(one.message),
                    disposition: one.disposition.as_str(),
                    recipient: uri(timeline, one.recipient),
                    notifier: uri(timeline, one.notifier),
                })
                .collect(),
        }
    }

    pub fn notification(&self, timeline: &'a SessionTimeline, one: &'a Notification) -> NotificationDocument<'a> {
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
}

/// The URI of a participant.
fn uri(timeline: &SessionTimeline, participant: Option<usize>) -> Option<&str> {
    participant.map(|index| timeline.participants[index].identity.uri.as_str())
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
