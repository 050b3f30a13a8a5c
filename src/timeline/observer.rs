//! What every observer was told: each subscription and each MSRP leg has its own view of the conference (RFC 4575 §4.6).

use hashbrown::HashMap;

use crate::session::{Identity, MsrpSessions, uri_key};
use crate::wire::conference_info::{DisconnectionMethod, JoiningMethod, User};
use crate::wire::xml::Text;
use crate::wire::{MessageId, Messages};

use super::conference::{Change as News, Conference, Presence, Stage, Table, Taken, is_yourown};
use super::notification::{Channel, Notification};
use super::onlooker::{Onlooker, Tree};
use super::participant::Cast;
use super::state::{Cause, Source, State};

/// One subscription to the conference package, or one MSRP leg, and what came over it.
#[derive(Clone, Debug)]
pub struct Observer {
    /// Index of the participant that is told; `None` when it is not known who it is.
    pub who: Option<usize>,
    pub source: Source,
    pub channel: Channel,
    pub told: Vec<Told>,
    /// The NOTIFY that ended the subscription.
    pub ended: Option<MessageId>,
}

/// One document and what it taught.
#[derive(Clone, Debug)]
pub struct Told {
    /// Index in [`super::SessionTimeline::notifications`].
    pub notification: usize,
    pub at: MessageId,
    /// As in [`Notification::is_kept`].
    pub is_kept: bool,
    /// What became of the document; `None` when it could not be read.
    pub taken: Option<Taken>,
    pub user_count: Option<u32>,
    /// Participants that are new, gone, or in another state than the observer knew.
    pub seen: Box<[Sighting]>,
    /// The rest of what is new: subject, icon, roles, names, counts.
    pub news: Box<[News]>,
}

/// What an observer learned about one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Index in [`super::SessionTimeline::participants`].
    pub participant: usize,
    /// `None` when it is no longer listed, or listed without a status.
    pub state: Option<State>,
    pub cause: Option<Cause>,
    /// The URI in joining-info or disconnection-info.
    pub by: Option<Box<str>>,
}

impl Observer {
    /// The last thing that this observer was told about `participant` up to and with message `until`.
    pub fn knows(&self, participant: usize, until: MessageId) -> Option<(&Told, &Sighting)> {
        let told = self.told.iter().rev().filter(|told| told.at <= until);
        told.flat_map(|told| told.seen.iter().rev().map(move |seen| (told, seen)))
            .find(|(_, seen)| seen.participant == participant)
    }
}

/// Follows every observer through its documents, which come in order. Who is only known from documents joins the cast.
pub fn build<'m>(
    notifications: &[Notification],
    msrp: &MsrpSessions,
    messages: &'m Messages,
    cast: &mut Cast,
    onlooker: &mut impl Onlooker<'m>,
) -> Vec<Observer> {
    let mut observers: Vec<(Observer, Conference)> = Vec::new();
    let mut by_channel: HashMap<Channel, usize> = HashMap::new();
    let mut anonymous = cast.participants.iter().enumerate().filter(|(_, one)| one.anonymous).map(|(index, _)| index);
    let hidden = anonymous.next().filter(|_| anonymous.next().is_none());
    let mut people = People { cast, by_entity: HashMap::new(), hidden };
    for (index, notification) in notifications.iter().enumerate() {
        let (source, channel, who) = (notification.source, notification.channel, notification.to);
        let observer = *by_channel.entry(channel).or_insert_with(|| {
            observers.push((Observer { who, source, channel, told: Vec::new(), ended: None }, Conference::default()));
            observers.len() - 1
        });
        let (observer, conference) = &mut observers[observer];
        let mut told = Told {
            notification: index,
            at: notification.message,
            is_kept: notification.is_kept,
            taken: None,
            user_count: None,
            seen: Box::default(),
            news: Box::default(),
        };
        let look = |tree: &Tree<'_>, info: &_| onlooker.document(notification, tree, info);
        if let Some(Ok(document)) = notification.read(msrp, messages, look) {
            let count = document.conference_state.as_ref().and_then(|state| state.user_count.as_ref());
            told.user_count = count.and_then(Text::to_u32);
            told.taken = Some(match source {
                Source::Notify => conference.notify(document),
                Source::Msrp | Source::Signalling => conference.snapshot(document),
            });
            told.learn(conference, who, &mut people);
        }
        observer.ended = observer.ended.or(notification.is_last.then_some(notification.message));
        observer.told.push(told);
    }
    let shrunk = observers.into_iter().map(|(mut observer, _)| {
        observer.told.shrink_to_fit();
        observer
    });
    shrunk.collect()
}

impl Told {
    fn learn(&mut self, conference: &Conference, who: Option<usize>, people: &mut People<'_>) {
        let table = conference.last_known();
        let (mut seen, mut rest) = (Vec::new(), Vec::new());
        for news in conference.learned() {
            match news {
                // Who left is listed once more as disconnected, and then no more.
                News::Disappeared { status, .. } if Stage::of(*status) == Stage::Disconnected => {}
                News::Appeared { user, .. } | News::Status { user, .. } | News::Disappeared { user, .. } => {
                    let entry = table.and_then(|table| table.user(user));
                    let participant = people.find(user, entry, table, who);
                    seen.push(Sighting::new(participant, entry));
                }
                other => rest.push(other.clone()),
            }
        }
        (self.seen, self.news) = (seen.into(), rest.into());
    }
}

impl Sighting {
    fn new(participant: usize, user: Option<&User>) -> Sighting {
        let Some(user) = user else { return Sighting { participant, state: None, cause: None, by: None } };
        let presence = Presence::of(user);
        let (state, cause, info) = match presence.stage {
            Stage::Connected => (Some(State::Connected), joining_cause(&presence), presence.joining_info),
            Stage::Pending => (Some(State::Pending), Some(Cause::Invited), presence.joining_info),
            Stage::Disconnected => (Some(State::Disconnected), leaving_cause(&presence), presence.disconnection_info),
            Stage::Unknown => (None, None, None),
        };
        let by = info.and_then(|info| info.by.as_ref()).map(|by| by.value.as_str().into());
        Sighting { participant, state, cause, by }
    }
}

/// RFC 4575 §5.7.4; in CPM somebody whom a REFER brought in has a joining-info (spec 9.2.14.3).
fn joining_cause(presence: &Presence<'_>) -> Option<Cause> {
    match presence.joining_method {
        _ if presence.joining_info.is_some_and(|info| info.by.is_some()) => Some(Cause::Added),
        Some(JoiningMethod::DialedIn) => Some(Cause::Joined),
        Some(JoiningMethod::DialedOut) => Some(Cause::Accepted),
        Some(JoiningMethod::FocusOwner) | None => None,
    }
}

/// RFC 4575 §5.7.6.
fn leaving_cause(presence: &Presence<'_>) -> Option<Cause> {
    Some(match presence.disconnection_method? {
        DisconnectionMethod::Departed => Cause::Departed,
        DisconnectionMethod::Booted => Cause::Booted,
        DisconnectionMethod::Failed => Cause::Failed,
        DisconnectionMethod::Busy => Cause::Declined,
    })
}

/// Who the users of documents are.
struct People<'a> {
    cast: &'a mut Cast,
    /// Entities that were met, as written.
    by_entity: HashMap<String, usize>,
    /// The only participant that asked for anonymity, until an entity stands for it.
    hidden: Option<usize>,
}

impl People<'_> {
    /// The participant that `entity` stands for: by its URI, which may be a tel: for a sip:; by another address that the document
    /// gives for it; the observer itself, whose own entry is marked; who asked for anonymity; else somebody new.
    fn find(&mut self, entity: &str, user: Option<&User>, table: Option<&Table>, who: Option<usize>) -> usize {
        if let Some(&known) = self.by_entity.get(entity) {
            return known;
        }
        let mut identity = Identity::from_uri(entity);
        let is_anonymous = identity.is_anonymous();
        let aors = user.and_then(|user| user.associated_aors.as_ref()).map_or(&[][..], |aors| &aors.entries);
        let other_address =
            || aors.iter().filter_map(|entry| entry.uri.as_ref()).find_map(|uri| self.cast.find(&uri_key(&uri.value)));
        let itself = || who.filter(|_| is_anonymous && user.is_some_and(is_yourown));
        let found = self.cast.find(&identity.key).or_else(other_address).or_else(itself);
        // The one participant that asked for anonymity, where no entity stood for it yet.
        let found = found.or_else(|| if is_anonymous { self.hidden.take() } else { None });
        self.hidden = self.hidden.filter(|hidden| found != Some(*hidden));
        let participant = found.unwrap_or_else(|| {
            identity.display_name = user.and_then(|user| user.display_text.as_ref()).map(|name| name.value.clone());
            self.cast.add(&identity, is_anonymous)
        });
        if let Some(name) =
            user.and_then(|user| user.display_text.as_ref()).filter(|name| !name.value.trim().is_empty())
        {
            let display_name = &mut self.cast.participants[participant].identity.display_name;
            display_name.get_or_insert_with(|| name.value.clone());
        }
        // Of hostile documents with ever new entities no more is kept than of the table.
        if self.by_entity.len() < table.map_or(0, |table| table.users().len()).max(MIN_ENTITIES) {
            self.by_entity.insert(entity.to_owned(), participant);
        }
        participant
    }
}

/// Entities of a session that are remembered in any case.
const MIN_ENTITIES: usize = 1_000;
