//! Histories of conferences, told in full and in parts, in order and out of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::tests::document;
use super::*;
use crate::wire::conference_info::{self, EndpointStatus, NAMESPACE};

/// A conference as its focus knows it, small enough for coincidences.
#[derive(Clone, Debug, Default, PartialEq)]
struct Focus {
    subject: Option<u8>,
    user_count: u8,
    users: BTreeMap<u8, Member>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Member {
    display_text: Option<u8>,
    roles: Vec<u8>,
    endpoints: BTreeMap<u8, Device>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Device {
    status: Option<EndpointStatus>,
    joined_by: Option<u8>,
    media: BTreeMap<u8, u8>,
}

fn element(name: &str, value: Option<impl std::fmt::Display>) -> String {
    value.map(|value| format!("<{name}>{value}</{name}>")).unwrap_or_default()
}

impl Focus {
    fn head(&self) -> String {
        let subject = element("subject", self.subject);
        format!(
            "<conference-description>{subject}</conference-description>\
             <conference-state><user-count>{}</user-count></conference-state>",
            self.user_count
        )
    }

    fn full(&self, version: u32) -> ConferenceInfo {
        let users: String = self.users.iter().map(|(key, member)| member.full(*key)).collect();
        document(&format!("version='{version}'"), &format!("{}<users>{users}</users>", self.head()))
    }

    /// The way from `before` to here. `coarse` users are sent whole, as the list is where there is `None`.
    fn partial(&self, before: &Focus, version: u32, coarse: Option<u8>) -> ConferenceInfo {
        let mut content = String::new();
        if self.head() != before.head() {
            content.push_str(&self.head());
        }
        match coarse {
            None => {
                let users: String = self.users.iter().map(|(key, member)| member.full(*key)).collect();
                let _ = write!(content, "<users state='full'>{users}</users>");
            }
            Some(coarse) => {
                content.push_str("<users state='partial'>");
                for key in before.users.keys().filter(|key| !self.users.contains_key(key)) {
                    let _ = write!(content, "<user entity='{key}' state='deleted'/>");
                }
                for (key, member) in self.users.iter().filter(|(key, member)| before.users.get(key) != Some(member)) {
                    let old = before.users.get(key).filter(|_| key % 3 != coarse % 3);
                    let partial = old.and_then(|old| member.partial(*key, old, coarse));
                    content.push_str(&partial.unwrap_or_else(|| member.full(*key)));
                }
                content.push_str("</users>");
            }
        }
        document(&format!("version='{version}' state='partial'"), &content)
    }
}

impl Member {
    fn roles(&self) -> String {
        let entries: String = self.roles.iter().map(|role| format!("<entry>{role}</entry>")).collect();
        if self.roles.is_empty() { entries } else { format!("<roles>{entries}</roles>") }
    }

    fn full(&self, key: u8) -> String {
        let endpoints: String = self.endpoints.iter().map(|(key, device)| device.full(*key)).collect();
        let (name, roles) = (element("display-text", self.display_text), self.roles());
        format!("<user entity='{key}' state='full'>{name}{roles}{endpoints}</user>")
    }

    /// `None` where only the whole can say it: nothing takes an element without state away.
    fn partial(&self, key: u8, old: &Member, coarse: u8) -> Option<String> {
        let (name, roles) = (element("display-text", self.display_text), self.roles());
        if self.display_text.is_none() && old.display_text.is_some() || self.roles.is_empty() && !old.roles.is_empty() {
            return None;
        }
        let name = if self.display_text == old.display_text { "" } else { &name };
        let gone = old.endpoints.keys().filter(|key| !self.endpoints.contains_key(key));
        let mut endpoints: String = gone.map(|key| format!("<endpoint entity='{key}' state='deleted'/>")).collect();
        for (key, device) in self.endpoints.iter().filter(|(key, device)| old.endpoints.get(key) != Some(device)) {
            let old = old.endpoints.get(key).filter(|_| key % 2 != coarse % 2);
            endpoints.push_str(&old.and_then(|old| device.partial(*key, old)).unwrap_or_else(|| device.full(*key)));
        }
        Some(format!("<user entity='{key}' state='partial'>{name}{roles}{endpoints}</user>"))
    }
}

impl Device {
    fn inner(&self, media: impl Fn(&u8, &u8) -> bool) -> String {
        let status = element("status", self.status.map(EndpointStatus::as_str));
        let info = element("joining-info", self.joined_by.map(|by| format!("<by>{by}</by>")));
        let media = self.media.iter().filter(|(id, kind)| media(id, kind));
        let media: String = media.map(|(id, kind)| format!("<media id='{id}'><type>{kind}</type></media>")).collect();
        [status, info, media].concat()
    }

    fn full(&self, key: u8) -> String {
        format!("<endpoint entity='{key}'>{}</endpoint>", self.inner(|_, _| true))
    }

    fn partial(&self, key: u8, old: &Device) -> Option<String> {
        let lost = self.status.is_none() && old.status.is_some()
            || self.joined_by.is_none() && old.joined_by.is_some()
            || old.media.keys().any(|id| !self.media.contains_key(id));
        let inner = self.inner(|id, kind| old.media.get(id) != Some(kind));
        (!lost).then(|| format!("<endpoint entity='{key}' state='partial'>{inner}</endpoint>"))
    }
}

fn device() -> impl Strategy<Value = Device> {
    let status = prop::option::of(prop::sample::select(EndpointStatus::ALL));
    (status, prop::option::of(0..3u8), prop::collection::btree_map(0..3u8, 0..2u8, 0..3))
        .prop_map(|(status, joined_by, media)| Device { status, joined_by, media })
}

fn member() -> impl Strategy<Value = Member> {
    let roles = prop::collection::vec(0..3u8, 0..3);
    (prop::option::of(0..3u8), roles, prop::collection::btree_map(0..3u8, device(), 0..3))
        .prop_map(|(display_text, roles, endpoints)| Member { display_text, roles, endpoints })
}

/// A history: at each step the head and some users change, the others stay.
fn history() -> impl Strategy<Value = Vec<(Focus, Option<u8>)>> {
    let change = prop::collection::vec((0..8u8, prop::option::weighted(0.7, member())), 0..5);
    let step = (prop::option::of(0..2u8), 0..3u8, change, prop::option::weighted(0.9, any::<u8>()));
    prop::collection::vec(step, 1..12).prop_map(|steps| {
        let mut focus = Focus::default();
        let take = |(subject, user_count, change, coarse): (_, _, Vec<(u8, Option<Member>)>, _)| {
            (focus.subject, focus.user_count) = (subject, user_count);
            for (key, member) in change {
                match member {
                    Some(member) => _ = focus.users.insert(key, member),
                    None => _ = focus.users.remove(&key),
                }
            }
            (focus.clone(), coarse)
        };
        steps.into_iter().map(take).collect()
    })
}

/// Endpoints and media of a table are in the order of their arrival.
fn sorted(info: Option<&ConferenceInfo>) -> Option<ConferenceInfo> {
    let mut info = info?.clone();
    let users = &mut info.users.as_mut()?.users;
    users.sort_by_key(|user| user.entity.clone().map(|key| key.value));
    for endpoints in users.iter_mut().map(|user| &mut user.endpoints) {
        endpoints.sort_by_key(|endpoint| endpoint.entity.clone().map(|key| key.value));
        endpoints
            .iter_mut()
            .for_each(|endpoint| endpoint.media.sort_by_key(|media| media.id.clone().map(|id| id.value)));
    }
    Some(info)
}

fn in_any_order(changes: &[Change]) -> Vec<String> {
    let mut list: Vec<String> = changes.iter().map(|change| format!("{change:?}")).collect();
    list.sort();
    list
}

proptest! {
    #[test]
    fn partial_documents_in_order_are_the_full_state(history in history(), first: u16) {
        let version = |step: usize| u32::from(first) + step as u32;
        let mut conference = Conference::default();
        prop_assert_eq!(conference.notify(history[0].0.full(version(0))), Taken::First);
        for (step, pair) in history.windows(2).enumerate() {
            let [(before, _), (after, coarse)] = pair else { unreachable!("windows of two") };
            let step = step + 1;
            let learned_from_tables = {
                let after = Table::new(after.full(0));
                changes(conference.table(), Some(&after))
            };
            prop_assert_eq!(conference.notify(after.partial(before, version(step), *coarse)), Taken::Merged);
            let full = Table::new(after.full(version(step)));
            prop_assert_eq!(sorted(conference.state()), sorted(Some(full.info())));
            prop_assert_eq!(in_any_order(conference.learned()), in_any_order(&learned_from_tables));
            for user in full.users() {
                prop_assert!(conference.table().unwrap().user(user_key(user).unwrap()).is_some());
            }
        }
    }

    #[test]
    fn any_order_and_number_of_deliveries(
        history in history(),
        deliveries in prop::collection::vec((any::<prop::sample::Index>(), prop::bool::weighted(0.2)), 0..40),
    ) {
        let mut conference = Conference::default();
        let (mut version, mut valid) = (None, false);
        for (step, is_full) in deliveries {
            let got = step.index(history.len());
            let (focus, coarse) = &history[got];
            let is_full = is_full || got == 0;
            let document =
                if is_full { focus.full(got as u32) } else { focus.partial(&history[got - 1].0, got as u32, *coarse) };
            let taken = conference.notify(document);
            // The algorithm of RFC 4575 §4.6, on versions alone.
            let expected = match version {
                None if is_full => Taken::First,
                None => Taken::NoTable,
                Some(had) if got == had && is_full && valid => Taken::Unchanged,
                Some(had) if got <= had => Taken::Stale { had: had as u32, got: got as u32 },
                Some(_) if is_full => Taken::Replaced,
                Some(_) if !valid => Taken::NoTable,
                Some(had) if got == had + 1 => Taken::Merged,
                Some(had) => Taken::Gap { expected: had as u32 + 1, got: got as u32 },
            };
            match expected {
                Taken::First | Taken::Replaced | Taken::Merged => (version, valid) = (Some(got), true),
                Taken::Gap { .. } => valid = false,
                _ => {}
            }
            prop_assert_eq!(taken, expected);
            let state = version.filter(|_| valid).map(|version| Table::new(history[version].0.full(0)));
            prop_assert_eq!(sorted(conference.state()), sorted(state.as_ref().map(Table::info)));
        }
    }

    #[test]
    fn any_documents_are_taken(
        texts in prop::collection::vec("(<(users|user|endpoint|conference-description|sidebars-by-val|entry|media|roles)( (entity|state|version|id)='(a|b|1|2|full|partial|deleted|)'){0,3}/?>|</(users|user|endpoint|entry)>|[ -~é]){0,30}", 1..8),
        attributes in prop::collection::vec("(version='(-|[0-9]{1,11}|4294967295)')? (state='(full|partial|deleted|x)')?", 8),
    ) {
        let (mut by_notify, mut by_msrp) = (Conference::default(), Conference::default());
        for (text, attributes) in texts.iter().zip(attributes) {
            let raw = format!("<conference-info xmlns='{NAMESPACE}' {attributes}>{text}</conference-info>");
            let Ok(info) = conference_info::parse(raw.as_bytes()) else { continue };
            let taken = by_notify.notify(info.clone());
            let is_dropped = matches!(taken, Taken::Stale { .. } | Taken::UnknownState | Taken::Unchanged);
            prop_assert!(!is_dropped || by_notify.learned().is_empty());
            prop_assert!(by_notify.state().is_some() || !taken.is_coherent() || taken == Taken::Ended);
            prop_assert!(by_msrp.snapshot(info).is_coherent());
            prop_assert!(by_msrp.state().is_some());
        }
    }
}
