//! Original → present identifiers. What we say is made new once and then used wherever it stands: in headers, SDP, MSRP paths,
//! CPIM, IMDN and XML. What the far end chose is learned from its messages. What is known of one leg counts before what is known
//! overall: an end may use other names towards another.

use std::sync::Arc;

use hashbrown::HashMap;

use super::fresh::Fresh;
use super::originals::{Originals, Text};

/// Where an identifier is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Everywhere,
    Leg(usize),
}

/// The identifiers of one replayed session.
#[derive(Default)]
pub struct Identifiers {
    originals: Arc<Originals>,
    /// What the originals are called overall, by their numbers, and on each leg.
    everywhere: Vec<Option<Box<str>>>,
    legs: Vec<HashMap<u32, Box<str>>>,
    pub fresh: Fresh,
    /// What `--map` puts in place of hosts, in the order of those.
    hosts: Vec<String>,
}

impl Identifiers {
    /// For a session of so many legs. `hosts`: what takes the place of the hosts that `originals` knows.
    pub fn new(originals: Arc<Originals>, legs: usize, hosts: Vec<String>, fresh: Fresh) -> Identifiers {
        Identifiers {
            everywhere: vec![None; originals.len()],
            legs: (0..legs).map(|_| HashMap::new()).collect(),
            fresh,
            hosts,
            originals,
        }
    }

    /// From now on `original` is called `present`.
    pub fn learn(&mut self, scope: Scope, original: &str, present: &str) {
        let Some(number) = self.originals.number(original).filter(|_| !present.is_empty()) else { return };
        match scope {
            Scope::Leg(leg) if leg < self.legs.len() => _ = self.legs[leg].insert(number, present.into()),
            _ => self.everywhere[number as usize] = Some(present.into()),
        }
    }

    /// Of a leg that forks from another one is known what is known of that.
    pub fn fork(&mut self, leg: usize, fork: usize) {
        let known = self.legs.get(leg).cloned().unwrap_or_default();
        self.legs[fork].extend(known);
    }

    fn present(&self, leg: usize, number: u32) -> Option<&str> {
        let on_leg = self.legs.get(leg).and_then(|names| names.get(&number)).map(|text| &**text);
        on_leg.or_else(|| self.everywhere.get(number as usize)?.as_deref())
    }

    /// What `original` is called on this leg.
    pub fn get(&self, leg: usize, original: &str) -> Option<&str> {
        self.present(leg, self.originals.number(original)?)
    }

    /// What `original` is called overall.
    pub fn everywhere(&self, original: &str) -> Option<&str> {
        self.everywhere.get(self.originals.number(original)? as usize)?.as_deref()
    }

    /// What `original` is called; when it has no name yet, a new one in the same form.
    pub fn name(&mut self, leg: usize, scope: Scope, original: &str) -> &str {
        if self.get(leg, original).is_none() {
            let new = self.fresh.like(original);
            self.learn(scope, original, &new);
        }
        self.get(leg, original).unwrap_or_default()
    }

    /// Writes the text with everything that is known put in.
    pub fn write(&self, leg: usize, text: &Text, out: &mut Vec<u8>) {
        let mut done = 0;
        for place in &text.places {
            if place.at < done {
                continue;
            }
            let on_leg = self.legs.get(leg).filter(|names| !names.is_empty());
            let on_leg =
                on_leg.and_then(|names| place.originals.iter().find_map(|number| Some((number, names.get(number)?))));
            let overall = || {
                let mut known = place.originals.iter();
                known.find_map(|number| Some((number, self.everywhere.get(*number as usize)?.as_ref()?)))
            };
            if let Some((number, present)) = on_leg.or_else(overall) {
                out.extend_from_slice(&text.raw[done..place.at]);
                out.extend_from_slice(present.as_bytes());
                done = place.at + self.originals.bytes_of(*number);
            } else if let Some((host, rest)) = place.host
                && let Some(to) = self.hosts.get(host)
            {
                out.extend_from_slice(&text.raw[done..place.at + rest]);
                out.extend_from_slice(to.as_bytes());
                done = place.at + place.len;
            }
        }
        out.extend_from_slice(&text.raw[done..]);
    }

    /// As [`Identifiers::write`], for a text that is read but once.
    pub fn rewrite(&self, leg: usize, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + 32);
        self.write(leg, &self.originals.cut(text), &mut out);
        out
    }

    /// As [`Identifiers::rewrite`], for a header value.
    pub fn rewrite_text(&self, leg: usize, text: &str) -> String {
        String::from_utf8(self.rewrite(leg, text.as_bytes())).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_identifiers_are_replaced_and_the_leg_counts_first() {
        let originals = ["sip:conf-1234@cf.example", "conf-1234", "mess-77abc"].map(str::to_owned);
        let originals = Originals::new(originals, vec!["example.com".into()]);
        let mut ids = Identifiers::new(originals.into(), 2, vec!["test.local".into()], Fresh::default());
        ids.learn(Scope::Everywhere, "sip:conf-1234@cf.example", "sip:conf-9@127.0.0.1:5070");
        ids.learn(Scope::Everywhere, "conf-1234", "conf-9");
        ids.learn(Scope::Everywhere, "mess-77abc", "mess-1");
        ids.learn(Scope::Leg(1), "mess-77abc", "mess-2");
        let text = "<sip:conf-1234@cf.example;gr> conf-1234 mess-77abc mess-77abcd xmess-77abc a@ims.example.com";
        let seen = |leg| ids.rewrite_text(leg, text);
        assert_eq!(seen(0), "<sip:conf-9@127.0.0.1:5070;gr> conf-9 mess-1 mess-77abcd xmess-77abc a@ims.test.local");
        assert!(seen(1).contains(" mess-2 "));
    }

    #[test]
    fn a_name_is_made_once() {
        let originals = Originals::new(["c0ffee-1234".to_owned()], vec![]);
        let mut ids = Identifiers::new(originals.into(), 1, vec![], Fresh::default());
        let first = ids.name(0, Scope::Everywhere, "c0ffee-1234").to_owned();
        assert_ne!(first, "c0ffee-1234");
        assert_eq!(ids.name(0, Scope::Leg(0), "c0ffee-1234"), first);
    }
}
