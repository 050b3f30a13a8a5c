use hashbrown::HashSet;

use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The `entity` of a conference-info document is the Group Session Identity: the URI of the Contact that carries `isfocus`.
    ///
    /// ## Why it matters
    /// A client that has several chats finds by it the one that the document is about; a re-join goes to it.
    ///
    /// ## Example
    /// Contact `<sip:conf-1@focus.example>;isfocus` and `entity="sip:conference-factory@focus.example"`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.2; RFC 3261 §19.1.4
    /// URIs are compared in their normalised form: parameters that are on one side only do not matter.
    pub CPM_CINFO_ENTITY_IS_FOCUS: Error = "cpm-cinfo-entity-is-focus", ["9.2.14.3-n-4", "9.2.14.3-m-a.i"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let known: HashSet<(String, &str)> = case
        .legs()
        .filter_map(|(_, leg)| leg.focus.as_ref())
        .map(|(focus, _)| (scheme(&focus.uri), focus.key.as_str()))
        .collect();
    for document in case.documents() {
        let statement = document.pick("9.2.14.3-n-4", "9.2.14.3-m-a.i");
        let Ok(info) = &document.info else { continue };
        let Some(entity) = info.entity.as_ref().filter(|entity| !entity.value.is_empty()) else {
            judge.fail(statement, document.at_root(), "conference-info has no entity");
            continue;
        };
        let Some(expected) = case.session.focus_uri.as_deref().filter(|_| !known.is_empty()) else {
            judge.undecided(statement, "needs a Contact with isfocus");
            continue;
        };
        if known.contains(&(scheme(&entity.value), &*case.key(&entity.value))) {
            judge.pass(statement);
        } else if !case.session.bare_msrp.is_empty()
            || case.legs().any(|(_, leg)| leg.invited.is_none())
            || case.legs().all(|(_, leg)| leg.invited > Some(document.message))
        {
            // A group that was made anew has another focus than before.
            judge.undecided(statement, "needs the INVITEs of all legs");
        } else {
            let message =
                format!("conference-info entity is {}, the Group Session Identity is {expected}", entity.value);
            judge.fail(statement, document.at(&entity.range), message).expected(expected);
        }
    }
}

/// `sip` and `sips` are not the same (RFC 3261 §19.1.4), though a key joins them.
fn scheme(uri: &str) -> String {
    uri.split(':').next().unwrap_or_default().to_ascii_lowercase()
}
