use super::invitation::{Clauses, names_release};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The INVITE that joins, comes back to or extends a session says in User-Agent which release of OMA CPM the client has.
    ///
    /// ## Why it matters
    /// Networks switch features on and off by it.
    ///
    /// ## Example
    /// An INVITE without User-Agent: broken; `User-Agent: Phone/1.0`: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.3, 5.2.1.4, 5.2.3, Appendix D
    ///
    /// The clauses about new groups do not ask for it. Appendix D is not at hand: `CPM-client/OMA` and a number is taken for right. Judged is the INVITE of the client
    /// itself.
    pub CPM_INVITE_USER_AGENT_RELEASE: Error = "cpm-invite-user-agent-release", ["5.2.1.3-6", "5.2.1.4-6", "5.2.3-6"], check;
}

const CLAUSES: Clauses =
    Clauses { join_in: Some("5.2.1.3-6"), rejoin: Some("5.2.1.4-6"), extension: Some("5.2.3-6"), ..Clauses::NONE };

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations().iter().filter(|one| one.is_of_client()) {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let place = one.place(Name::UserAgent);
        match one.value(Name::UserAgent) {
            None => _ = judge.fail(statement, place, "INVITE has no User-Agent").expected("CPM-client/OMA2.2"),
            Some(agent) if names_release(&agent, "cpm-client") => judge.pass(statement),
            Some(agent) => {
                let message = format!("INVITE User-Agent does not state the OMA CPM release: {agent}");
                judge.remark(statement, Severity::Warning, place, message).expected("CPM-client/OMA2.2");
            }
        }
    }
}
