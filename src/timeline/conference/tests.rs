use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::wire::conference_info::{
    self, DisconnectionMethod, EndpointStatus, JoiningMethod, NAMESPACE, User as UserElement,
};

/// A document with these attributes of the root and this content.
fn document(attributes: &str, content: &str) -> ConferenceInfo {
    let raw = format!("<conference-info xmlns='{NAMESPACE}' entity='sip:c@x' {attributes}>{content}</conference-info>");
    conference_info::parse(raw.as_bytes()).unwrap()
}

fn user(entity: &str, status: &str) -> String {
    format!("<user entity='{entity}'><endpoint entity='{entity}'><status>{status}</status></endpoint></user>")
}

/// `entity status` of all users, sorted.
fn roster(conference: &Conference) -> Vec<String> {
    let users = conference.table().map(Table::users).unwrap_or_default();
    let line = |user: &UserElement| {
        let status = Presence::of(user).status.map_or("-", EndpointStatus::as_str);
        format!("{} {status}", user_key(user).unwrap_or("-"))
    };
    let mut lines: Vec<String> = users.iter().map(line).collect();
    lines.sort();
    lines
}

fn started(version: u32) -> Conference {
    let mut conference = Conference::default();
    let users = [user("a", "connected"), user("b", "pending")].concat();
    let content = format!("<conference-description/><users>{users}</users>");
    assert_eq!(conference.notify(document(&format!("version='{version}'"), &content)), Taken::First);
    conference
}

fn joined(entity: &str) -> String {
    format!("<users state='partial'>{}</users>", user(entity, "connected"))
}

#[test]
fn the_samples_of_the_profile() {
    let mut conference = Conference::default();
    let text = |entity: &str, rest: &str| {
        format!("<user entity='{entity}'><endpoint entity='{entity}'><status>{rest}</endpoint></user>")
    };
    let full = [
        "<conference-description><subject>Trip</subject><maximum-user-count>100</maximum-user-count></conference-description>\
         <conference-state><user-count>3</user-count></conference-state><users>",
        &text("tel:+4911", "connected</status>"),
        &text("tel:+4922", "connected</status>"),
        &text("tel:+4933", "connected</status>"),
        "</users>",
    ]
    .concat();
    assert_eq!(conference.notify(document("version='1' state='full'", &full)), Taken::First);
    assert_eq!(conference.learned().len(), 6);
    let partial = "<conference-state><user-count>2</user-count></conference-state>\
         <users state='partial'><user entity='tel:+4933' state='partial'><endpoint entity='tel:+4933' state='full'>\
         <status>disconnected</status><disconnection-method>departed</disconnection-method></endpoint></user></users>";
    assert_eq!(conference.notify(document("state='partial' version='2'", partial)), Taken::Merged);
    assert_eq!(
        conference.learned(),
        [
            Change::UserCount(Some(2)),
            Change::Status {
                user: "tel:+4933".into(),
                before: Some(EndpointStatus::Connected),
                after: Some(EndpointStatus::Disconnected)
            },
        ]
    );
    let table = conference.table().unwrap();
    assert_eq!((table.connected(), table.perhaps_connected(), table.users().len()), (2, 0, 3));
    let left = Presence::of(table.user("tel:+4933").unwrap());
    assert_eq!((left.stage, left.disconnection_method), (Stage::Disconnected, Some(DisconnectionMethod::Departed)));

    let snapshot = full.replace(
        &text("tel:+4933", "connected</status>"),
        &text(
            "tel:+4933",
            "disconnected</status><disconnection-method>booted</disconnection-method><disconnection-info>\
             <when>2016-05-01T10:00:00Z</when><reason>Reason: SIP;cause=410;text=\"Gone\"</reason><by>tel:+4911</by>\
             </disconnection-info>",
        ),
    );
    let snapshot = snapshot.replace("'tel:+4911'>", "'tel:+4911' yourown='true'>");
    let mut conference = Conference::default();
    assert_eq!(conference.snapshot(document("", &snapshot)), Taken::First);
    assert_eq!(conference.snapshot(document("version='0' state='partial'", &snapshot)), Taken::Unchanged);
    let table = conference.table().unwrap();
    assert!(is_yourown(table.user("tel:+4911").unwrap()) && !is_yourown(table.user("tel:+4922").unwrap()));
    let info = Presence::of(table.user("tel:+4933").unwrap()).disconnection_info.unwrap();
    let reason = info.to_reason().unwrap();
    assert_eq!((reason.sip_status(), reason.text.as_deref()), (Some(410), Some("Gone")));
    assert_eq!(info.by.as_ref().map(Text::as_str), Some("tel:+4911"));
}

#[test]
fn versions_decide() {
    let mut conference = started(7);
    let mut notify = |attributes: &str, content: &str| conference.notify(document(attributes, content));
    assert_eq!(notify("version='7' state='partial'", &joined("c")), Taken::Stale { had: 7, got: 7 });
    assert_eq!(notify("version='3'", "<users/>"), Taken::Stale { had: 7, got: 3 });
    assert_eq!(notify("version='7'", "<users/>"), Taken::Stale { had: 7, got: 7 });
    let content = format!("<users>{}{}</users><conference-description/>", user("b", "pending"), user("a", "connected"));
    assert_eq!(notify("version='7'", &content), Taken::Unchanged);
    assert_eq!(notify("version='8' state='partial'", &joined("c")), Taken::Merged);
    assert_eq!(notify("version='10' state='partial'", &joined("d")), Taken::Gap { expected: 9, got: 10 });
    assert_eq!(notify("version='9' state='partial'", &joined("e")), Taken::NoTable);
    assert_eq!(notify("version='8' state='partial'", &joined("e")), Taken::Stale { had: 8, got: 8 });
    assert_eq!(conference.state(), None);
    assert_eq!(conference.notify(document("version='12'", &joined("c"))), Taken::Replaced);
    // That d joined was learned from the document after the gap, that e did never.
    assert_eq!(
        conference.learned().iter().map(|change| format!("{change:?}")).collect::<Vec<_>>(),
        ["a", "b", "d"].map(|user| {
            let status = if user == "b" { "Pending" } else { "Connected" };
            format!("Disappeared {{ user: {user:?}, status: Some({status}) }}")
        })
    );
    assert_eq!(roster(&conference), ["c connected"]);
    assert_eq!(conference.notify(document("version='12' state='deleted'", "")), Taken::Stale { had: 12, got: 12 });
    assert_eq!(conference.notify(document("version='20' state='deleted'", "<users/>")), Taken::Ended);
    let gone = Change::Disappeared { user: "c".into(), status: Some(EndpointStatus::Connected) };
    assert_eq!((conference.learned(), conference.version()), (&[gone][..], Some(20)));
    assert_eq!(conference.notify(document("version='21' state='partial'", "")), Taken::NoTable);
    assert_eq!(conference.notify(document("version='21'", "")), Taken::First);
}

#[test]
fn nothing_is_known_before_a_full_document() {
    let mut conference = Conference::default();
    assert_eq!(conference.notify(document("version='5' state='partial'", &joined("a"))), Taken::NoTable);
    assert_eq!(conference.notify(document("version='6' state='list'", &joined("a"))), Taken::UnknownState);
    assert_eq!((conference.state(), conference.version()), (None, None));
    // But of one user something is.
    assert_eq!(conference.last_known().map(Table::connected), Some(1));
    // A partial document may cross the SUBSCRIBE, and the full one have any number.
    assert_eq!(conference.notify(document("version='2'", &joined("a"))), Taken::First);
    // One that cannot be understood leaves a gap.
    assert_eq!(conference.notify(document("version='3' state='list'", "")), Taken::UnknownState);
    assert_eq!(conference.notify(document("version='4' state='partial'", "")), Taken::Gap { expected: 3, got: 4 });
}

#[test]
fn documents_without_a_version_are_the_next_ones() {
    let mut conference = Conference::default();
    assert_eq!(conference.notify(document("", &joined("a"))), Taken::First);
    assert_eq!(conference.notify(document("version='%0d' state='partial'", &joined("b"))), Taken::Merged);
    assert_eq!((conference.version(), conference.version_is_assumed()), (None, true));
    assert_eq!(conference.notify(document("version='9' state='partial'", &joined("c"))), Taken::Merged);
    assert_eq!((conference.version(), conference.version_is_assumed()), (Some(9), false));
    assert_eq!(conference.notify(document("state='partial'", &joined("d"))), Taken::Merged);
    assert_eq!((conference.version(), conference.version_is_assumed()), (Some(10), true));
    assert_eq!(conference.notify(document("version='11' state='partial'", &joined("e"))), Taken::Merged);
    assert_eq!(roster(&conference).len(), 5);
    assert_eq!(conference.notify(document("version='13' state='partial'", "")), Taken::Gap { expected: 12, got: 13 });
    assert_eq!(conference.notify(document("", "")), Taken::Replaced);
    assert_eq!(conference.version(), None);
}

#[test]
fn what_a_partial_document_does_not_mention_stays() {
    let mut conference = Conference::default();
    let full = "<conference-description><subject>S</subject><free-text>B</free-text></conference-description>\
        <host-info><web-page>w</web-page></host-info><users><user entity='a' yourown='true'><display-text>A</display-text>\
        <associated-aors><entry><uri>u</uri></entry></associated-aors><roles><entry>chair</entry></roles>\
        <endpoint entity='1'><status>connected</status><joining-method>dialed-in</joining-method>\
        <media id='1'><type>audio</type></media><media id='2'><type>message</type></media></endpoint>\
        <endpoint entity='2'><status>pending</status></endpoint><endpoint entity='3'/></user></users>\
        <sidebars-by-ref><entry><uri>s1</uri></entry><entry><uri>s2</uri></entry></sidebars-by-ref>\
        <sidebars-by-val><entry entity='v1'><users><user entity='x'/><user entity='y'/></users></entry></sidebars-by-val>";
    assert_eq!(conference.notify(document("version='1'", full)), Taken::First);
    let partial = "<conference-description><subject>T</subject></conference-description>\
        <users state='partial'><user entity='a' state='partial'><display-text>B</display-text>\
        <associated-aors state='deleted'/>\
        <endpoint entity='1' state='partial'><status>on-hold</status><media id='2'><type>video</type></media></endpoint>\
        <endpoint entity='2' state='deleted'><status>connected</status></endpoint><endpoint entity='3'><status>alerting</status>\
        </endpoint></user><user entity='b' state='deleted'/></users>\
        <sidebars-by-ref state='partial'><entry><uri>s2</uri><purpose>p</purpose></entry><entry><uri>s3</uri></entry></sidebars-by-ref>\
        <sidebars-by-val state='partial'><entry entity='v1' state='partial'><users state='partial'><user entity='x' state='deleted'/>\
        </users></entry><entry entity='v2' state='partial'><users state='partial'><user entity='z'/></users></entry></sidebars-by-val>";
    assert_eq!(conference.notify(document("version='2' state='partial'", partial)), Taken::Merged);
    // conference-description is replaced as a whole: the bulletin is gone.
    let after = "<conference-description><subject>T</subject></conference-description>\
        <host-info><web-page>w</web-page></host-info><users><user entity='a' yourown='true'><display-text>B</display-text>\
        <roles><entry>chair</entry></roles>\
        <endpoint entity='1'><status>on-hold</status><joining-method>dialed-in</joining-method>\
        <media id='1'><type>audio</type></media><media id='2'><type>video</type></media></endpoint>\
        <endpoint entity='3'><status>alerting</status></endpoint></user></users>\
        <sidebars-by-ref><entry><uri>s1</uri></entry><entry><uri>s2</uri><purpose>p</purpose></entry><entry><uri>s3</uri></entry>\
        </sidebars-by-ref><sidebars-by-val><entry entity='v1'><users><user entity='y'/></users></entry>\
        <entry entity='v2'><users><user entity='z'/></users></entry></sidebars-by-val>";
    assert_eq!(conference.state(), Some(Table::new(document("", after)).info()));
    assert_eq!(
        conference.learned(),
        [
            Change::Subject { text: Some("T".into()), by: None, at: None },
            Change::Bulletin(None),
            Change::Status {
                user: "a".into(),
                before: Some(EndpointStatus::Connected),
                after: Some(EndpointStatus::OnHold)
            },
            Change::DisplayText { user: "a".into(), text: Some("B".into()) },
        ]
    );
}

#[test]
fn a_list_of_users_without_state_is_the_whole_list() {
    let mut conference = started(1);
    let content = format!("<users>{}{}</users>", user("b", "connected"), user("c", "pending"));
    assert_eq!(conference.notify(document("version='2' state='partial'", &content)), Taken::Merged);
    assert_eq!(roster(&conference), ["b connected", "c pending"]);
    let [Change::Status { .. }, Change::Appeared { .. }, Change::Disappeared { user, .. }] = conference.learned()
    else {
        panic!("{:?}", conference.learned())
    };
    assert_eq!(user, "a");
    assert_eq!(
        conference.notify(document("version='3' state='partial'", "<users state='deleted'>x</users>")),
        Taken::Merged
    );
    assert_eq!((roster(&conference).len(), conference.learned().len()), (0, 2));
}

#[test]
fn a_list_without_state_that_cannot_be_whole_is_partial() {
    let mut conference = started(1);
    let content = format!("<users><user entity='b' state='deleted'/>{}</users>", user("c", "connected"));
    assert_eq!(conference.notify(document("version='2' state='partial'", &content)), Taken::Merged);
    assert_eq!(roster(&conference), ["a connected", "c connected"]);
    let said_to_be_whole = content.replace("<users>", "<users state='full'>");
    assert_eq!(conference.notify(document("version='3' state='partial'", &said_to_be_whole)), Taken::Merged);
    assert_eq!(roster(&conference), ["c connected"]);
}

#[test]
fn the_furthest_endpoint_counts() {
    let endpoints = |list: &[&str]| {
        let list = list
            .iter()
            .enumerate()
            .map(|(index, endpoint)| format!("<endpoint entity='{index}'>{endpoint}</endpoint>"));
        let users = format!("<users><user entity='a'>{}</user></users>", list.collect::<String>());
        Table::new(document("", &users))
    };
    let stage = |list: &[&str]| Presence::of(&endpoints(list).users()[0]).stage;
    let [connected, pending, gone] =
        ["connected", "dialing-out", "disconnected"].map(|s| format!("<status>{s}</status>"));
    assert_eq!(stage(&[&gone, &connected, &pending]), Stage::Connected);
    assert_eq!(stage(&[&gone, &pending, ""]), Stage::Pending);
    assert_eq!(stage(&[&gone, ""]), Stage::Unknown);
    assert_eq!((stage(&[&gone]), stage(&[])), (Stage::Disconnected, Stage::Unknown));
    let back = format!(
        "{connected}<joining-method>focus-owner</joining-method><disconnection-method>failed</disconnection-method>"
    );
    let table = endpoints(&[&gone, &back]);
    let presence = Presence::of(&table.users()[0]);
    assert_eq!(presence.joining_method, Some(JoiningMethod::FocusOwner));
    assert_eq!(presence.disconnection_method, None);
}

#[test]
fn who_has_no_entity_goes_by_its_display_text() {
    let named = |names: &[&str]| {
        let users = names.iter().map(|name| {
            format!("<user><display-text>{name}</display-text><endpoint><status>connected</status></endpoint></user>")
        });
        format!("<users>{}</users>", users.collect::<String>())
    };
    let mut conference = Conference::default();
    assert_eq!(conference.notify(document("", &named(&["Caller"]))), Taken::First);
    assert_eq!(conference.notify(document("", &named(&["Caller", "Guest", "Guest", ""]))), Taken::Replaced);
    let appeared = Change::Appeared { user: "Guest".into(), status: Some(EndpointStatus::Connected) };
    assert_eq!(conference.learned(), [appeared.clone(), appeared]);
    assert_eq!(conference.table().unwrap().connected(), 4);
}

#[test]
fn two_rows_of_one_entity_are_one_user() {
    let users = format!(
        "<users>{}{}{}</users>",
        user("a", "disconnected"),
        user("b", "connected"),
        user("a", "connected").replace("endpoint entity='a'", "endpoint entity='a2'")
    );
    let mut conference = Conference::default();
    assert_eq!(conference.snapshot(document("", &users)), Taken::First);
    assert_eq!(roster(&conference), ["a connected", "b connected"]);
}

#[test]
fn icons_subjects_and_the_rest_of_the_description() {
    let description = |inner: &str| document("", &format!("<conference-description>{inner}</conference-description>"));
    let mut conference = Conference::default();
    conference.snapshot(description(
        "<subject>A</subject><free-text>B</free-text><keywords> x  y </keywords><maximum-user-count>9</maximum-user-count>\
         <subject-ext><participant>sip:a@x</participant><timestamp>t1</timestamp></subject-ext>\
         <icon><source><file-info>cid:i@x</file-info></source><participant>sip:b@x</participant></icon>",
    ));
    assert_eq!(
        conference.learned(),
        [
            Change::Subject { text: Some("A".into()), by: Some("sip:a@x".into()), at: Some("t1".into()) },
            Change::Icon { picture: Some(Picture::Part("i@x".into())), by: Some("sip:b@x".into()), at: None },
            Change::Bulletin(Some("B".into())),
            Change::Keywords(vec!["x".into(), "y".into()]),
            Change::MaximumUserCount(Some(9)),
        ]
    );
    conference.snapshot(description(
        "<free-text>B</free-text><subject>A</subject><maximum-user-count>9</maximum-user-count><keywords>x  y</keywords>\
         <subject-ext><participant>sip:a@x</participant><timestamp>t2</timestamp></subject-ext><icon><source/></icon>",
    ));
    assert_eq!(
        conference.learned(),
        [
            Change::Subject { text: Some("A".into()), by: Some("sip:a@x".into()), at: Some("t2".into()) },
            Change::Icon { picture: None, by: None, at: None },
        ]
    );
}

#[test]
fn a_hundred_thousand_users_take_linear_time() {
    let element = |entity: usize| format!("<user entity='{entity}'/>");
    let list = |users: std::ops::Range<usize>, state: &str| {
        format!("<users state='{state}'>{}</users>", users.map(element).collect::<String>())
    };
    let begun = Instant::now();
    let mut conference = Conference::default();
    let len = MAX_USERS - 10;
    assert_eq!(conference.notify(document("version='0'", &list(0..len, "full"))), Taken::First);
    let backwards = format!("<users>{}</users>", (0..len).rev().map(element).collect::<String>());
    assert_eq!(conference.notify(document("version='0'", &backwards)), Taken::Unchanged);
    assert_eq!(
        conference.notify(document("version='1' state='partial'", &list(90_000..110_000, "partial"))),
        Taken::Merged
    );
    let table = conference.table().unwrap();
    assert_eq!((table.users().len(), table.left_out()), (MAX_USERS, 10_000));
    // Small documents about a large conference cost what a small document costs.
    for version in 2..10_000 {
        let row = format!("<users state='partial'><user entity='{version}' state='deleted'/></users>");
        conference.notify(document(&format!("version='{version}' state='partial'"), &row));
    }
    assert_eq!(conference.table().unwrap().users().len(), MAX_USERS - 9_998);
    let fat = format!("<users><user entity='a'>{}</user></users>", "<endpoint/><endpoint entity='1'/>".repeat(40_000));
    assert_eq!(conference.notify(document("version='20000'", &fat)), Taken::Replaced);
    assert_eq!(conference.table().unwrap().users()[0].endpoints.len(), MAX_INNER_ROWS);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

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
