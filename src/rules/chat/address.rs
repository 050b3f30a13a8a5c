//! Whom the chat messages of a group are addressed to.

use std::cell::LazyCell;
use std::rc::Rc;

use hashbrown::HashSet;

use crate::rules::invite::invitation::{Invitation, Purpose, without_headers};
use crate::rules::{Case, Sent};
use crate::session::{Identity, uri_key};
use crate::wire::cpim::Address;
use crate::wire::sip::Name;
use crate::wire::uri::Uri;

/// Whom a To means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressed {
    Group,
    /// Somebody who is or was in the group.
    User,
    /// Somebody of the users' domains who was never in the group.
    Nobody,
    /// An address that is neither of the group nor like one of its users.
    Elsewhere,
}

/// Is it the session of a pre-defined group, whose address is not that of the session?
pub fn is_predefined(case: &Case<'_>) -> bool {
    group_invitations(case).next().is_some()
        || group_address(case).is_some_and(|group| case.profile.is_group_address(&group.uri))
}

/// The INVITEs that made or entered the session of a pre-defined group.
fn group_invitations<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = &'c Invitation<'a>> {
    case.invitations().iter().filter(|one| {
        matches!(one.purpose, Purpose::PreDefined | Purpose::JoinIn)
            && one.leg.answered.is_some_and(|(_, status)| status < 300)
    })
}

/// The address of the pre-defined group: what the focus asserts beside its Contact, else what was called.
pub fn group_address(case: &Case<'_>) -> Option<Identity> {
    let focuses = case.legs().filter_map(|(_, leg)| leg.focus.as_ref()).map(|(focus, _)| focus.key.clone());
    let focuses: HashSet<String> = focuses.chain(case.session.focus_uri.as_deref().map(uri_key)).collect();
    let asserted = case.legs().filter_map(|(_, leg)| leg.focus_asserted.as_ref()).map(|(identity, _)| identity.clone());
    let called = group_invitations(case).filter_map(|one| one.leg.request_uri.clone());
    asserted.chain(called).find(|identity| !focuses.contains(&identity.key))
}

/// The addresses that the clients of a group write to: the first message to each, the To as written, and who is meant.
pub fn addressed<'a>(case: &Case<'a>) -> Vec<(Sent<'a>, &'a str, Addressed)> {
    // Without the address of the session it is not known what stands for it.
    if !case.is_group() || case.session.focus_uri.is_none() || case.glance().addressed.is_empty() {
        return Vec::new();
    }
    let group = group_keys(case);
    let users = user_keys(case);
    let host = |uri: &str| Uri::parse(uri).and_then(|uri| uri.host().map(str::to_ascii_lowercase));
    let participants = case.timeline.participants.iter();
    let domains: LazyCell<HashSet<String>, _> =
        LazyCell::new(|| participants.filter_map(|one| host(&one.identity.uri)).collect());
    let all = case.glance().addressed.iter().filter(|(_, to)| !to.is_empty());
    let judged = all.map(|&(sent, to)| {
        let key = case.address_key(to);
        let is_near = || host(&Address::parse(to).uri).is_none_or(|host| domains.contains(&host));
        let kind = match () {
            () if group.contains(&key) => Addressed::Group,
            () if users.contains(&key) => Addressed::User,
            () if is_near() => Addressed::Nobody,
            () => Addressed::Elsewhere,
        };
        (sent, to, kind)
    });
    judged.collect()
}

/// Every address that stands for the group.
fn group_keys(case: &Case<'_>) -> HashSet<Rc<str>> {
    let mut keys: HashSet<Rc<str>> = HashSet::new();
    keys.insert(case.key("sip:anonymous@anonymous.invalid"));
    keys.extend(case.session.focus_uri.as_deref().map(|uri| case.key(uri)));
    for (_, leg) in case.legs() {
        keys.extend(leg.focus.as_ref().map(|(focus, _)| case.key(&focus.uri)));
        keys.extend(leg.focus_asserted.as_ref().map(|(asserted, _)| case.key(&asserted.uri)));
    }
    for one in case.invitations().iter().filter(|one| !one.is_from_focus()) {
        keys.extend(one.leg.request_uri.as_ref().map(|called| case.key(&called.uri)));
        let answer = one.leg.answered.and_then(|(answer, _)| case.sip(answer));
        let asserted = answer.and_then(|answer| Identity::of_header(&answer, Name::PAssertedIdentity));
        keys.extend(asserted.map(|one| Rc::from(one.key)));
    }
    keys
}

/// Everybody who is or was in the group as far as the capture shows.
fn user_keys(case: &Case<'_>) -> HashSet<Rc<str>> {
    let mut keys: HashSet<Rc<str>> = HashSet::new();
    keys.extend(case.timeline.participants.iter().map(|one| case.key(&one.identity.uri)));
    keys.extend(case.attendance().attendants.iter().flat_map(|one| &one.names).map(|name| case.key(&name.uri)));
    let listed = case.invitations().iter().flat_map(|one| one.recipients());
    keys.extend(listed.map(|uri| case.key(without_headers(uri))));
    let from: HashSet<&str> = case.timeline.messages.iter().filter_map(|message| message.from.as_deref()).collect();
    keys.extend(from.into_iter().map(|from| case.address_key(from)));
    keys
}
