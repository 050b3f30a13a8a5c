use super::extended::extended;
use super::invitation::same_user;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// In the list of the INVITE that extends a 1-1 session, the entry of the peer has the Contribution-ID of that session as Session-Replaces, and no
    /// other entry has one.
    ///
    /// ## Why it matters
    /// The peer gets a second chat instead of the group in place of the first.
    ///
    /// ## Example
    /// `<entry uri="sip:bob@ims.example?Session-Replaces=Y"/>`, and the 1-1 session has `Contribution-ID: X`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3; RFC 3261 §19.1.1, RFC 5366
    pub CPM_INVITE_EXTEND_SESSION_REPLACES_ENTRY: Error = "cpm-invite-extend-session-replaces-entry", ["5.2.3-8.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3-8.a";
    for one in extended(case, judge, statement) {
        let Some(expected) = one.value(Name::ContributionId) else { continue };
        let peer = if one.is_caller() { &one.leg.callee } else { &one.leg.caller };
        let is_peer = |uri: &str| peer.as_ref().is_some_and(|peer| same_user(&peer.uri, uri));
        let is_right = matches!(one.entries.as_slice(), [(uri, value)] if is_peer(uri) && *value == expected);
        let found: Vec<&str> = one.entries.iter().map(|(uri, _)| uri.as_str()).collect();
        let message = || {
            format!("the list lacks Session-Replaces={expected} in the entry of the peer alone: {}", found.join(", "))
        };
        let finding = judge.expect(statement, is_right, one.invitation.place(Name::ContentType), message);
        finding.into_iter().for_each(|finding| one.leg.invited.into_iter().for_each(|id| _ = finding.also(id)));
    }
}
