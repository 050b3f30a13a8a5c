//! Whom a document was sent to: the leg, whether it has group data, and who began the session.

use hashbrown::{HashMap, HashSet};

use crate::rules::{Case, Document, Judge};
use crate::session::{Direction, Leg, MsrpMedia, uri_key};
use crate::timeline::Channel;
use crate::timeline::conference::{Presence, Stage};
use crate::wire::MessageId;
use crate::wire::conference_info::{ConferenceInfo, Description};

/// The legs of the recipients, looked up once for all documents.
pub struct Recipients<'a> {
    by_msrp: HashMap<u32, &'a Leg>,
    /// By normalised URI, in order of their beginning.
    by_user: HashMap<&'a str, Vec<&'a Leg>>,
    /// Users whose MSRP was captured.
    heard: HashSet<&'a str>,
    /// The leg that began the session, where its INVITE was captured.
    first: Option<&'a Leg>,
}

impl<'a> Recipients<'a> {
    pub fn new(case: &Case<'a>) -> Recipients<'a> {
        let sessions = case.sessions();
        let legs = || case.session.legs.iter().map(|&index| &sessions.legs[index]);
        let mut found = Recipients {
            by_msrp: legs().filter_map(|leg| Some((leg.msrp?, leg))).collect(),
            by_user: HashMap::new(),
            heard: HashSet::new(),
            first: legs().next().filter(|leg| begins(leg) && makes(case, leg) && !comes_back(case, leg)),
        };
        for leg in legs() {
            let Some(who) = leg.participant() else { continue };
            found.by_user.entry(who.key.as_str()).or_default().push(leg);
            if leg.msrp.is_some() {
                found.heard.insert(who.key.as_str());
            }
        }
        found
    }

    /// The leg of the recipient at that time.
    pub fn leg(&self, case: &Case<'a>, document: &Document) -> Option<&'a Leg> {
        match document.notification.channel {
            Channel::Msrp(index) => self.by_msrp.get(&index).copied(),
            Channel::Leg(index) => case.sessions().legs.get(index),
            Channel::Subscription(_) => {
                let who = case.timeline.participants.get(document.to()?)?;
                let legs = self.by_user.get(who.identity.key.as_str())?;
                let next = legs.partition_point(|leg| leg.messages.first().is_some_and(|&id| id < document.message));
                legs[..next].last().copied()
            }
        }
    }

    /// Do offer and answer on the recipient's leg both list the content type of group data? `None` where one of them is missing.
    pub fn has_group_data(&self, case: &Case<'a>, document: &Document) -> Option<bool> {
        let wanted = case.profile.content_types.group_data.as_str();
        let lists = |media: &MsrpMedia| media.accept_types.iter().any(|kind| kind.eq_ignore_ascii_case(wanted));
        let media = &self.leg(case, document)?.media;
        Some(lists(media.caller.as_ref()?) && lists(media.callee.as_ref()?))
    }

    /// Did the user of this leg begin the session with it? `None` where the beginning was not captured.
    pub fn began_the_session(&self, leg: &Leg) -> Option<bool> {
        let first = self.first?;
        let key = |leg: &'_ Leg| leg.participant().map(|who| who.key.clone());
        Some(begins(leg) && key(leg) == key(first))
    }

    /// The INVITE of an ad-hoc group that began the session, when it was captured: a pre-defined group has data from elsewhere.
    pub fn ad_hoc_beginning(&self, case: &Case<'_>) -> Option<&'a Leg> {
        let first = self.first.filter(|leg| leg.asks_for_group && leg.invited.is_some())?;
        let is_group = first.request_uri.as_ref().is_some_and(|uri| case.profile.is_group_address(&uri.uri));
        // The focus of a pre-defined group invites in the name of the group, another one in its own.
        let is_other = |leg: &&Leg| {
            let focus = leg.focus.as_ref().map(|(focus, _)| focus.key.as_str());
            leg.focus_asserted.as_ref().is_some_and(|(asserted, _)| Some(asserted.key.as_str()) != focus)
        };
        let is_asserted = self.by_user.values().flatten().any(is_other);
        let has_list = has_list(case, first.invited?)?;
        (has_list && !is_group && !is_asserted && case.session.predecessor.is_none()).then_some(first)
    }

    /// Was the MSRP of everybody who is connected captured, so that no request to change the group can have been missed?
    pub fn hears_everybody(&self, case: &Case<'_>, info: &ConferenceInfo) -> bool {
        let users = info.users.iter().flat_map(|users| &users.users);
        let mut connected = users.filter(|user| Presence::of(user).stage != Stage::Disconnected);
        let is_heard = |uri: &str| self.heard.contains(&*case.key(uri));
        !case.lossy && connected.all(|user| user.entity.as_ref().is_some_and(|entity| is_heard(entity.as_str())))
    }
}

/// An INVITE of a client that is for a factory or a group, not for a focus that is there already.
fn begins(leg: &Leg) -> bool {
    let focus = leg.focus.as_ref().map(|(focus, _)| focus.key.as_str());
    let called = leg.request_uri.as_ref().map(|uri| uri.key.as_str());
    leg.direction == Direction::ClientToFocus && called.is_some() && called != focus
}

/// Does a leg call the focus itself? Then the session began before the capture.
fn comes_back(case: &Case<'_>, leg: &Leg) -> bool {
    let focus = case.session.focus_uri.as_deref().map(uri_key);
    focus.is_some() && leg.request_uri.as_ref().map(|uri| &uri.key) == focus.as_ref()
}

/// Does it make the session? Else it joins one that was there before the capture began: whoever makes it names the others, or has them
/// invited.
fn makes(case: &Case<'_>, leg: &Leg) -> bool {
    let invites =
        case.legs().any(|(_, other)| other.direction == Direction::FocusToClient && other.invited > leg.invited);
    invites || leg.invited.and_then(|id| has_list(case, id)) == Some(true)
}

/// Does an INVITE have a list of recipients?
fn has_list(case: &Case<'_>, id: MessageId) -> Option<bool> {
    let message = case.sip(id)?;
    Some(!case.listed_uris(id, &message).is_empty())
}

/// The answer to the INVITE of the leg: since then the user is in.
pub fn joined(leg: &Leg) -> Option<MessageId> {
    leg.answered.map(|(answer, _)| answer)
}

/// The documents that have a description, with the state that is to be judged. Of the others `statement` is undecided.
pub fn described<'c, 'a>(
    case: &'c Case<'a>,
    judge: &mut Judge,
    notify: &'static str,
    msrp: &'static str,
) -> Vec<(&'c Document, &'c ConferenceInfo, &'c Description)> {
    let mut found = Vec::new();
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        match document.judged() {
            Some(info) => found.extend(info.description.as_ref().map(|description| (document, info, description))),
            None if document.info.is_ok() => {
                judge.undecided(document.pick(notify, msrp), "needs the full document that a partial one is about");
            }
            None => {}
        }
    }
    found
}
