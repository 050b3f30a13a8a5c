use super::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Who comes back to a group calls the Group Session Identity: the Contact with isfocus of its last session.
    ///
    /// ## Why it matters
    /// The conference factory makes a new group of it, or refuses it.
    ///
    /// ## Example
    /// A re-join `INVITE sip:conference-factory@cpm.example` with the Contribution-ID of the group: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.4; RFC 3261 §19.1.4
    /// An INVITE without list that brings the Contribution-ID of the session along is taken for one that comes back.
    pub CPM_REJOIN_REQUEST_URI_FOCUS: Error = "cpm-rejoin-request-uri-focus", ["5.2.1.4-1", "5.2.1.4-A.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.1.4-1";
    let all = case.invitations();
    for one in all.iter().filter(|one| one.purpose == Purpose::Rejoin) {
        let mut before = all.iter().filter(|other| other.id < one.id).filter_map(|other| other.leg.focus.as_ref());
        let Some((focus, shown)) = before.next_back() else {
            judge.undecided(statement, "needs the session before the re-join");
            continue;
        };
        let Some(called) = &one.leg.request_uri else { continue };
        // Who was not accepted may have meant another group.
        if !matches!(one.leg.answered, Some((_, 200..=299))) && called.key != focus.key {
            judge.undecided(statement, "needs the session that the INVITE was for");
            continue;
        }
        let own = one.leg.focus.as_ref().map(|(own, _)| own.key.as_str());
        let is_right = called.key == focus.key || own == Some(called.key.as_str());
        let message = || format!("re-join INVITE goes to {} instead of the group session {}", called.uri, focus.uri);
        let finding = judge.expect(statement, is_right, one.start_line(), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(&focus.uri).also(*shown));
        judge.same("5.2.1.4-A.b", is_right);
    }
}
