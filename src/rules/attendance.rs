//! Who is in by signalling and under which names, and whom of them each conference-info document lists: what the rules about users
//! hold against each other.

use hashbrown::{HashMap, HashSet};

use super::case::{Case, SETTLED_SECONDS};
use super::document::Document;
use crate::session::{Direction, Identity, Leg, uri_key};
use crate::timeline::conference::{Presence, Stage, is_yourown};
use crate::timeline::{Change, Source, State};
use crate::wire::MessageId;
use crate::wire::conference_info::Users;
use crate::wire::sip::{Message, Name};
use crate::wire::uri::split_values;

/// Participants of a session for whom it is looked under which other name they might be listed. More are not missed by accident.
const MAX_RENAMED: usize = 64;

/// The participants of a session, and the documents held against them.
pub struct Attendance {
    /// In step with [`crate::timeline::SessionTimeline::participants`].
    pub attendants: Vec<Attendant>,
    /// In step with [`Case::documents`]; `None` where there is nothing to judge.
    listings: Vec<Option<Listing>>,
}

/// A participant as its own legs show it. Of one who is only known from documents all is empty.
#[derive(Default)]
pub struct Attendant {
    /// The addresses that stand for it in its INVITE or SUBSCRIBE, or in its invitation and its 200.
    pub names: Vec<Identity>,
    /// Did it ask for privacy (RFC 3323, RFC 3325 §9.3)?
    pub is_private: bool,
    /// Normalised addresses that privacy is to hide.
    pub secrets: HashSet<String>,
    /// Did it call the first time that it was in?
    pub calls: bool,
    /// Indices into [`crate::session::Sessions::legs`].
    legs: Vec<usize>,
}

/// Whom a document lists.
#[derive(Default)]
pub struct Listing {
    /// In step with the users of [`Document::judged`]: the participant that each stands for.
    pub who: Vec<Option<usize>>,
    /// In step with them: where each stands by the document.
    pub stages: Vec<Stage>,
    /// Participants who are in by signalling, and for whom nothing stands.
    pub missing: Vec<usize>,
    /// Participants who are in by signalling, and the user that stands for them under a name that is not theirs.
    pub renamed: Vec<(usize, usize)>,
}

impl Attendant {
    pub fn is_known(&self) -> bool {
        !self.names.is_empty()
    }

    pub fn is_named(&self, key: &str) -> bool {
        self.names.iter().any(|name| name.key == key)
    }

    /// Reads one leg; `is_caller` tells at which end of it the participant is.
    fn read_leg(&mut self, case: &Case<'_>, index: usize, leg: &Leg, is_caller: bool) {
        self.calls |= is_caller && self.legs.is_empty();
        self.legs.push(index);
        let invite = leg.invited.and_then(|id| case.sip(id));
        let answer = leg.answered.filter(|(_, status)| *status < 300).and_then(|(id, _)| case.sip(id));
        if is_caller {
            if let Some(invite) = invite {
                self.read_sender(&invite);
            }
            return;
        }
        if let Some(invite) = invite {
            self.learn(invite.request_uri().map(|uri| Identity::from_uri(&uri)));
            self.learn(Identity::of_header(&invite, Name::To));
            self.learn(Identity::of_header(&invite, Name::PCalledPartyId));
        }
        if let Some(answer) = answer {
            let is_private = is_private(&answer);
            if is_private {
                // Whom the invitation names is hidden by the answer.
                self.secrets.extend(self.names.iter().map(|name| name.key.clone()));
            }
            self.is_private |= is_private;
            self.read_asserted(&answer, is_private);
        }
    }

    /// Reads the request of a caller or subscriber.
    fn read_sender(&mut self, request: &Message<'_>) {
        let is_private = is_private(request);
        self.is_private |= is_private;
        // The From is what a private caller wants to be called (9.2.14.3).
        self.learn(Identity::of_header(request, Name::From));
        self.read_asserted(request, is_private);
    }

    fn read_asserted(&mut self, message: &Message<'_>, is_private: bool) {
        for field in [Name::PAssertedIdentity, Name::PPreferredIdentity].into_iter().flat_map(|name| message.all(name))
        {
            for identity in split_values(&field.value()).filter_map(Identity::parse) {
                if is_private && !identity.is_anonymous() && !self.is_named(&identity.key) {
                    self.secrets.insert(identity.key.clone());
                }
                self.learn(Some(identity));
            }
        }
    }

    fn learn(&mut self, name: Option<Identity>) {
        let Some(name) = name else { return };
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }
}

/// Does the sender ask to be hidden?
fn is_private(message: &Message<'_>) -> bool {
    let asks = |value: &str| value.split([';', ',']).any(|word| ["id", "user"].contains(&word.trim()));
    message.header(Name::Privacy).is_some_and(|value| asks(&value.to_ascii_lowercase()))
        || (message.status().is_none()
            && Identity::of_header(message, Name::From).is_some_and(|from| from.is_anonymous()))
}

impl Attendance {
    pub(super) fn new(case: &Case<'_>) -> Attendance {
        let participants = &case.timeline.participants;
        let places = participants.iter().enumerate().map(|(index, one)| (one.identity.key.as_str(), index));
        let places: HashMap<&str, usize> = places.collect();
        let mut attendants: Vec<Attendant> = participants.iter().map(|_| Attendant::default()).collect();
        for (index, leg) in case.legs() {
            let is_caller = leg.direction != Direction::FocusToClient;
            let place = leg.participant().and_then(|who| places.get(who.key.as_str()));
            if let Some(&place) = place.filter(|_| leg.direction != Direction::Unknown) {
                attendants[place].read_leg(case, index, leg, is_caller);
            }
        }
        for (_, subscription) in case.subscriptions().filter(|(_, one)| one.tells_who_is_in()) {
            let place = subscription.subscriber.as_ref().and_then(|who| places.get(who.key.as_str()));
            let request = subscription.messages.first().and_then(|&id| case.sip(id));
            if let (Some(&place), Some(request)) = (place, request.filter(|one| one.method() == Some("SUBSCRIBE"))) {
                attendants[place].read_sender(&request);
            }
        }
        let mut attendance = Attendance { attendants, listings: Vec::new() };
        attendance.list(case);
        attendance
    }

    /// The state that signalling shows for a second before this message and a second after; `None` where it does not show one.
    pub fn settled_state(&self, case: &Case<'_>, participant: usize, at: MessageId) -> Option<State> {
        let state = self.settled_change(case, participant, at)?.state;
        // A participating function may keep its leg to the focus while the client is away.
        (state != State::Disconnected || !self.is_up(case, participant, at)).then_some(state)
    }

    /// Does one of its dialogs stand at this message?
    pub fn is_up(&self, case: &Case<'_>, participant: usize, at: MessageId) -> bool {
        self.attendants[participant].legs.iter().map(|&leg| &case.sessions().legs[leg]).any(|leg| {
            let answered = leg.answered.is_some_and(|(answer, status)| status < 300 && answer < at);
            answered && leg.ended.is_none_or(|(bye, _)| at < bye)
        })
    }

    /// The last change of a participant before this message where it has stood, and stands, for a second.
    pub fn settled_change<'c>(&self, case: &Case<'c>, participant: usize, at: MessageId) -> Option<&'c Change> {
        let timeline = &case.timeline.participants[participant].timeline;
        let next = timeline.partition_point(|change| change.at < at);
        let last = next.checked_sub(1).map(|last| &timeline[last])?;
        let is_sure = last.source == Source::Signalling && last.uncertain.is_none() && !case.lossy;
        let stands_before = case.seconds_between(last.at, at) > SETTLED_SECONDS;
        let stands_after =
            timeline.get(next).is_none_or(|change| case.seconds_between(at, change.at) > SETTLED_SECONDS);
        (is_sure && stands_before && stands_after).then_some(last)
    }

    /// The documents that list users, the last ones of subscriptions left out.
    pub fn documents<'c, 'a>(
        &'c self,
        case: &'c Case<'a>,
    ) -> impl Iterator<Item = (&'c Document, &'c Users, &'c Listing)> + 'c {
        let documents = case.documents().iter().zip(&self.listings);
        documents.filter_map(|(document, listing)| Some((document, users(document)?, listing.as_ref()?)))
    }

    /// What is missing in the document with this index of [`Case::documents`].
    pub fn listing(&self, document: usize) -> Option<&Listing> {
        self.listings.get(document)?.as_ref()
    }

    fn list(&mut self, case: &Case<'_>) {
        let mut by_key: HashMap<&str, usize> = HashMap::new();
        for (index, attendant) in self.attendants.iter().enumerate() {
            for name in attendant.names.iter().filter(|name| !name.is_anonymous()) {
                by_key.entry(&name.key).or_insert(index);
            }
        }
        let mut hidden = self.attendants.iter().enumerate().filter(|(_, one)| one.is_private).map(|(index, _)| index);
        let only_hidden = hidden.next().filter(|_| hidden.next().is_none());
        // A few entities stand in thousands of documents: each is normalised once.
        let mut known: HashMap<&str, (Option<usize>, bool)> = HashMap::new();
        let mut listings: Vec<Option<Listing>> = Vec::new();
        for document in case.documents() {
            let Some(users) = users(document) else {
                listings.push(None);
                continue;
            };
            let recipient = document.to().filter(|&to| self.attendants[to].is_private);
            let who = users.users.iter().map(|user| {
                let entity = user.entity.as_ref()?.as_str();
                let (who, is_anonymous) = *known.entry(entity).or_insert_with(|| {
                    let identity = Identity::from_uri(entity);
                    (by_key.get(identity.key.as_str()).copied(), identity.is_anonymous())
                });
                let own = recipient.filter(|_| is_yourown(user));
                who.or_else(|| own.or(only_hidden).filter(|_| is_anonymous))
            });
            let who = who.collect();
            let stages = users.users.iter().map(|user| Presence::of(user).stage).collect();
            listings.push(Some(Listing { who, stages, ..Listing::default() }));
        }
        let unlisted: Vec<(usize, Vec<usize>)> = (0..listings.len())
            .filter_map(|index| Some((index, self.unlisted(case, &case.documents()[index], listings[index].as_ref()?))))
            .filter(|(_, unlisted)| !unlisted.is_empty())
            .collect();
        let mut others = Others { case, beside: HashMap::new() };
        for (index, unlisted) in unlisted {
            for participant in unlisted {
                let found = others.standing_for(&self.attendants, participant, index, &listings);
                let Some(listing) = &mut listings[index] else { continue };
                match found {
                    Some(user) if self.attendants[participant].is_private => listing.who[user] = Some(participant),
                    Some(user) => {
                        listing.who[user] = Some(participant);
                        listing.renamed.push((participant, user));
                    }
                    None => listing.missing.push(participant),
                }
            }
        }
        self.listings = listings;
    }

    /// Participants who are in when the document was sent, and not in it.
    fn unlisted(&self, case: &Case<'_>, document: &Document, listing: &Listing) -> Vec<usize> {
        let state = |who: usize| case.timeline.participants[who].state_before(document.message);
        let known = || (0..self.attendants.len()).filter(|&who| self.attendants[who].is_known());
        let count = document.judged().and_then(|info| info.conference_state.as_ref()?.user_count.as_ref()?.to_u32());
        // A count that agrees with the signalling, and not with the list, shows that the list is short.
        let listed = listing.who.len();
        let is_short = !case.lossy
            && count.is_some_and(|count| count as usize > listed)
            && count.is_some_and(|count| {
                known().filter(|&who| state(who) == Some(State::Connected)).count() == count as usize
            });
        let is_in = |who: usize| match is_short {
            true => state(who) == Some(State::Connected),
            false => self.settled_state(case, who, document.message) == Some(State::Connected),
        };
        let is_listed: HashSet<usize> = listing.who.iter().flatten().copied().collect();
        known().filter(|who| !is_listed.contains(who)).filter(|&who| is_in(who)).collect()
    }
}

/// The users that are to be judged.
fn users(document: &Document) -> Option<&Users> {
    document.judged().filter(|_| !document.is_last() && !document.notification.is_kept)?.users.as_ref()
}

/// Looks for users who stand for somebody under another name.
struct Others<'c, 'a> {
    case: &'c Case<'a>,
    /// Participant → the keys of users who were listed beside it, and are somebody else.
    beside: HashMap<usize, HashSet<String>>,
}

impl Others<'_, '_> {
    /// The user in a document that stands for a participant who is not listed by name: of a private one any that is anonymous, else
    /// one that stands for nobody and was never listed beside it.
    fn standing_for(
        &mut self,
        attendants: &[Attendant],
        participant: usize,
        document: usize,
        listings: &[Option<Listing>],
    ) -> Option<usize> {
        let users = &users(&self.case.documents()[document])?.users;
        let Listing { who, stages, .. } = listings[document].as_ref()?;
        let strangers = (0..users.len()).filter(|&user| who[user].is_none());
        let mut strangers = strangers.filter(|&user| stages[user] != Stage::Disconnected);
        let entity = |user: usize| users[user].entity.as_ref().map(|entity| Identity::from_uri(entity.as_str()));
        let is_anonymous = |user: usize| entity(user).is_some_and(|entity| entity.is_anonymous());
        if attendants[participant].is_private {
            return strangers.find(|&user| is_anonymous(user));
        }
        if self.beside.len() >= MAX_RENAMED && !self.beside.contains_key(&participant) {
            return None;
        }
        let case = self.case;
        let beside = self.beside.entry(participant).or_insert_with(|| {
            let mut keys = HashSet::new();
            for (document, listing) in case.documents().iter().zip(listings) {
                let (Some(users), Some(listing)) = (self::users(document), listing) else { continue };
                if listing.who.contains(&Some(participant)) {
                    let entities = users.users.iter().filter_map(|user| user.entity.as_ref());
                    keys.extend(entities.map(|entity| uri_key(entity.as_str())));
                }
            }
            keys
        });
        strangers.find(|&user| !is_anonymous(user) && entity(user).is_some_and(|entity| !beside.contains(&entity.key)))
    }
}
