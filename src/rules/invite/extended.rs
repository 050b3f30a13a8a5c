//! The 1-1 session that an INVITE makes a group of (5.2.3).

use std::rc::Rc;

use super::invitation::{Invitation, Purpose, session_replaces, without_headers};
use crate::rules::{Case, Judge};
use crate::session::{Leg, SessionKind, uri_key};
use crate::wire::sip::{Message, Name};

/// An INVITE that extends a 1-1 session, and that session.
pub struct Extended<'i, 'a> {
    pub invitation: &'i Invitation<'a>,
    /// The entries of its list that have a Session-Replaces, with its value.
    pub entries: Vec<(String, String)>,
    /// The INVITE dialog of the 1-1 session.
    pub leg: &'a Leg,
    pub invite: Rc<Message<'a>>,
}

impl Extended<'_, '_> {
    /// A header of the INVITE of the 1-1 session.
    pub fn value(&self, name: Name) -> Option<String> {
        self.invite.header(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Does the client that extends the session call in it?
    pub fn is_caller(&self) -> bool {
        let key = self.invitation.leg.caller.as_ref().map(|who| who.key.as_str());
        self.leg.caller.as_ref().map(|who| who.key.as_str()) == key
    }
}

/// The legs of the 1-1 session that the group replaces for the user of this leg: those with the Contribution-ID that its Session-Replaces
/// names. Empty where they were not captured; `None` for a leg that replaces nothing.
pub fn replaced<'a>(case: &Case<'a>, leg: &Leg) -> Option<Vec<&'a Leg>> {
    let (replaced, _) = leg.session_replaces.as_ref()?;
    let sessions = case.sessions();
    let of_one = case.session.predecessor.map(|index| &sessions.sessions[index]);
    let of_one = of_one.filter(|session| session.kind == SessionKind::OneToOne);
    let legs = of_one.into_iter().flat_map(|session| &session.legs).map(|&leg| &sessions.legs[leg]);
    Some(legs.filter(|leg| leg.contribution_ids.iter().any(|(id, _)| id == replaced)).collect())
}

/// The INVITEs that extend a 1-1 session whose own INVITE was captured: found by the value of Session-Replaces, else by the users on
/// the list. Of the others `statement` is undecided.
pub fn extended<'i, 'a>(case: &'i Case<'a>, judge: &mut Judge, statement: &'static str) -> Vec<Extended<'i, 'a>> {
    let extensions = case.invitations().iter().filter(|one| one.purpose == Purpose::Extension);
    let mut found = Vec::new();
    for invitation in extensions {
        let recipients = invitation.recipients();
        let entries: Vec<(String, String)> =
            recipients.iter().filter_map(|uri| Some((uri.clone(), session_replaces(uri)?))).collect();
        let leg = one_to_one(case, invitation, recipients, &entries);
        let opened = leg.and_then(|leg| Some((leg, case.sip(leg.invited?)?)));
        match opened {
            Some((leg, invite)) => found.push(Extended { invitation, entries, leg, invite }),
            None => judge.undecided(statement, "needs the INVITE of the 1-1 session that is extended"),
        }
    }
    found
}

fn one_to_one<'a>(
    case: &Case<'a>,
    invitation: &Invitation<'_>,
    recipients: &[String],
    entries: &[(String, String)],
) -> Option<&'a Leg> {
    let sessions = case.sessions();
    // Where Session-Replaces does not lead to it, the conversation does.
    let same = |(id, _): &&(String, Vec<usize>)| Some(id) == case.session.conversation_id.as_ref();
    let conversation = || sessions.conversations.iter().find(same).map_or(&[][..], |(_, members)| members);
    let before = case.session.predecessor.as_ref().map_or_else(conversation, std::slice::from_ref);
    let before = before.iter().map(|&index| &sessions.sessions[index]);
    let before = before.filter(|one| one.kind == SessionKind::OneToOne).flat_map(|one| &one.legs);
    let legs: Vec<&Leg> =
        before.map(|&leg| &sessions.legs[leg]).filter(|leg| leg.invited < Some(invitation.id)).collect();
    let is_named =
        |leg: &&&Leg| leg.contribution_ids.iter().any(|(id, _)| entries.iter().any(|(_, value)| value == id));
    let listed: Vec<String> = recipients.iter().map(|uri| uri_key(without_headers(uri))).collect();
    let is_of_them =
        |leg: &&&Leg| [&leg.caller, &leg.callee].into_iter().flatten().any(|who| listed.contains(&who.key));
    legs.iter().find(is_named).or_else(|| legs.iter().find(is_of_them)).copied()
}
