use super::answer::of_focus;
use super::invitation::{Purpose, names_release};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The 200 of the focus says in User-Agent which release of OMA CPM it has.
    ///
    /// ## Why it matters
    /// Clients switch features on and off by it.
    ///
    /// ## Example
    /// A 200 without User-Agent: broken; without a release in it, or with one in Server: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.5, Appendix D
    /// Appendix D is not at hand: `/OMA` and a number is taken for a release.
    pub CPM_200_USER_AGENT: Error = "cpm-200-user-agent", ["5.2.5-9.iii.1.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.iii.1.c";
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose != Purpose::Rejoin) {
        let place = answer.place(Name::UserAgent);
        let agent = answer.values(Name::UserAgent).join(" ");
        let server = answer.values(Name::Server).join(" ");
        if names_release(&agent, "") {
            judge.pass(statement);
        } else if agent.is_empty() && !names_release(&server, "") {
            judge
                .fail(statement, place, "200 of the focus has no User-Agent with the CPM release")
                .expected("CPM-serv/OMA2.2");
        } else {
            let message = format!("User-Agent of the 200 does not state the OMA CPM release: {agent}");
            judge.remark(statement, Severity::Warning, place, message).expected("CPM-serv/OMA2.2");
        }
    }
}
