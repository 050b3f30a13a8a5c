use super::offers::{Described, descriptions, is_untyped};
use super::stream::fault;
use crate::rules::invite::change::{Modification, streams};
use crate::rules::invite::invitation::originating;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};
use crate::wire::conference_info;
use crate::wire::media_type::MediaType;
use crate::wire::msrp::session_id;
use crate::wire::sdp::{Media, Sdp};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The focus offers its invitees the streams that the originator offered: as many, of the same kind and direction, no
    /// content types beyond them but those of the focus itself, and a path of its own.
    ///
    /// ## Why it matters
    /// An invitee that is offered something else agrees with the focus on what the originator cannot do.
    ///
    /// ## Example
    /// Alice offers `m=message`, and the focus offers Bob `m=message` and `m=audio`: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.3; RFC 3264
    pub CPM_SDP_OFFER_DERIVED: Error = "cpm-sdp-offer-derived", ["7.2.3-8", "7.2.2-3.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    passed_on(case, judge);
    let statement = "7.2.3-8";
    let all = case.invitations();
    let of_focus = all.iter().filter(|one| one.is_from_focus() && !one.is_deferred(case));
    for one in of_focus.filter(|one| !one.message.is_body_cut()) {
        let Some(offer) = Described::of(case, one.leg, one.id) else {
            if is_untyped(&one.message) {
                continue;
            }
            judge.fail(statement, one.place(Name::ContentType), "the INVITE of the focus has no SDP offer");
            continue;
        };
        let Some(session) = offer.session(case) else { continue };
        let origin = originating(all, one.id).filter(|origin| !origin.message.is_body_cut());
        let original = origin.and_then(|origin| Described::of(case, origin.leg, origin.id));
        let compared = || {
            let original = original.as_ref()?;
            difference(case, &*original.session(case)?, &session)
        };
        // A direction that is not sendrecv is for the invitee to refuse, and the role for the rule of it.
        let is_own = |what: &str| !what.contains("MSRP stream is") && !what.contains("a=setup");
        let broken = fault(&session, true).filter(|fault| is_own(&fault.what));
        let found = broken.map(|fault| (fault.what, fault.range)).or_else(compared);
        match found {
            Some((what, range)) => {
                let what = format!("the SDP offer to {} is not derived from the originator's: {what}", one.user());
                let place: Place = offer.place(range);
                let finding = judge.fail(statement, place, what);
                origin.into_iter().for_each(|origin| _ = finding.also(origin.id));
            }
            None => judge.pass(statement),
        }
    }
}

/// The focus asks the others for what the participant asks for, and counts its own descriptions on.
fn passed_on(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.2-3.b";
    // With a description missing, the next one seems to leap.
    if case.lossy {
        return;
    }
    for one in Modification::all(case.changes()) {
        let Some(wanted) = streams(case, one.asked.id, &one.asked.message) else { continue };
        for change in one.passed_on.values().filter_map(|changes| changes.first()) {
            let Some(offer) = Described::of(case, change.leg, change.id) else { continue };
            let before = descriptions(case, change.leg)
                .filter(|other| other.id < change.id && other.actor == offer.actor)
                .last();
            let (old, new) = (before.as_ref().and_then(|before| version(case, before)), version(case, &offer));
            let counts_on = old.zip(new).is_none_or(|((id, version), (new_id, new_version))| {
                id == new_id && version.zip(new_version).is_none_or(|(old, new)| new == old + 1)
            });
            let what = match () {
                () if streams(case, change.id, &change.message).as_ref() != Some(&wanted) => "other streams",
                () if !counts_on => "an o= line that does not count on",
                () => {
                    judge.pass(statement);
                    continue;
                }
            };
            let what = format!("the re-INVITE to {} is not derived from the participant's: {what}", change.user());
            judge.fail(statement, offer.place(None), what).also(one.asked.id);
        }
    }
}

/// The session-id of a description and its version.
fn version<'a>(case: &Case<'a>, described: &Described<'a>) -> Option<(String, Option<u64>)> {
    let session = described.session(case)?;
    let origin = session.origin.as_ref()?;
    Some((origin.session_id.clone().into_owned(), origin.session_version.parse().ok()))
}

type Difference = Option<(String, Option<std::ops::Range<usize>>)>;

fn difference(case: &Case<'_>, original: &Sdp<'_>, offer: &Sdp<'_>) -> Difference {
    let used = |session: &'_ Sdp<'_>| session.media.iter().filter(|media| media.port != Some(0)).count();
    let (wanted, found) = (used(original), used(offer));
    if wanted != found {
        return Some((format!("{found} streams, where there were {wanted}"), None));
    }
    let pairs = original
        .media
        .iter()
        .filter(|media| media.port != Some(0))
        .zip(offer.media.iter().filter(|media| media.port != Some(0)));
    pairs.into_iter().find_map(|(one, other)| {
        let family = |media: &Media<'_>| media.proto.to_ascii_uppercase().replace("TCP/TLS/", "TCP/");
        if one.kind != other.kind || family(one) != family(other) {
            let what = format!("{} {} for {} {}", other.kind, other.proto, one.kind, one.proto);
            return Some((what, Some(other.line.clone())));
        }
        let id = |media: &Media<'_>| media.path().and_then(|path| path.last()).and_then(session_id).map(str::to_owned);
        if one.is_msrp() && id(one).is_some() && id(one) == id(other) {
            return Some(("the originator's path".to_owned(), other.attribute("path").map(|one| one.range.clone())));
        }
        wider(case, one, other)
    })
}

/// A type that the focus accepts and the originator does not: what the focus would refuse to pass on.
fn wider(case: &Case<'_>, one: &Media<'_>, other: &Media<'_>) -> Difference {
    let known: Vec<&str> = one.accept_types().map(|kind| kind.split(';').next().unwrap_or(kind)).collect();
    // An originator that lists nothing is found by another rule.
    let accepts_all = known.is_empty() || known.contains(&"*");
    let is_known = |kind: &str| {
        accepts_all
            || known.iter().any(|known| known.eq_ignore_ascii_case(kind))
            || kind.eq_ignore_ascii_case(conference_info::MEDIA_TYPE)
            || kind.eq_ignore_ascii_case(&case.profile.content_types.group_data)
    };
    let kinds = other.accept_types().map(|kind| MediaType::parse(kind).essence().to_owned());
    let added = kinds.into_iter().find(|kind| !is_known(kind))?;
    let range = other.attribute("accept-types").map(|one| one.range.clone());
    Some((format!("it accepts {added}, which the originator does not"), range))
}
