use super::offers::{Described, descriptions};
use crate::rules::invite::extended::extended;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::conference_info;
use crate::wire::sdp::{Media, Sdp};

rule! {
    /// ## What it checks
    /// The INVITE that makes a group of a 1-1 session offers the same streams as the 1-1 session has: as many, of the same
    /// kind, format, direction and content types, but for those that groups have in addition.
    ///
    /// ## Why it matters
    /// The session goes on with more people in it; what worked with one of them must not stop.
    ///
    /// ## Example
    /// The 1-1 session has `m=message` only, and the offer has `m=audio` in addition: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3
    pub CPM_SDP_EXTEND_SAME_STREAMS: Error = "cpm-sdp-extend-same-streams", ["5.2.3-11-same"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3-11-same";
    for one in extended(case, judge, statement) {
        // The last description that this client sent in the 1-1 session.
        let is_own = |described: &Described<'_>| {
            let by_caller = one.leg.is_by_caller(described.id, case.messages());
            by_caller == Some(one.is_caller()) && described.id < one.invitation.id
        };
        let before = descriptions(case, one.leg).filter(is_own).last();
        let offer = Described::of(case, one.invitation.leg, one.invitation.id);
        let (Some(before), Some(offer)) = (before, offer) else {
            judge.undecided(statement, "needs the SDP of the 1-1 session");
            continue;
        };
        let (Some(old), Some(new)) = (before.session(case), offer.session(case)) else { continue };
        match difference(case, &old, &new) {
            Some(what) => {
                let what = format!("the offer of the extension is not that of the 1-1 session: {what}");
                judge.fail(statement, offer.place(None), what).also(before.id);
            }
            None => judge.pass(statement),
        }
    }
}

fn difference(case: &Case<'_>, old: &Sdp<'_>, new: &Sdp<'_>) -> Option<String> {
    let used = |media: &&Media<'_>| media.port != Some(0);
    let old_media: Vec<&Media<'_>> = old.media.iter().filter(used).collect();
    let new_media: Vec<&Media<'_>> = new.media.iter().filter(used).collect();
    if old_media.len() != new_media.len() {
        return Some(format!("{} streams instead of {}", new_media.len(), old_media.len()));
    }
    old_media.iter().zip(&new_media).find_map(|(one, other)| {
        if one.kind != other.kind
            || !one.proto.eq_ignore_ascii_case(&other.proto)
            || one.formats.trim() != other.formats.trim()
        {
            return Some(format!("{} {} instead of {} {}", other.kind, other.proto, one.kind, one.proto));
        }
        if old.direction_of(one) != new.direction_of(other) {
            return Some("another direction".to_owned());
        }
        let of_groups =
            [conference_info::MEDIA_TYPE, &case.profile.content_types.group_data, "application/im-iscomposing+xml"];
        let kinds = |kinds: &mut dyn Iterator<Item = &str>| {
            let kinds = kinds.map(|kind| kind.split(';').next().unwrap_or(kind).trim().to_ascii_lowercase());
            let mut kinds: Vec<String> =
                kinds.filter(|kind| !of_groups.iter().any(|known| known.eq_ignore_ascii_case(kind))).collect();
            kinds.sort();
            kinds.dedup();
            kinds
        };
        let accepted = |media: &Media<'_>| (kinds(&mut media.accept_types()), kinds(&mut media.accept_wrapped_types()));
        (accepted(one) != accepted(other)).then(|| "other content types".to_owned())
    })
}
