use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::wire::defect::Oddity;
use crate::wire::xml::XmlError;

fn text(text: &Option<Text>) -> Option<&str> {
    text.as_ref().map(Text::as_str)
}

/// A document in which every element of the schema occurs, with `p` in front of the names.
fn everything(p: &str) -> String {
    let declare = if p.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{}", p.trim_end_matches(':')) };
    format!(
        "<{p}conference-info version=\"7\" {declare}='{NAMESPACE}' xmlns:c='urn:any' entity='sip:conf@x' state='partial'>\
         <{p}conference-description><{p}display-text>D</{p}display-text><{p}subject> Trip &amp; more </{p}subject>\
         <{p}free-text>B</{p}free-text><{p}keywords>a b</{p}keywords><{p}conf-uris state='full'><{p}entry>\
         <{p}uri>tel:+1</{p}uri><{p}display-text>T</{p}display-text><{p}purpose>participation</{p}purpose><{p}modified>\
         <{p}when>2026</{p}when></{p}modified></{p}entry></{p}conf-uris><{p}service-uris><{p}entry><{p}uri>http://x</{p}uri>\
         </{p}entry></{p}service-uris><{p}maximum-user-count>100</{p}maximum-user-count><{p}available-media>\
         <{p}entry label='1'><{p}type>message</{p}type><{p}status>sendrecv</{p}status></{p}entry></{p}available-media>\
         <c:subject-ext><c:participant>sip:a@x</c:participant><c:timestamp>2026-03-01T10:00:00Z</c:timestamp></c:subject-ext>\
         <c:icon><c:source><c:icon-uri>https://i/1.png</c:icon-uri></c:source><c:timestamp>t</c:timestamp></c:icon>\
         <c:news/></{p}conference-description><{p}host-info><{p}web-page>http://h</{p}web-page></{p}host-info>\
         <{p}conference-state><{p}user-count>2</{p}user-count><{p}active>true</{p}active><{p}locked>0</{p}locked>\
         </{p}conference-state><{p}users state='partial'><{p}user c:yourown='true' state='full' entity='sip:a@x'>\
         <{p}display-text>Alice</{p}display-text><{p}associated-aors><{p}entry><{p}uri>tel:+49</{p}uri></{p}entry></{p}associated-aors>\
         <{p}roles><{p}entry>chairman</{p}entry><{p}entry>x</{p}entry></{p}roles><{p}languages>en de</{p}languages>\
         <{p}cascaded-focus>sip:f@x</{p}cascaded-focus>\
         <{p}endpoint entity='sip:a@phone'><{p}display-text>Phone</{p}display-text><{p}referred><{p}by>sip:z@x</{p}by></{p}referred>\
         <{p}status>disconnected</{p}status><{p}joining-method>dialed-in</{p}joining-method><{p}joining-info><{p}when>1</{p}when>\
         </{p}joining-info><{p}disconnection-method>booted</{p}disconnection-method><{p}disconnection-info><{p}when>2</{p}when>\
         <{p}reason>SIP;cause=410</{p}reason><{p}by>sip:b@x</{p}by></{p}disconnection-info><{p}media id='1'><{p}type>message</{p}type>\
         <{p}label>L</{p}label><{p}src-id>5</{p}src-id><{p}status>inactive</{p}status></{p}media><{p}call-info><{p}sip>\
         <{p}call-id>c1</{p}call-id><{p}from-tag>f</{p}from-tag><{p}to-tag>t</{p}to-tag></{p}sip></{p}call-info></{p}endpoint>\
         <{p}endpoint entity='sip:a@tablet' state='deleted'/></{p}user><{p}user entity='sip:b@x' yourown='false'/></{p}users>\
         <{p}sidebars-by-ref><{p}entry><{p}uri>sip:side@x</{p}uri></{p}entry></{p}sidebars-by-ref>\
         <{p}sidebars-by-val state='partial'><{p}entry entity='sip:in@x' state='full'><{p}users/></{p}entry></{p}sidebars-by-val>\
         </{p}conference-info>"
    )
}

#[test]
fn trap_10_every_element_with_any_prefix() {
    for prefix in ["", "ci:", "confInfo:"] {
        let raw = everything(prefix);
        let info = parse(raw.as_bytes()).unwrap();
        assert_eq!(&*info.defects, []);
        assert_eq!((text(&info.entity), text(&info.version)), (Some("sip:conf@x"), Some("7")));
        assert_eq!(State::of(info.state.as_ref()), Some(State::Partial));
        let description = info.description.as_ref().unwrap();
        assert_eq!(text(&description.subject), Some("Trip & more"));
        assert_eq!((text(&description.free_text), text(&description.keywords)), (Some("B"), Some("a b")));
        assert_eq!(description.maximum_user_count.as_ref().and_then(Text::to_u32), Some(100));
        let conf_uri = &description.conf_uris.as_ref().unwrap().entries[0];
        assert_eq!((text(&conf_uri.uri), text(&conf_uri.purpose)), (Some("tel:+1"), Some("participation")));
        assert_eq!(text(&conf_uri.modified.as_ref().unwrap().when), Some("2026"));
        assert_eq!(
            description.available_media.as_ref().unwrap().entries[0].status.as_ref().and_then(MediaStatus::parse),
            Some(MediaStatus::SendRecv)
        );
        assert_eq!(text(&description.subject_ext.as_ref().unwrap().participant), Some("sip:a@x"));
        let icon = description.icon.as_ref().unwrap();
        assert_eq!((text(&icon.icon_uri), text(&icon.timestamp)), (Some("https://i/1.png"), Some("t")));
        assert!(icon.source.is_some() && icon.file_info.is_none());
        assert_eq!(description.extras[0].name, "news");
        let state = info.conference_state.as_ref().unwrap();
        assert_eq!(state.user_count.as_ref().and_then(Text::to_u32), Some(2));
        assert_eq!(state.locked.as_ref().and_then(Text::to_bool), Some(false));
        let users = info.users.as_ref().unwrap();
        let [alice, bob] = &users.users[..] else { panic!("{users:?}") };
        assert_eq!(
            alice.roles.iter().flat_map(|roles| &roles.entries).map(Text::as_str).collect::<Vec<_>>(),
            ["chairman", "x"]
        );
        assert_eq!(alice.yourown.as_ref().and_then(Text::to_bool), Some(true));
        assert_eq!(bob.yourown.as_ref().and_then(Text::to_bool), Some(false));
        let [phone, tablet] = &alice.endpoints[..] else { panic!("{alice:?}") };
        assert_eq!(phone.status.as_ref().and_then(EndpointStatus::parse), Some(EndpointStatus::Disconnected));
        let method = phone.disconnection_method.as_ref().and_then(DisconnectionMethod::parse);
        assert_eq!(method, Some(DisconnectionMethod::Booted));
        assert_eq!(phone.joining_method.as_ref().and_then(JoiningMethod::parse), Some(JoiningMethod::DialedIn));
        assert_eq!(text(&phone.disconnection_info.as_ref().unwrap().reason), Some("SIP;cause=410"));
        assert_eq!((text(&phone.media[0].id), text(&phone.media[0].src_id)), (Some("1"), Some("5")));
        assert_eq!(text(&phone.call_info.as_ref().unwrap().to_tag), Some("t"));
        assert_eq!(State::of(tablet.state.as_ref()), Some(State::Deleted));
        assert_eq!(text(&info.sidebars_by_ref.as_ref().unwrap().entries[0].uri), Some("sip:side@x"));
        let sidebar = &info.sidebars_by_val.as_ref().unwrap().entries[0];
        assert_eq!((text(&sidebar.entity), sidebar.users.is_some()), (Some("sip:in@x"), true));
        // Everything can be pointed at.
        assert_eq!(&raw[info.state.clone().unwrap().range], "partial");
        assert_eq!(&raw[phone.status.clone().unwrap().range], "disconnected");
        assert!(raw[users.start_tag.clone()].ends_with("users state='partial'>"));
    }
}

#[test]
fn trap_10_what_a_document_says_of_state_is_kept_apart() {
    let raw = format!("<conference-info xmlns='{NAMESPACE}' state='list'><users/><users/><x/></conference-info>");
    let info = parse(raw.as_bytes()).unwrap();
    assert_eq!((text(&info.state), State::of(info.state.as_ref())), (Some("list"), None));
    assert_eq!(State::of(info.users.as_ref().and_then(|users| users.state.as_ref())), Some(State::Full));
    assert_eq!((info.version.is_none(), info.users.unwrap().state.is_none()), (true, true));
    assert_eq!(info.extras.iter().map(|extra| &*extra.name).collect::<Vec<_>>(), ["users", "x"]);
    assert!(info.defects.has(Oddity::DuplicateElement));
}

#[test]
fn unknown_attributes_are_named() {
    let raw = format!("<conference-info xmlns='{NAMESPACE}' xmlns:q='urn:q' q:state='x' colour='red'/>");
    let info = parse(raw.as_bytes()).unwrap();
    assert!(info.state.is_none());
    let extras: Vec<_> =
        info.extras.iter().map(|e| (e.namespace.as_deref(), &*e.name, &raw[e.range.clone()])).collect();
    assert_eq!(extras, [(Some("urn:q"), "state", "q:state='x'"), (None, "colour", "colour='red'")]);
}

#[test]
fn no_namespace_is_forgiven_and_another_is_not() {
    let info =
        parse(b"<conference-info entity='sip:m@x'><users><user entity='sip:a@x'/></users></conference-info>").unwrap();
    assert!(info.defects.has(Oddity::NamespaceMissing));
    assert_eq!(info.users.unwrap().users.len(), 1);
    let other = parse(b"<conference-info xmlns='urn:ietf:params:xml:ns:xcon-conference-info'/>");
    assert!(matches!(other, Err(XmlError::OtherRoot { .. })));
}

#[test]
fn a_large_document_takes_linear_time() {
    let user = "<user entity='sip:a@x'><endpoint entity='sip:a@x'><status>connected</status></endpoint></user>";
    let raw = format!("<conference-info xmlns='{NAMESPACE}'><users>{}</users></conference-info>", user.repeat(20_000));
    let started = Instant::now();
    assert_eq!(parse(raw.as_bytes()).unwrap().users.unwrap().users.len(), 20_000);
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn a_document_with_any_damage_is_read_or_refused(at in 0..3000usize, bytes in prop::collection::vec(any::<u8>(), 0..4)) {
        let mut raw = everything("ci:").into_bytes();
        let at = at.min(raw.len());
        raw.splice(at..(at + bytes.len()).min(raw.len()), bytes);
        for raw in [&raw[..], &raw[..at]] {
            let whole = parse(raw).ok().and_then(|info| info.entity).map(|entity| entity.value);
            prop_assert!(whole.is_none() || entity(raw) == whole);
        }
    }
}
