//! What the participants of a session are called where there is little room.

use hashbrown::HashMap;

use crate::session::{Identity, uri_key};
use crate::timeline::SessionTimeline;

/// A short name for each participant of a session, of which no other participant has the same.
pub struct Names(HashMap<String, String>);

impl Names {
    pub fn new(timeline: &SessionTimeline) -> Names {
        let candidates: Vec<[&str; 3]> = timeline.participants.iter().map(|one| candidates(&one.identity)).collect();
        let mut uses: HashMap<&str, usize> = HashMap::new();
        for mut names in candidates.iter().copied() {
            names.sort_unstable();
            let mut last = "";
            for name in names.into_iter().filter(|name| std::mem::replace(&mut last, name) != *name) {
                *uses.entry(name).or_default() += 1;
            }
        }
        let names = timeline.participants.iter().zip(&candidates).map(|(one, candidates)| {
            let unique = candidates.iter().find(|name| !name.is_empty() && uses.get(*name) == Some(&1));
            (one.identity.key.clone(), unique.unwrap_or(&candidates[2]).to_string())
        });
        Names(names.collect())
    }

    /// Not escaped. Who is no participant is called by the URI.
    pub fn get<'a>(&'a self, identity: &'a Identity) -> &'a str {
        self.0.get(&identity.key).map_or(&identity.uri, String::as_str)
    }

    /// The same for a URI as it stands on the wire.
    pub fn of_uri<'a>(&'a self, uri: &'a str) -> &'a str {
        self.0.get(&uri_key(uri)).map_or(uri, String::as_str)
    }
}

/// Display name, user part, URI: the shortest first.
fn candidates(identity: &Identity) -> [&str; 3] {
    [identity.display_name.as_deref().unwrap_or_default().trim(), user_part(&identity.uri), &identity.uri]
}

/// Of `sip:alice@a.example;user=phone`: `alice`; of `msrp://a.example:2855/x;tcp`: `a.example:2855/x`.
fn user_part(uri: &str) -> &str {
    let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    rest.trim_start_matches("//").split(['@', ';']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Participant;

    #[test]
    fn nobody_is_called_like_another() {
        let people = [
            "Alice <sip:+1@a.example>",
            "Alice <sip:+2@a.example>",
            "sip:carol@a.example",
            "<sip:carol@b.example>",
            "Bob <sip:+4@a.example>",
            "<msrp://10.0.0.1:2855/x;tcp>",
        ];
        let identities: Vec<Identity> = people.iter().filter_map(|person| Identity::parse(person)).collect();
        let participants = identities.iter().cloned().map(|identity| Participant::new(identity, false));
        let names = Names::new(&SessionTimeline { participants: participants.collect(), ..SessionTimeline::default() });
        let names: Vec<&str> = identities.iter().map(|identity| names.get(identity)).collect();
        assert_eq!(names, ["+1", "+2", "sip:carol@a.example", "sip:carol@b.example", "Bob", "10.0.0.1:2855/x"]);
    }
}
