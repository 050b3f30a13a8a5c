//! The INVITEs that make or enter a group session: who sent them, what for, and which statement of its procedure applies.

use std::rc::Rc;

use crate::rules::{Case, Judge, Place, Severity};
use crate::session::{Direction, Leg, SessionKind, find_body, uri_key};
use crate::wire::MessageId;
use crate::wire::resource_lists;
use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, Uri, percent_decode, split_values};

/// What an INVITE is for, and with it the clause that tells how it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A client makes an ad-hoc group (5.2.1.1).
    AdHoc,
    /// A client makes the session of a pre-defined group (5.2.1.2).
    PreDefined,
    /// A client joins a group that is there (5.2.1.3).
    JoinIn,
    /// A client comes back to the focus (5.2.1.4).
    Rejoin,
    /// A client makes a group of a 1-1 session (5.2.3).
    Extension,
    /// The focus invites a participant (7.2.3).
    Invitation,
}

/// The statements that say the same for the INVITEs of the clauses.
#[derive(Clone, Copy, Default)]
pub struct Clauses {
    pub ad_hoc: Option<&'static str>,
    pub pre_defined: Option<&'static str>,
    pub join_in: Option<&'static str>,
    pub rejoin: Option<&'static str>,
    pub extension: Option<&'static str>,
    pub invitation: Option<&'static str>,
}

impl Clauses {
    /// The same for all clients: the clauses 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4 and 5.2.3 in this order.
    pub const fn of_clients(ids: [&'static str; 5]) -> Clauses {
        let [ad_hoc, pre_defined, join_in, rejoin, extension] = ids;
        Clauses {
            ad_hoc: Some(ad_hoc),
            pre_defined: Some(pre_defined),
            join_in: Some(join_in),
            rejoin: Some(rejoin),
            extension: Some(extension),
            invitation: None,
        }
    }

    pub const NONE: Clauses =
        Clauses { ad_hoc: None, pre_defined: None, join_in: None, rejoin: None, extension: None, invitation: None };

    pub fn statement(&self, purpose: Purpose) -> Option<&'static str> {
        match purpose {
            Purpose::AdHoc => self.ad_hoc,
            Purpose::PreDefined => self.pre_defined,
            Purpose::JoinIn => self.join_in,
            Purpose::Rejoin => self.rejoin,
            Purpose::Extension => self.extension,
            Purpose::Invitation => self.invitation,
        }
    }
}

/// Legs of a session whose INVITEs are looked at: rules compare them with each other, and a group has some hundred.
const MAX_INVITATIONS: usize = 2_000;

/// The first INVITE of a leg.
#[derive(Clone)]
pub struct Invitation<'a> {
    /// Index into [`crate::session::Sessions::legs`].
    pub leg_index: usize,
    pub leg: &'a Leg,
    pub id: MessageId,
    pub message: Rc<Message<'a>>,
    pub purpose: Purpose,
    recipients: Rc<[String]>,
}

impl<'a> Invitation<'a> {
    /// The INVITEs of a group session in order, those whose head was captured whole.
    pub fn all(case: &Case<'a>) -> Vec<Invitation<'a>> {
        let mut found: Vec<Invitation<'a>> = Vec::new();
        // A conference without MSRP is none of CPM.
        let is_cpm =
            |leg: &Leg| leg.media.caller.is_some() || leg.media.callee.is_some() || !leg.contribution_ids.is_empty();
        if !case.legs().any(|(_, leg)| is_cpm(leg)) {
            return found;
        }
        let mut is_made = false;
        for (leg_index, leg) in case.legs().take(MAX_INVITATIONS) {
            let Some(id) = leg.invited.filter(|&id| !case.messages()[id].incomplete) else { continue };
            let Some(message) = case.sip(id) else { continue };
            let Some(purpose) = purpose(case, leg, (id, &message), is_made, &found) else { continue };
            is_made |= purpose == Purpose::Invitation || leg.answered.is_some_and(|(_, status)| status < 300);
            let recipients = case.listed_uris(id, &message);
            found.push(Invitation { leg_index, leg, id, message, purpose, recipients });
        }
        found
    }

    /// Is it from the focus, or a participating function that stands for it?
    pub fn is_from_focus(&self) -> bool {
        self.purpose == Purpose::Invitation
    }

    /// Was it sent by the client itself, rather than by a function on the way? Only a client prefers an identity.
    pub fn is_of_client(&self) -> bool {
        !self.is_from_focus() && self.message.header(Name::PAssertedIdentity).is_none()
    }

    /// Does a participating function deliver with it what it has kept for its user (5.2.3.4.1.1)? It is sent to a user whose connection
    /// was lost, by the node that had served it, and no INVITE of the focus has led to it.
    pub fn is_deferred(&self, case: &Case<'_>) -> bool {
        self.is_from_focus() && crate::rules::pf::hop::is_deferred(case, self.leg)
    }

    /// The fields with this name; those that are empty count.
    pub fn values(&self, name: Name) -> Vec<String> {
        self.message.all(name).map(|header| header.value().trim().to_owned()).collect()
    }

    /// The value of the first field with this name, without the white space around it; `None` where it is empty.
    pub fn value(&self, name: Name) -> Option<String> {
        self.values(name).into_iter().next().filter(|value| !value.is_empty())
    }

    /// The value that the session has from it: that of the 2xx, which may be another one than was offered, else its own.
    pub fn agreed_value(&self, case: &Case<'_>, name: Name) -> Option<String> {
        let answer = self.leg.answered.filter(|(_, status)| *status < 300).and_then(|(id, _)| case.sip(id));
        let answered = answer.and_then(|answer| answer.header(name).map(|value| value.trim().to_owned()));
        answered.filter(|value| !value.is_empty()).or_else(|| self.value(name))
    }

    /// Where the first field with this name stands, or the start line.
    pub fn place(&self, name: Name) -> Place {
        Place::header(self.id, &self.message, name)
    }

    /// The start line, in which the Request-URI stands.
    pub fn start_line(&self) -> Place {
        Place::start_line(self.id, &self.message)
    }

    /// The user whom it is about: who calls, or whom the focus calls.
    pub fn user(&self) -> &'a str {
        self.leg.participant().map_or("a participant", |who| who.uri.as_str())
    }

    /// The URIs of its list of recipients as written.
    pub fn recipients(&self) -> &[String] {
        &self.recipients
    }
}

/// What an INVITE is for; `earlier` are those before it, and `is_made` says whether they have made the session.
fn purpose(
    case: &Case<'_>,
    leg: &Leg,
    (id, message): (MessageId, &Message<'_>),
    is_made: bool,
    earlier: &[Invitation<'_>],
) -> Option<Purpose> {
    let focus = leg.focus.as_ref().map(|(focus, _)| focus.key.clone());
    let focus = focus.or_else(|| case.session.focus_uri.as_deref().map(uri_key));
    let caller = leg.caller.as_ref().map(|who| who.key.as_str());
    match leg.direction {
        // A focus that does not say so is known by its address.
        Direction::Unknown if focus.is_some() && caller == focus.as_deref() => return Some(Purpose::Invitation),
        Direction::FocusToClient => return Some(Purpose::Invitation),
        Direction::ClientToClient => return None,
        Direction::ClientToFocus => {}
        // A refusal shows no focus; the INVITE itself says what it wants.
        Direction::Unknown if leg.asks_for_group && case.session.kind != SessionKind::OneToOne => {}
        Direction::Unknown => return None,
    }
    if find_body(message, resource_lists::MEDIA_TYPE).is_some() {
        let listed = case.listed_uris(id, message);
        let is_extension = listed.iter().any(|uri| session_replaces(uri).is_some());
        return Some(if is_extension { Purpose::Extension } else { Purpose::AdHoc });
    }
    let called = leg.request_uri.as_ref().map(|uri| uri.key.as_str());
    // Who comes back brings the Contribution-ID of the session along, wherever it calls.
    let session = message.header(Name::ContributionId).map(|value| value.trim().to_owned());
    let brings_id = || {
        // Further hops of the same INVITE are none that came before.
        let is_other = |one: &&Invitation<'_>| {
            one.leg.caller.as_ref().map(|who| &who.key) != leg.caller.as_ref().map(|who| &who.key)
        };
        let left = |one: &&Invitation<'_>| one.leg.ended.is_some_and(|(bye, _)| leg.invited > Some(bye));
        session.is_some()
            && earlier
                .iter()
                .filter(|one| is_other(one) || left(one))
                .any(|one| one.value(Name::ContributionId) == session)
    };
    Some(match () {
        () if called.is_some() && called == focus.as_deref() => Purpose::Rejoin,
        () if is_made && brings_id() => Purpose::Rejoin,
        () if is_factory(case, leg) => Purpose::AdHoc,
        () if is_made => Purpose::JoinIn,
        () => Purpose::PreDefined,
    })
}

fn is_factory(case: &Case<'_>, leg: &Leg) -> bool {
    leg.request_uri.as_ref().is_some_and(|uri| case.profile.is_conference_factory(&uri.uri))
}

/// The `Session-Replaces` among the headers of a URI, decoded.
pub fn session_replaces(uri: &str) -> Option<String> {
    let parsed = Uri::parse(uri)?;
    let value = parsed.headers().find(|(name, _)| name.eq_ignore_ascii_case("Session-Replaces"))?.1?;
    Some(percent_decode(value).into_owned())
}

/// A URI without its headers.
pub fn without_headers(uri: &str) -> &str {
    uri.split('?').next().unwrap_or(uri)
}

/// Does its Contact claim that its sender is a focus: behind the address (RFC 3840 §9), or, as OMA CPM words it, in the URI?
pub fn has_isfocus(message: &Message<'_>) -> bool {
    message.all(Name::Contact).any(|field| {
        let value = field.value();
        split_values(&value).filter_map(NameAddr::parse).any(|contact| {
            let is_in_uri = || Uri::parse(contact.uri()).is_some_and(|uri| uri.param("isfocus").is_some());
            contact.has_param("isfocus") || is_in_uri()
        })
    })
}

/// The ICSI of CPM sessions.
pub const ICSI: &str = "urn:urn-7:3gpp-service.ims.icsi.oma.cpm.session";

/// How well a header value names the ICSI of CPM sessions in `+g.3gpp.icsi-ref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icsi {
    Right,
    /// The parameter has no `+`, as no other tag of this kind.
    WithoutPlus,
    NotEncoded,
    Missing,
}

/// Looks for the ICSI in the parameters of the values of a field: `is_longer_right` accepts a longer one, such as `….group`.
pub fn icsi<'v>(values: impl IntoIterator<Item = &'v str>, is_longer_right: bool) -> Icsi {
    let fits = |item: &str| {
        let Some((start, rest)) = item.split_at_checked(ICSI.len()) else { return false };
        start.eq_ignore_ascii_case(ICSI) && (rest.is_empty() || is_longer_right && rest.starts_with('.'))
    };
    let mut best = Icsi::Missing;
    for value in values.into_iter().flat_map(split_values) {
        let Some(address) = NameAddr::parse(value) else { continue };
        for name in ["+g.3gpp.icsi-ref", "g.3gpp.icsi-ref"] {
            let Some(text) = address.param(name) else { continue };
            for item in text.trim_matches('"').split(',').map(str::trim).filter(|item| fits(&percent_decode(item))) {
                match () {
                    () if item.contains(':') => best = Icsi::NotEncoded,
                    () if name.starts_with('+') => return Icsi::Right,
                    () => best = Icsi::WithoutPlus,
                }
            }
        }
    }
    best
}

/// The client INVITE that made the focus send invitations, as the capture shows it: the last one before this message that makes a
/// session or wakes it up.
pub fn originating<'i, 'a>(invitations: &'i [Invitation<'a>], before: MessageId) -> Option<&'i Invitation<'a>> {
    let makes = |one: &&Invitation<'_>| {
        matches!(one.purpose, Purpose::AdHoc | Purpose::PreDefined | Purpose::Extension)
            && one.leg.answered.is_none_or(|(_, status)| status < 300)
    };
    invitations.iter().filter(makes).take_while(|one| one.id < before).last()
}

/// Who asked for this invitation by REFER, as the timelines know it.
pub fn added_by<'c>(case: &Case<'c>, invitation: &Invitation<'_>) -> Option<&'c str> {
    let who = case.timeline.participant(&invitation.leg.participant()?.key)?;
    let timeline = &case.timeline.participants[who].timeline;
    timeline.iter().filter(|change| change.at >= invitation.id).take(2).find_map(|change| change.by.as_deref())
}

/// Do two URIs name the same user, by RFC 3261 or by their digits?
pub fn same_user(one: &str, other: &str) -> bool {
    let (one, other) = (without_headers(one), without_headers(other));
    one == other || uri_key(one) == uri_key(other)
}

/// Judges the ICSI of CPM sessions in the fields called `name` of all INVITEs.
pub fn judge_icsi(case: &Case<'_>, judge: &mut Judge, name: Name, clauses: Clauses, written: &str) {
    for one in case.invitations() {
        let Some(statement) = clauses.statement(one.purpose) else { continue };
        let values = one.values(name);
        // An INVITE without Contact is found by a rule of its own.
        if name == Name::Contact && values.is_empty() {
            continue;
        }
        let place = one.place(name);
        let what = match icsi(values.iter().map(String::as_str), one.is_from_focus()) {
            Icsi::Right => {
                judge.pass(statement);
                continue;
            }
            Icsi::NotEncoded if one.is_from_focus() => {
                let message =
                    format!("{written} of the INVITE has the CPM session ICSI with colons that are not escaped");
                judge.remark(statement, Severity::Warning, place, message);
                continue;
            }
            Icsi::NotEncoded => "has the CPM session ICSI with colons that are not escaped",
            Icsi::WithoutPlus => "has the CPM session ICSI in a parameter without +",
            Icsi::Missing => "does not carry the CPM session ICSI",
        };
        let message = format!("{written} of the INVITE {what}");
        let finding = judge.fail(statement, place, message);
        finding.expected("+g.3gpp.icsi-ref=\"urn%3Aurn-7%3A3gpp-service.ims.icsi.oma.cpm.session\"");
    }
}

/// Does a User-Agent or Server name a release of OMA CPM as this product, such as `CPM-client`? Appendix D of the specification is not
/// at hand: `/OMA` and a number is taken for one.
pub fn names_release(agent: &str, product: &str) -> bool {
    let lower = agent.to_ascii_lowercase();
    let name = format!("{product}/oma");
    lower.split(&name).skip(1).any(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}
