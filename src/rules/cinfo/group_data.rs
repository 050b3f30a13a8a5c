//! Does the recipient of a document take part in the management of group data?

use crate::rules::Case;
use crate::session::MsrpMedia;

/// Do offer and answer of a leg of this participant both list the content type of group data?
pub fn supports_group_data(case: &Case<'_>, participant: Option<usize>) -> bool {
    let Some(key) = participant.map(|participant| &case.timeline.participants[participant].identity.key) else {
        return false;
    };
    let wanted = case.profile.content_types.group_data.as_str();
    let lists = |media: &Option<MsrpMedia>| {
        media.as_ref().is_some_and(|media| media.accept_types.iter().any(|kind| kind.eq_ignore_ascii_case(wanted)))
    };
    let mut legs = case.legs().filter(|(_, leg)| leg.participant().is_some_and(|who| who.key == *key));
    legs.any(|(_, leg)| lists(&leg.media.caller) && lists(&leg.media.callee))
}
