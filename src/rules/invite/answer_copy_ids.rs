use super::answer::{Answer, of_clients, of_focus};
use super::invitation::{Purpose, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The 200 has the Conversation-ID and the Contribution-ID of the INVITE; that of a client its InReplyTo-Contribution-ID as well.
    ///
    /// ## Why it matters
    /// The two sides file the session under different identities.
    ///
    /// ## Example
    /// `Contribution-ID: X` in the INVITE, and `Y` in the 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2, 5.2.5, Appendix C
    /// What the INVITE does not have is the fault of the INVITE. Who joins or comes back is answered with the identities of the session: other rules.
    pub CPM_200_COPY_IDS: Error = "cpm-200-copy-ids", ["5.2.2-8.c", "5.2.2-8.c-contribution", "5.2.2-8.c-inreplyto", "5.2.5-9.iii.1.e", "5.2.5-9.iii.1.e.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let of_client = [
        (Name::ConversationId, "Conversation-ID", Some("5.2.2-8.c")),
        (Name::ContributionId, "Contribution-ID", Some("5.2.2-8.c-contribution")),
        (Name::InReplyToContributionId, "InReplyTo-Contribution-ID", Some("5.2.2-8.c-inreplyto")),
    ];
    let of_the_focus = [
        (Name::ConversationId, "Conversation-ID", Some("5.2.5-9.iii.1.e")),
        (Name::ContributionId, "Contribution-ID", Some("5.2.5-9.iii.1.e.s2")),
        (Name::InReplyToContributionId, "InReplyTo-Contribution-ID", None),
    ];
    // Who enters a pre-defined group may join one that is there already: whoever makes it has others invited.
    let last_invited = case.invitations().iter().rfind(|one| one.is_from_focus()).map(|one| one.id);
    let makes = |answer: &Answer<'_, '_>| match answer.invitation.purpose {
        Purpose::AdHoc | Purpose::Extension => true,
        Purpose::PreDefined => last_invited > Some(answer.invitation.id),
        _ => false,
    };
    let answers = of_clients(case).map(|answer| (answer, of_client));
    for (answer, headers) in answers.chain(of_focus(case).filter(makes).map(|answer| (answer, of_the_focus))) {
        for (name, written, statement) in headers {
            let Some(statement) = statement else { continue };
            let Some(expected) = answer.invitation.value(name) else { continue };
            let values = answer.values(name);
            // Where the INVITE has not the identity of the session, and the 200 has, that is told of the INVITE.
            let is_known = || {
                let origin = originating(case.invitations(), answer.invitation.id);
                let of_session = origin.and_then(|origin| origin.value(name));
                of_session.is_some() && values.first() == of_session.as_ref()
            };
            let is_right =
                values == std::slice::from_ref(&expected) || (answer.invitation.is_from_focus() && is_known());
            let message = || {
                let found = if values.is_empty() { "missing".to_owned() } else { values.join(", ") };
                format!("{written} of the 200 is {found}, the INVITE had {expected}")
            };
            let finding = judge.expect(statement, is_right, answer.place(name), message);
            finding.into_iter().for_each(|finding| _ = finding.expected(&expected).also(answer.invitation.id));
        }
    }
}
