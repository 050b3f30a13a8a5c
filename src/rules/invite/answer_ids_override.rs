use super::answer::of_focus;
use super::invitation::{Purpose, same_user};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A client that joins a running group takes the identifiers of the 200, and uses them from then on.
    ///
    /// ## Why it matters
    /// With its own it starts a conversation that nobody else has.
    ///
    /// ## Example
    /// The INVITE offers `Conversation-ID: 1111…`, the 200 has `2222…`, and the re-join carries `1111…`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.3
    pub CPM_200_IDS_OVERRIDE: Error = "cpm-200-ids-override", ["5.2.1.3-resp-c", "5.2.1.3-resp-c-use"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose == Purpose::JoinIn) {
        let one = answer.invitation;
        for (name, written) in [(Name::ConversationId, "Conversation-ID"), (Name::ContributionId, "Contribution-ID")] {
            let (Some(offered), Some(given)) = (one.value(name), answer.values(name).into_iter().next()) else {
                continue;
            };
            if offered == given {
                continue;
            }
            let later = case.invitations().iter().filter(|other| {
                other.id > answer.id
                    && !other.is_from_focus()
                    && other.leg.call_id != one.leg.call_id
                    && same_user(other.user(), one.user())
            });
            for other in later {
                let Some(found) = other.value(name) else { continue };
                let kept = found != offered;
                let what = || format!("INVITE uses {written} {found} instead of the one returned in the 200");
                let finding = judge.expect("5.2.1.3-resp-c-use", kept, other.place(name), what);
                finding.into_iter().for_each(|finding| _ = finding.expected(&given).found(&found).also(answer.id));
                judge.same("5.2.1.3-resp-c", kept);
            }
        }
    }
}
