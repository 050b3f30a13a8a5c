use hashbrown::HashMap;

use crate::rules::case::SETTLED_SECONDS;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::uri_key;
use crate::timeline::{GroupDataRequest, GroupDataValue};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// A user who was given a role has `roles` with that role as an `entry`.
    ///
    /// ## Why it matters
    /// Who may change the group is shown by nothing else.
    ///
    /// ## Example
    /// Alice is made chairman, is answered 200, and later documents list her without `<roles>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3, CF 6.8, Appendix Q.1.2; RFC 4575 §5.6.3
    ///
    /// Judged are documents more than a second after the answer. `<roles>` without any entry is broken in any case. The names of roles
    /// are not in the specification: all are accepted.
    pub CPM_CINFO_ROLES: Error = "cpm-cinfo-roles", ["9.2.14.3-m-a.vi.b2.c", "9.2.14.3-n-9.b.iii"], check;
}

/// A request about roles that was granted.
struct Grant<'a> {
    request: &'a GroupDataRequest,
    answer: MessageId,
    /// Normalised URI of a participant → its role.
    roles: HashMap<String, &'a str>,
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let grants: Vec<Grant<'_>> = case.timeline.group_data.iter().filter_map(Grant::of).collect();
    for (document, users, _) in case.attendance().documents(case) {
        let statement = document.pick("9.2.14.3-n-9.b.iii", "9.2.14.3-m-a.vi.b2.c");
        for user in &users.users {
            let uri = user.entity.as_ref().map_or("", |entity| entity.as_str());
            let mut shown = user.roles.iter().flat_map(|roles| &roles.entries).map(|entry| entry.as_str().trim());
            if let Some(roles) = user.roles.as_ref().filter(|_| shown.clone().all(str::is_empty)) {
                let place = document.at_judged(&roles.range);
                judge.fail(statement, place, format!("roles of {uri} has no entry")).expected("<entry>");
                continue;
            }
            // The last word about the roles of this user.
            let key = if grants.is_empty() { String::new() } else { uri_key(uri) };
            let mut before = grants.iter().rev().filter(|grant| grant.answer < document.message);
            let Some(grant) = before.find(|grant| grant.roles.contains_key(&key)) else { continue };
            let wanted = grant.roles[&key];
            if case.seconds_between(grant.answer, document.message) <= SETTLED_SECONDS || !grant.gives() {
                continue;
            }
            if shown.any(|entry| entry == wanted) {
                judge.pass(statement);
                continue;
            }
            if case.lossy {
                judge.undecided(statement, "needs the packets that are missing from the capture");
                continue;
            }
            let place = document.at_judged(user.roles.as_ref().map_or(&user.start_tag, |roles| &roles.range));
            let finding =
                judge.fail(statement, place, format!("{uri} was given the role {wanted:?}, and is not shown with it"));
            finding.expected(format!("<entry>{wanted}</entry>")).also(grant.request.message).also(grant.answer);
        }
    }
}

impl<'a> Grant<'a> {
    fn of(request: &'a GroupDataRequest) -> Option<Grant<'a>> {
        let GroupDataValue::Roles(roles) = &request.value else { return None };
        let (answer, _) = request.outcome.filter(|(_, code)| *code == Some(200))?;
        let roles = roles.iter().map(|(role, participant)| (uri_key(participant), role.trim())).collect();
        Some(Grant { request, answer, roles })
    }

    /// Does it give the role, rather than take it away?
    fn gives(&self) -> bool {
        let operation = self.request.operation.as_deref().unwrap_or("set").to_ascii_lowercase();
        ["set", "add", "assign", "modify"].contains(&operation.as_str())
    }
}
