use std::time::Instant;

use super::*;
use crate::wire::conference_info::{
    self, DisconnectionMethod, EndpointStatus, JoiningMethod, NAMESPACE, User as UserElement,
};

/// A document with these attributes of the root and this content.
pub(super) fn document(attributes: &str, content: &str) -> ConferenceInfo {
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
