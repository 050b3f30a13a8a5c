//! Who is played: what `--as` says, as participants of a session.

use hashbrown::HashSet;
use thiserror::Error;

use crate::Analysis;
use crate::session::{SessionKind, uri_key};

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    #[error("nobody in session {session} is called {role}; there are {known}, and the roles `clients` and `focus`")]
    UnknownRole { session: String, role: String, known: String },
    #[error("session {session} is between two clients and has no focus")]
    NoFocus { session: String },
    #[error("the capture does not show enough of session {session} to play {roles}: {why}")]
    NothingToPlay { session: String, roles: String, why: String },
    #[error("no role to play: --as takes a participant's URI or part of it, `clients`, or `focus`")]
    NoRole,
}

/// What is played: participants, by their normalised URIs, and the focus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    pub clients: HashSet<String>,
    /// Also those whose identity was not captured.
    pub all_clients: bool,
    pub focus: bool,
}

impl Roles {
    pub(super) fn include(&self, key: Option<&String>) -> bool {
        self.all_clients || key.is_some_and(|key| self.clients.contains(key))
    }
}

impl Roles {
    /// Reads what `--as` says about this session: URIs or parts of them, `clients`, `focus`.
    pub fn parse(words: &[String], analysis: &Analysis, session: usize) -> Result<Roles, PlanError> {
        let people = people(analysis, session);
        let described = &analysis.sessions.sessions[session];
        let mut roles = Roles::default();
        for word in words.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
            match word {
                "focus" if described.kind == SessionKind::OneToOne => {
                    return Err(PlanError::NoFocus { session: described.id.clone() });
                }
                "focus" => roles.focus = true,
                "clients" => roles.all_clients = true,
                _ => {
                    let wanted = word.to_lowercase();
                    let is_it = |(key, uri, name): &&(String, String, String)| {
                        *key == uri_key(word) || uri.to_lowercase().contains(&wanted) || name.to_lowercase() == wanted
                    };
                    let found: Vec<_> = people.iter().filter(is_it).collect();
                    if found.is_empty() {
                        let known = people.iter().map(|(_, uri, _)| uri.as_str()).collect::<Vec<_>>().join(", ");
                        let (session, role) = (described.id.clone(), word.to_owned());
                        return Err(PlanError::UnknownRole { session, role, known });
                    }
                    roles.clients.extend(found.into_iter().map(|(key, ..)| key.clone()));
                }
            }
        }
        if roles.clients.is_empty() && !roles.all_clients && !roles.focus { Err(PlanError::NoRole) } else { Ok(roles) }
    }
}

/// Key, URI and display name of everybody who has a leg or a subscription.
fn people(analysis: &Analysis, session: usize) -> Vec<(String, String, String)> {
    let timeline = &analysis.timelines[session];
    let row = |participant: &crate::timeline::Participant| {
        let identity = &participant.identity;
        (identity.key.clone(), identity.uri.clone(), identity.display_name.clone().unwrap_or_default())
    };
    timeline.participants.iter().map(row).collect()
}
