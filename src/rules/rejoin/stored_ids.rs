use crate::rules::invite::answer::of_focus;
use crate::rules::invite::invitation::{Purpose, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The 200 to a re-join carries the identifiers that the session has: its Conversation-ID, its Contribution-ID, and its
    /// InReplyTo-Contribution-ID if it had one.
    ///
    /// ## Why it matters
    /// The client files what follows under the identifiers of the answer; with others the conversation falls apart.
    ///
    /// ## Example
    /// The session has `Contribution-ID: 65d2…`, and the 200 to the re-join has `71aa…`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6
    pub CPM_REJOIN_200_STORED_IDS: Error = "cpm-rejoin-200-stored-ids", ["5.2.6-8", "5.2.6-8.s2", "5.2.6-8.s3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let all = case.invitations();
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose == Purpose::Rejoin) {
        let one = answer.invitation;
        for (statement, name, written) in [
            ("5.2.6-8", Name::ConversationId, "Conversation-ID"),
            ("5.2.6-8.s2", Name::ContributionId, "Contribution-ID"),
            ("5.2.6-8.s3", Name::InReplyToContributionId, "InReplyTo-Contribution-ID"),
        ] {
            let found = answer.values(name);
            let origin = originating(all, one.id).and_then(|origin| origin.agreed_value(case, name));
            let invited = all
                .iter()
                .filter(|other| other.id < one.id && other.is_from_focus())
                .find_map(|other| other.value(name));
            let stored = origin.or(invited);
            // What the original did not have is not asked for.
            if name == Name::InReplyToContributionId && stored.is_none() {
                continue;
            }
            // That it copies what the re-join has, is for the rule on all 200s.
            let place = answer.place(name);
            match (found.as_slice(), stored) {
                ([], _) if one.value(name).is_some() && name != Name::InReplyToContributionId => {}
                ([], _) => _ = judge.fail(statement, place, format!("200 to the re-join has no {written}")),
                ([_, _, ..], _) => {
                    _ = judge.fail(statement, place, format!("200 to the re-join has more than one {written}"))
                }
                ([_], None) => judge.undecided(statement, "needs the session before the re-join"),
                ([value], Some(stored)) => {
                    let what = || format!("{written} {value} of the 200 to the re-join is not that of the session");
                    let finding = judge.expect(statement, *value == stored, place, what);
                    finding.into_iter().for_each(|finding| _ = finding.expected(&stored).found(value).also(one.id));
                }
            }
        }
    }
}
