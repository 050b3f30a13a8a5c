use std::borrow::Cow;

use hashbrown::{HashMap, HashSet};

use super::invitation::{Icsi, Invitation, added_by, icsi, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;
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

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.3-3";
    let all = case.invitations();
    // What the originators wish, where they have the tag of CPM: many invitations follow from one of them.
    let mut wanted: HashMap<MessageId, Option<Vec<String>>> = HashMap::new();
    for one in all.iter().filter(|one| one.is_from_focus() && added_by(case, one).is_none()) {
        let Some(origin) = originating(all, one.id) else {
            judge.undecided(statement, "needs the INVITE that makes the group");
            continue;
        };
        // Where one of the two has not even the tag of CPM, that is told already.
        let wanted = wanted.entry(origin.id).or_insert_with(|| has_tag(origin).then(|| wishes(origin).collect()));
        let Some(wanted) = wanted else { continue };
        let is_same = || fields(one).eq(fields(origin));
        let missing = match () {
            () if is_same() => None,
            () if !has_tag(one) => continue,
            () => {
                let have: HashSet<String> = wishes(one).collect();
                wanted.iter().find(|wish| !have.contains(*wish))
            }
        };
        let message = || {
            let wish = missing.map_or("", String::as_str);
            format!("Accept-Contact {wish} of the originator's INVITE is missing in the INVITE to {}", one.user())
        };
        let finding = judge.expect(statement, missing.is_none(), one.place(Name::AcceptContact), message);
        finding.into_iter().for_each(|finding| _ = finding.also(origin.id));
    }
}

/// The Accept-Contact fields as written.
fn fields<'i>(one: &'i Invitation<'_>) -> impl Iterator<Item = Cow<'i, str>> {
    one.message.all(Name::AcceptContact).map(|field| field.value())
}

fn has_tag(one: &Invitation<'_>) -> bool {
    let fields: Vec<Cow<'_, str>> = fields(one).collect();
    icsi(fields.iter().map(|field| &**field), true) == Icsi::Right
}

/// The values of Accept-Contact, in a form that compares.
fn wishes(one: &Invitation<'_>) -> impl Iterator<Item = String> {
    let values: Vec<String> =
        fields(one).flat_map(|field| split_values(&field).map(normal).collect::<Vec<_>>()).collect();
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
