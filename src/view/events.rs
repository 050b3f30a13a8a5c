//! What happened in a session, a line per event: who, and what.

use super::Names;
use crate::Analysis;
use crate::timeline::conference::{Change as News, Picture};
use crate::timeline::{
    ChatMessage, Delivery, DisagreementKind, Event, GroupDataRequest, GroupDataValue, Observer, SessionTimeline, State,
    Told,
};
use crate::wire::MessageId;

/// Texts of participants inside of a line are cut to this many characters.
const MAX_QUOTED_CHARS: usize = 40;

/// How a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    /// Of little importance.
    Faint,
    Good,
    /// Not certain, or in between.
    Doubtful,
    Bad,
}

impl From<State> for Tone {
    fn from(state: State) -> Tone {
        match state {
            State::Connected => Tone::Good,
            State::Disconnected => Tone::Bad,
            State::Invited | State::Pending => Tone::Doubtful,
        }
    }
}

/// One thing that happened; nothing is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// The message that shows it.
    pub at: MessageId,
    pub event: Event,
    pub who: String,
    pub what: String,
    pub tone: Tone,
}

/// All events of a session in order.
pub fn events(analysis: &Analysis, timeline: &SessionTimeline, names: &Names) -> Vec<EventLine> {
    let teller = Teller { analysis, timeline, names };
    let line = |(at, event)| {
        let (who, what, tone) = teller.tell(event);
        EventLine { at, event, who, what, tone }
    };
    timeline.events().into_iter().map(line).collect()
}

/// Who sent a message, as far as is known.
pub fn sender(message: &ChatMessage, timeline: &SessionTimeline, names: &Names) -> String {
    match message.sender.and_then(|sender| timeline.participants.get(sender)) {
        Some(sender) => names.get(&sender.identity).to_owned(),
        None => message.from.as_deref().map_or("unknown".to_owned(), |from| names.of_uri(from).to_owned()),
    }
}

struct Teller<'a> {
    analysis: &'a Analysis,
    timeline: &'a SessionTimeline,
    names: &'a Names,
}

impl Teller<'_> {
    fn tell(&self, event: Event) -> (String, String, Tone) {
        match event {
            Event::Change(participant, step) => {
                let participant = &self.timeline.participants[participant];
                let change = &participant.timeline[step];
                let mut what = change.state.as_str().to_owned();
                if let Some(cause) = change.cause {
                    what = format!("{what}: {}", cause.as_str());
                }
                if let Some(by) = &change.by {
                    what = format!("{what} by {}", self.names.of_uri(by));
                }
                if let Some(doubt) = change.uncertain {
                    what = format!("{what} ({doubt})");
                }
                let tone = change.uncertain.map_or(change.state.into(), |_| Tone::Doubtful);
                (self.names.get(&participant.identity).to_owned(), what, tone)
            }
            Event::Message(index) => {
                let message = &self.timeline.messages[index];
                let bytes = message.len_bytes(&self.analysis.sessions.msrp, &self.analysis.messages);
                let copy = |copy: &Delivery| format!("{} {}", self.name(copy.participant), self.frame(copy.message));
                let copies: Vec<String> = message.copies.iter().map(copy).collect();
                let to =
                    if copies.is_empty() { " to nobody".to_owned() } else { format!(" → {}", copies.join(", ")) };
                let what = format!("{} ({bytes} B){to}", message.content_type);
                (sender(message, self.timeline, self.names), what, Tone::Good)
            }
            Event::Told(observer, document) => {
                let observer = &self.timeline.observers[observer];
                let (what, tone) = self.told(observer, &observer.told[document]);
                (self.observer(observer), what, tone)
            }
            Event::Disagreement(index) => {
                let one = &self.timeline.disagreements[index];
                let (who, state) = (self.name(one.participant), one.state.as_str());
                let what = match one.kind {
                    DisagreementKind::Never => format!("is never told that {who} is {state}"),
                    DisagreementKind::Late { told } => {
                        format!("is told only in frame {} that {who} is {state}", self.frame(told))
                    }
                    DisagreementKind::Other { told } => {
                        format!("is told that {who} is {}, but it is {state}", told.map_or("not in", State::as_str))
                    }
                };
                let doubt = one.uncertain.map(|doubt| format!(" ({doubt})")).unwrap_or_default();
                let tone = one.uncertain.map_or(Tone::Bad, |_| Tone::Doubtful);
                (self.observer(&self.timeline.observers[one.observer]), format!("{what}{doubt}"), tone)
            }
            Event::GroupData(index) => {
                let request = &self.timeline.group_data[index];
                let (what, tone) = self.group_data(request);
                (self.known(request.participant), what, tone)
            }
            Event::Composing(index) => {
                let one = &self.timeline.composing[index];
                let what = if one.active { "is writing" } else { "has stopped writing" };
                (self.known(one.participant), what.to_owned(), Tone::Faint)
            }
            Event::Referral(index) => {
                let referral = &self.timeline.referrals[index];
                let who = referral.by.as_ref().map_or("unknown", |by| self.names.get(by)).to_owned();
                let targets: Vec<&str> = referral.targets.iter().map(|target| self.names.get(target)).collect();
                let answer = referral.answered.map(|(_, status)| format!(", answered {status}")).unwrap_or_default();
                let outcome = referral.progress.iter().rev().find_map(|(_, status)| *status);
                let outcome = outcome.map(|status| format!(", outcome {status}")).unwrap_or_default();
                let asked = referral.asked.as_str();
                let what = format!("asks the focus to {asked} {}{answer}{outcome}", targets.join(", "));
                (who, what, Tone::Plain)
            }
        }
    }

    /// What a document taught: `told (msrp, 3 in): Bob connected; subject “Trip”`.
    fn told(&self, observer: &Observer, told: &Told) -> (String, Tone) {
        // Those of whom the same is told are named together.
        let mut seen: Vec<(String, Vec<String>)> = Vec::new();
        for one in &told.seen {
            let by = one.by.as_ref().map(|by| format!(" by {}", self.names.of_uri(by))).unwrap_or_default();
            let cause = one.cause.filter(|_| one.state == Some(State::Disconnected));
            let cause = cause.map(|cause| format!(" ({})", cause.as_str())).unwrap_or_default();
            let what = format!("{}{cause}{by}", one.state.map_or("not listed", State::as_str));
            match seen.iter_mut().find(|(known, _)| *known == what) {
                Some((_, names)) => names.push(self.name(one.participant)),
                None => seen.push((what, vec![self.name(one.participant)])),
            }
        }
        let seen = seen.into_iter().map(|(what, names)| format!("{} {what}", names.join(", ")));
        let news = told.news.iter().filter_map(|news| self.news(news));
        let learned: Vec<String> = seen.chain(news).collect();
        let count = told.user_count.map(|count| format!(", {count} in")).unwrap_or_default();
        let (doubt, tone) = match told.taken {
            None => (Some("cannot be read"), Tone::Doubtful),
            Some(taken) if !taken.is_coherent() => (Some(taken.as_str()), Tone::Doubtful),
            Some(_) => (None, Tone::Faint),
        };
        let parts: Vec<String> = doubt.map(str::to_owned).into_iter().chain(learned).collect();
        let parts = if parts.is_empty() { "nothing new".to_owned() } else { parts.join("; ") };
        (format!("told ({}{count}): {parts}", observer.source.as_str()), tone)
    }

    fn news(&self, news: &News) -> Option<String> {
        let text = |text: &Option<String>| text.as_deref().map_or("none".to_owned(), |text| format!("“{}”", cut(text)));
        Some(match news {
            News::Subject { text: subject, .. } => format!("subject {}", text(subject)),
            News::Icon { picture, .. } => match picture {
                Some(Picture::Uri(uri)) => format!("icon {}", cut(uri)),
                Some(Picture::Part(id)) => format!("icon cid:{}", cut(id)),
                None => "no icon".to_owned(),
            },
            News::Bulletin(bulletin) => format!("bulletin {}", text(bulletin)),
            News::Keywords(keywords) => format!("keywords {}", keywords.join(" ")),
            News::MaximumUserCount(Some(maximum)) => format!("at most {maximum} users"),
            News::Roles { user, roles } => format!("{} is {}", self.names.of_uri(user), roles.join(", ")),
            News::DisplayText { user, text: name } => format!("{} is called {}", self.names.of_uri(user), text(name)),
            _ => return None,
        })
    }

    fn group_data(&self, request: &GroupDataRequest) -> (String, Tone) {
        let value = match &request.value {
            GroupDataValue::Subject(text) | GroupDataValue::Bulletin(text) => format!(" “{}”", cut(text)),
            GroupDataValue::IconUri(uri) => format!(" {}", cut(uri)),
            GroupDataValue::IconFile(id) => format!(" cid:{}", cut(id)),
            GroupDataValue::Roles(roles) => {
                let roles = roles.iter().map(|(role, uri)| format!("{role}: {}", self.names.of_uri(uri)));
                format!(" {}", roles.collect::<Vec<_>>().join(", "))
            }
            GroupDataValue::Other => String::new(),
        };
        let operation = request.operation.as_deref().unwrap_or("change");
        let target = request.target.as_deref().unwrap_or("something");
        let (outcome, tone) = match request.outcome {
            Some((_, Some(code))) if code < 300 => (code.to_string(), Tone::Plain),
            Some((_, Some(code))) => (code.to_string(), Tone::Bad),
            Some((_, None)) => ("an answer without code".to_owned(), Tone::Doubtful),
            None => ("no answer".to_owned(), Tone::Doubtful),
        };
        (format!("asks to {operation} the {target}{value}: {outcome}"), tone)
    }

    fn observer(&self, observer: &Observer) -> String {
        observer.who.map_or("an observer".to_owned(), |who| self.name(who))
    }

    fn frame(&self, id: MessageId) -> u32 {
        self.analysis.capture.table.place(self.analysis.messages[id].frame).number
    }

    fn known(&self, participant: Option<usize>) -> String {
        participant.map_or("unknown".to_owned(), |participant| self.name(participant))
    }

    fn name(&self, participant: usize) -> String {
        let participant = self.timeline.participants.get(participant);
        participant.map_or("unknown", |participant| self.names.get(&participant.identity)).to_owned()
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
