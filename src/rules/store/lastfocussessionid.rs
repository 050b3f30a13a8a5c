use super::object::{judge_latest, same_text, text};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::uri_key;

rule! {
    /// ## What it checks
    /// `lastfocussessionid` of a group state object is the Group Session Identity: the `entity` of the conference-info
    /// document.
    ///
    /// ## Why it matters
    /// The client comes back to this URI; with another one it gets 404.
    ///
    /// ## Example
    /// The focus is `sip:gc-1@…`, the object has `lastfocussessionid="sip:pf1.example.net"`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Judged is the object that tells the last state; where the NOTIFYs to the participating function were not captured, the
    /// rule is undecided.
    pub CPM_STORE_GSO_LASTFOCUSSESSIONID: Error = "cpm-store-gso-lastfocussessionid", ["5.2.3.2.1-3.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    judge_latest(case, judge, "5.2.3.2.1-3.a", |object, known| {
        let expected = text(&known.entity)?;
        let is_same = |one: &str, other: &str| one == other || uri_key(one) == uri_key(other);
        Some(same_text("lastfocussessionid", &object.last_focus_session_id, expected, &object.start_tag, is_same))
    });
}
