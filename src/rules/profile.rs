//! The profile: what the specification leaves to the network, read from a TOML file. All settings have defaults.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

use super::finding::Finding;
use super::rule::{Rule, Severity};
use crate::Analysis;

/// A profile that cannot be read. The text names the line and marks it.
#[derive(Debug, Error)]
pub enum ProfileError {
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("[severity] names {0:?}, which is no rule; `rcshark rules` lists them")]
    NoSuchRule(String),
}

/// The settings of a network.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Profile {
    /// URIs of conference factories; `*` stands for anything.
    pub conference_factories: Vec<String>,
    /// Addresses of pre-defined groups; `*` stands for anything.
    pub group_addresses: Vec<String>,
    /// The most participants that a group may have.
    pub maximum_participants: Option<u32>,
    pub content_types: ContentTypes,
    /// Values of the policy that ad-hoc groups have; empty where there is none.
    pub group_policies: Vec<String>,
    /// The most NOTIFYs of one subscription in [`Timings::notify_window`].
    pub maximum_notifies: u32,
    /// The most bytes in the body of an MSRP chunk, where the network has agreed on a limit.
    pub maximum_chunk_size: Option<u64>,
    /// Namespaces whose elements are part of conference-info here; `*` stands for anything.
    pub extension_namespaces: Vec<String>,
    pub timings: Timings,
    pub policy: Policy,
    /// Per rule: `error`, `warning`, `note` or `off`.
    severity: BTreeMap<String, Level>,
    /// Findings that are known and accepted.
    #[serde(rename = "ignore")]
    ignores: Vec<Ignore>,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile {
            conference_factories: Vec::new(),
            group_addresses: Vec::new(),
            maximum_participants: None,
            content_types: ContentTypes::default(),
            group_policies: Vec::new(),
            maximum_notifies: 5,
            maximum_chunk_size: None,
            extension_namespaces: Vec::new(),
            timings: Timings::default(),
            policy: Policy::default(),
            severity: BTreeMap::new(),
            ignores: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ContentTypes {
    /// Group data requests and answers.
    pub group_data: String,
    /// The state of a group as the message store keeps it.
    pub group_state: String,
    /// Message types that carry events of a group, not messages of users.
    pub events: Vec<String>,
}

impl Default for ContentTypes {
    fn default() -> ContentTypes {
        ContentTypes {
            group_data: "application/vnd.oma.cpm-groupdata+xml".to_owned(),
            group_state: crate::wire::group_state::MEDIA_TYPE.to_owned(),
            events: Vec::new(),
        }
    }
}

/// What the focus of this network is to allow: a capture does not show it. What is not set here leaves its statements undecided.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// May participants hide who they are?
    pub anonymity: Option<bool>,
    /// Is every group a closed one?
    pub closed_groups: Option<bool>,
    /// Does an ad-hoc group end when whoever made it leaves?
    pub ends_with_initiator: Option<bool>,
    /// The kinds of media (`message`, `audio`, …) that groups may have.
    pub media: Option<Vec<String>>,
    /// Who may not make or join groups; `*` stands for anything.
    pub refused_originators: Option<Vec<String>>,
    /// Participants who may not change the media of a group; `*` stands for anything.
    pub media_handling_denied: Option<Vec<String>>,
    /// Does the focus serve the CPM session service at all?
    pub serves_cpm: Option<bool>,
    /// Pre-defined groups that are not for CPM; `*` stands for anything.
    pub unsupported_groups: Option<Vec<String>>,
    /// Who may not come back to a group; `*` stands for anything.
    pub rejoin_denied: Option<Vec<String>>,
    /// Host of the interworking selection function, which the focus tries where a client refuses with 488.
    pub interworking_host: Option<String>,
    /// Addresses of the interworking functions that a participating function speaks with as with clients.
    pub interworking_addresses: Option<Vec<std::net::IpAddr>>,
    /// A pre-defined group ends when no more than so many participants are left.
    pub group_ends_at: Option<u32>,
    /// After so many seconds without a message the focus ends the session.
    pub inactivity_seconds: Option<f64>,
}

impl Policy {
    /// May this user change the media of a group? `None` where the profile does not say.
    pub fn may_handle_media(&self, uri: &str) -> Option<bool> {
        Some(!self.media_handling_denied.as_ref()?.iter().any(|pattern| matches(pattern, uri)))
    }

    /// May this user make or join groups? `None` where the profile does not say.
    pub fn may_originate(&self, uri: &str) -> Option<bool> {
        Some(!self.refused_originators.as_ref()?.iter().any(|pattern| matches(pattern, uri)))
    }

    /// Is this pre-defined group one for CPM? `None` where the profile does not say.
    pub fn supports(&self, group: &str) -> Option<bool> {
        Some(!self.unsupported_groups.as_ref()?.iter().any(|pattern| matches(pattern, group)))
    }

    /// May this user come back to a group? `None` where the profile does not say.
    pub fn may_rejoin(&self, uri: &str) -> Option<bool> {
        Some(!self.rejoin_denied.as_ref()?.iter().any(|pattern| matches(pattern, uri)))
    }

    /// May a group have media of this kind? `None` where the profile does not say.
    pub fn may_have(&self, kind: &str) -> Option<bool> {
        Some(self.media.as_ref()?.iter().any(|known| known.eq_ignore_ascii_case(kind)))
    }
}

/// How long one may take, in seconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Timings {
    /// From a change to the NOTIFY or SEND that tells of it.
    pub notify: f64,
    /// In which [`Profile::maximum_notifies`] are counted.
    pub notify_window: f64,
    /// From an established MSRP session to the first conference-info.
    pub first_conference_info: f64,
    /// From the registration of a client that was away to the INVITE with which its function delivers what was kept.
    pub deferred: f64,
    /// From a message to its copy for another participant.
    pub relay: f64,
    /// From an MSRP request to its response.
    pub msrp_response: f64,
    /// From a SIP request to its final response (RFC 3261 §17: 64 × T1).
    pub sip_transaction: f64,
    /// From an answer to the TCP connection that it asks for.
    pub connect: f64,
    /// From a TCP connection to the SEND that binds it (RFC 4975 §5.4).
    pub bind: f64,
    /// From the ACK of a session to the SUBSCRIBE of a client that is not told of the participants over MSRP.
    pub subscribe: f64,
    /// From a chat message to the notification of its delivery.
    pub imdn: f64,
    /// How far clocks of different nodes may be apart.
    pub clock_skew: f64,
}

impl Default for Timings {
    fn default() -> Timings {
        Timings {
            notify: 10.0,
            notify_window: 5.0,
            first_conference_info: 5.0,
            deferred: 60.0,
            relay: 10.0,
            msrp_response: 30.0,
            sip_transaction: 32.0,
            connect: 10.0,
            bind: 5.0,
            subscribe: 32.0,
            imdn: 60.0,
            clock_skew: 300.0,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Error,
    Warning,
    Note,
    Off,
}

/// Findings that are not shown, and why.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ignore {
    /// A rule name; `*` stands for anything.
    pub rule: String,
    /// Why that is right; it must not be empty.
    pub reason: String,
    /// Only findings whose sentence contains this.
    pub message: Option<String>,
    /// Only sessions with this focus URI, Contribution-ID or subject; `*` stands for anything.
    pub session: Option<String>,
}

impl Profile {
    /// Reads a profile.
    pub fn parse(text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text)?;
        match profile.severity.keys().find(|name| super::find(name).is_none()) {
            Some(name) => Err(ProfileError::NoSuchRule(name.clone())),
            None => Ok(profile),
        }
    }

    /// The severity of a rule; `None` where it is off.
    pub fn severity(&self, rule: &Rule) -> Option<Severity> {
        match self.severity.get(rule.name) {
            None => Some(rule.severity),
            Some(Level::Error) => Some(Severity::Error),
            Some(Level::Warning) => Some(Severity::Warning),
            Some(Level::Note) => Some(Severity::Note),
            Some(Level::Off) => None,
        }
    }

    /// Is a finding one that is known and accepted?
    pub fn ignores(&self, finding: &Finding, analysis: &Analysis) -> bool {
        self.ignores.iter().any(|ignore| ignore.matches(finding, analysis))
    }

    pub fn is_conference_factory(&self, uri: &str) -> bool {
        self.conference_factories.iter().any(|pattern| matches(pattern, uri))
    }

    pub fn is_group_address(&self, uri: &str) -> bool {
        self.group_addresses.iter().any(|pattern| matches(pattern, uri))
    }
}

impl Ignore {
    fn matches(&self, finding: &Finding, analysis: &Analysis) -> bool {
        let session = &analysis.sessions.sessions[finding.session];
        let names = || {
            let ids = session.contribution_ids.iter().map(String::as_str);
            ids.chain(session.focus_uri.as_deref()).chain(session.subject.as_deref())
        };
        matches(&self.rule, finding.rule.name)
            && self.message.as_ref().is_none_or(|part| finding.message.contains(part.as_str()))
            && self.session.as_ref().is_none_or(|pattern| names().any(|name| matches(pattern, name)))
    }
}

/// Does `text` match a pattern in which `*` stands for anything?
fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, text, expected) in [
            ("a*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "ab", false),
            ("*", "", true),
            ("ab", "ab", true),
            ("a*b*c", "axbxc", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = Profile::parse("maximum-participants = 5\n\n[timings]\nnotfy = 3\n").unwrap_err().to_string();
        assert!(error.contains("line 4") && error.contains("notfy"), "{error}");
        let error = Profile::parse("[severity]\nno-such-rule = \"off\"\n").unwrap_err().to_string();
        assert!(error.contains("no-such-rule"), "{error}");
    }
}
