use hashbrown::HashSet;

use crate::rules::rule::rule;
use crate::rules::{Case, Document, Judge};
use crate::session::uri_key;
use crate::timeline::conference::{Presence, Stage, user_key};
use crate::wire::defect::Oddity;

rule! {
    /// ## What it checks
    /// Who was connected in one conference-info document over MSRP is listed in the next one, be it as disconnected.
    ///
    /// ## Why it matters
    /// Over MSRP each document is the whole state: a client takes who is missing for gone, and cannot say how it left.
    ///
    /// ## Example
    /// ```xml
    /// <users><user entity="tel:+4911">…</user><user entity="tel:+4922">…</user></users>     then
    /// <users><user entity="tel:+4911">…</user></users>           <!-- broken: tel:+4922 vanished -->
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.4, §4.6. Who was shown as pending may vanish.
    pub CPM_CINFO_MSRP_FULL_STATE: Error = "cpm-cinfo-msrp-full-state", ["9.2.14.3-m-0.s6"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    let id = "9.2.14.3-m-0.s6";
    for document in case.documents().iter().filter(|document| !document.is_notify()) {
        let Some(previous) = document.previous.and_then(|index| case.documents().get(index)) else { continue };
        if !is_whole(case, document) || !is_whole(case, previous) || case.lossy {
            judge.undecided(id, "needs every document whole");
            continue;
        }
        let (Ok(before), Ok(after)) = (&previous.info, &document.info) else { continue };
        // Without any list another rule speaks.
        let (Some(before), Some(after)) = (&before.users, &after.users) else { continue };
        let listed: HashSet<String> = after.users.iter().filter_map(user_key).map(uri_key).collect();
        let connected = before.users.iter().filter(|user| Presence::of(user).stage == Stage::Connected);
        let mut gone = connected.filter_map(user_key).filter(|key| !listed.contains(&uri_key(key))).peekable();
        if gone.peek().is_none() {
            judge.pass(id);
        }
        for uri in gone {
            judge
                .fail(
                    id,
                    document.at(&after.start_tag),
                    format!("document is not the full state: {uri} vanished since the previous one"),
                )
                .also(previous.message);
        }
    }
}

/// Was all of it captured, and could it be read to its end?
fn is_whole(case: &Case<'_>, document: &Document<'_>) -> bool {
    let broken = [Oddity::NotWellFormed, Oddity::UnclosedElement];
    let is_read = document.info.as_ref().is_ok_and(|info| broken.into_iter().all(|what| !info.defects.has(what)));
    is_read && !case.messages()[document.message].incomplete
}
