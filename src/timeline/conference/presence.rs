//! What a table says of one user: the summary of its endpoints.

use crate::wire::conference_info::{DisconnectionMethod, Endpoint, EndpointStatus, Execution, JoiningMethod, User};
use crate::wire::xml::Text;

/// How far a user is in the conference, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// On the way out, or gone.
    Disconnected,
    /// No endpoint, or none with a status that RFC 4575 names.
    #[default]
    Unknown,
    /// On the way in.
    Pending,
    /// In, be it on hold or muted.
    Connected,
}

impl Stage {
    pub fn of(status: Option<EndpointStatus>) -> Stage {
        use EndpointStatus::*;
        match status {
            Some(Connected | OnHold | MutedViaFocus) => Stage::Connected,
            Some(Pending | Alerting | DialingIn | DialingOut) => Stage::Pending,
            Some(Disconnected | Disconnecting) => Stage::Disconnected,
            None => Stage::Unknown,
        }
    }
}

/// Where a user stands, how it came and how it left: what its furthest endpoint says. Of two that are equally far, it is the one that
/// came or left later, or else has the greater key: the order of endpoints says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence<'a> {
    pub stage: Stage,
    /// `None` where no status is given, or one that RFC 4575 does not know.
    pub status: Option<EndpointStatus>,
    pub joining_method: Option<JoiningMethod>,
    pub joining_info: Option<&'a Execution>,
    /// Like `disconnection_info` only where the user is on the way out or gone: a partial document that reports a return cannot
    /// take back what was said of the departure before.
    pub disconnection_method: Option<DisconnectionMethod>,
    pub disconnection_info: Option<&'a Execution>,
}

impl<'a> Presence<'a> {
    pub fn of(user: &'a User) -> Presence<'a> {
        let presences = user.endpoints.iter().map(|endpoint| (Presence::of_endpoint(endpoint), text(&endpoint.entity)));
        let furthest = presences.max_by_key(|(presence, key)| (presence.stage, presence.when(), *key));
        furthest.map(|(presence, _)| presence).unwrap_or_default()
    }

    /// When it left or else came, as written: times in UTC, as RFC 4575 wants them, sort as text.
    fn when(&self) -> Option<&'a str> {
        text(&self.disconnection_info.or(self.joining_info)?.when)
    }

    fn of_endpoint(endpoint: &'a Endpoint) -> Presence<'a> {
        let status = status(endpoint);
        let stage = Stage::of(status);
        let left = stage == Stage::Disconnected;
        let disconnection_method = endpoint.disconnection_method.as_ref().filter(|_| left);
        Presence {
            stage,
            status,
            joining_method: endpoint.joining_method.as_ref().and_then(JoiningMethod::parse),
            joining_info: endpoint.joining_info.as_ref(),
            disconnection_method: disconnection_method.and_then(DisconnectionMethod::parse),
            disconnection_info: endpoint.disconnection_info.as_ref().filter(|_| left),
        }
    }
}

fn text(text: &Option<Text>) -> Option<&str> {
    text.as_ref().map(Text::as_str)
}

fn status(endpoint: &Endpoint) -> Option<EndpointStatus> {
    endpoint.status.as_ref().and_then(EndpointStatus::parse)
}

/// What tells a user from the others: the entity (RFC 4575 §4.5). Without one, which the schema allows and bridges for emergency
/// calls make use of, it goes by its display text. `None` where it has neither: nobody can say who that is.
pub fn user_key(user: &User) -> Option<&str> {
    [&user.entity, &user.display_text].into_iter().filter_map(text).find(|key| !key.is_empty())
}

/// Is this the entry of who was told?
pub fn is_yourown(user: &User) -> bool {
    user.yourown.as_ref().and_then(Text::to_bool) == Some(true)
}
