use crate::rules::pager::pagers;
use crate::rules::pf::hop::nodes;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A notification that a participating function sends as SIP MESSAGE, because the group is not active, has the
    /// Conversation-ID, the Contribution-ID and the InReplyTo-Contribution-ID of the group session.
    ///
    /// ## Why it matters
    /// The sender's client cannot tell which message was read.
    ///
    /// ## Example
    /// The group has Contribution-ID `abc`, the MESSAGE `def`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.4
    ///
    /// The group session is the one in which the message was sent that the notification is about.
    pub CPM_DEFERRED_IMDN_MESSAGE_IDS: Error = "cpm-deferred-imdn-message-ids", ["5.2.3.4-p5-ids"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.4-p5-ids";
    let Some(first) = case.invitations().iter().find(|one| one.leg.answered.is_some_and(|(_, status)| status < 300))
    else {
        return;
    };
    let nodes = nodes(case);
    for pager in pagers(case).iter().filter(|pager| nodes.contains(&pager.ends.0)) {
        let Some(notified) = pager.notified() else { continue };
        if !case.timeline.messages.iter().any(|message| *message.message_id == *notified) {
            continue;
        }
        let names = [
            (Name::ConversationId, "Conversation-ID"),
            (Name::ContributionId, "Contribution-ID"),
            (Name::InReplyToContributionId, "InReplyTo-Contribution-ID"),
        ];
        let wrong = names.into_iter().find_map(|(name, written)| {
            let found: Vec<String> = pager.message.all(name).map(|field| field.value().trim().to_owned()).collect();
            let expected = first.agreed_value(case, name);
            let is_right = match &expected {
                Some(expected) => found == [expected.as_str()],
                None => found.is_empty(),
            };
            (!is_right).then(|| (name, written, found.join(", "), expected))
        });
        let Some((name, written, found, expected)) = wrong else {
            judge.pass(statement);
            continue;
        };
        let found = if found.is_empty() { "missing".to_owned() } else { found };
        let what = format!("{written} of the notification in a SIP MESSAGE is {found}");
        let finding = judge.fail(statement, Place::header(pager.id, &pager.message, name), what);
        finding.expected(expected.as_deref().unwrap_or("none")).also(first.id);
    }
}
