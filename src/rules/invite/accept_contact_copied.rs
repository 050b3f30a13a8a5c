use hashbrown::HashSet;

use super::invitation::{Icsi, Invitation, added_by, icsi, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;
use crate::wire::uri::{percent_decode, split_values};

rule! {
    /// ## What it checks
    /// Each `Accept-Contact` of the INVITE that makes the group stands in the invitations of the focus.
    ///
    /// ## Why it matters
    /// An invitation without them reaches devices that the initiator did not want.
    ///
    /// ## Example
    /// The initiator asks for `*;+g.gsma.rcs.botversion="#=1"` as well, and the invitations do not: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.3; RFC 3841
    /// The order of the parameters does not matter. Whoever was added by REFER is not judged.
    pub CPM_INVITE_ACCEPT_CONTACT_COPIED: Error = "cpm-invite-accept-contact-copied", ["7.2.3-3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    let statement = "7.2.3-3";
    let all = case.invitations();
    for one in all.iter().filter(|one| one.is_from_focus() && added_by(case, one).is_none()) {
        let Some(origin) = originating(all, one.id) else {
            judge.undecided(statement, "needs the INVITE that makes the group");
            continue;
        };
        // Where one of the two has not even the tag of CPM, that is told already.
        let has_tag = |one: &Invitation<'_>| {
            icsi(one.values(Name::AcceptContact).iter().map(String::as_str), true) == Icsi::Right
        };
        if !has_tag(origin) || !has_tag(one) {
            continue;
        }
        let have: HashSet<String> = wishes(one).collect();
        let missing = wishes(origin).find(|wish| !have.contains(wish));
        let message = || {
            let wish = missing.as_deref().unwrap_or_default();
            format!("Accept-Contact {wish} of the originator's INVITE is missing in the INVITE to {}", one.user())
        };
        let finding = judge.expect(statement, missing.is_none(), one.place(Name::AcceptContact), message);
        finding.into_iter().for_each(|finding| _ = finding.also(origin.id));
    }
}

/// The values of Accept-Contact, in a form that compares.
fn wishes(one: &Invitation<'_>) -> impl Iterator<Item = String> {
    let fields = one.values(Name::AcceptContact);
    let values: Vec<String> = fields.iter().flat_map(|field| split_values(field)).map(normal).collect();
    values.into_iter()
}

fn normal(value: &str) -> String {
    let mut parts: Vec<String> = value
        .split(';')
        .map(|part| percent_decode(part.trim()).to_ascii_lowercase())
        .filter(|part| !part.is_empty())
        .collect();
    parts.sort();
    parts.join(";")
}
