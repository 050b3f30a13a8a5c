//! Groups that are made anew because the focus of the old one refused the re-join (5.2.1.4).

use crate::rules::Case;
use crate::rules::invite::invitation::{Invitation, Purpose, same_user};
use crate::wire::sip::Name;

/// So soon after the refusal the new group belongs to it.
pub const FALLBACK_SECONDS: f64 = 60.0;

/// The re-joins that were answered with 403 or 404.
pub fn refusals<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = &'c Invitation<'a>> {
    case.invitations().iter().filter(|one| {
        one.purpose == Purpose::Rejoin && one.leg.answered.is_some_and(|(_, status)| matches!(status, 403 | 404))
    })
}

/// How the user of an INVITE was in an ended session of the same conversation before: the first of the INVITEs `before` it that brought it in.
pub fn earlier_way_in<'i, 'a>(before: &'i [Invitation<'a>], one: &Invitation<'_>) -> Option<&'i Invitation<'a>> {
    before.iter().find(|other| {
        other.purpose != Purpose::Rejoin
            && same_user(other.user(), one.user())
            && other.leg.ended.is_some_and(|(bye, _)| bye < one.id)
            && other.value(Name::ConversationId).is_some()
            && other.value(Name::ConversationId) == one.value(Name::ConversationId)
    })
}

/// The refused re-joins, each with the INVITE for an ad-hoc group that its client sends because of it: one that shares an identifier. With
/// another Contribution-ID it made a session of its own, in the same conversation.
pub fn fallbacks<'c, 'a>(case: &'c Case<'a>) -> Vec<(&'c Invitation<'a>, Invitation<'a>)> {
    let shares = |one: &Invitation<'_>, other: &Invitation<'_>| {
        let same = |name: Name| one.value(name).is_some() && one.value(name) == other.value(name);
        same(Name::ConversationId) || same(Name::ContributionId)
    };
    refusals(case)
        .filter_map(|refused| {
            let is_it = |other: &Invitation<'_>| {
                other.purpose == Purpose::AdHoc
                    && other.id > refused.id
                    && same_user(other.user(), refused.user())
                    && shares(refused, other)
                    && case.seconds_between(refused.id, other.id) <= FALLBACK_SECONDS
            };
            let own = case.invitations().iter().find(|other| is_it(other)).cloned();
            let new =
                own.or_else(|| case.conversation().find_map(|other| Invitation::all(&other).into_iter().find(is_it)))?;
            Some((refused, new))
        })
        .collect()
}
