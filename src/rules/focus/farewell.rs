//! How the focus last ended the session of somebody who comes back.

use crate::rules::Case;
use crate::rules::invite::invitation::{Invitation, same_user};
use crate::timeline::Referred;
use crate::wire::MessageId;
use crate::wire::reason::Reason;
use crate::wire::sip::Name;

/// Had the focus ended the session for good (410): was that its last word before this INVITE, to somebody who was not removed by REFER?
pub fn is_gone(case: &Case<'_>, rejoin: &Invitation<'_>) -> bool {
    let byes =
        case.legs().map(|(_, leg)| leg).filter_map(|leg| Some((leg.ended?.0, leg))).filter(|(bye, _)| *bye < rejoin.id);
    let Some((bye, leg)) = byes.max_by_key(|(bye, _)| *bye) else { return false };
    let key = leg.participant().map(|who| &who.key);
    let mut removals = case.timeline.referrals.iter().filter(|one| one.asked == Referred::Bye && one.at < bye);
    let is_removed = removals.any(|one| one.targets.iter().any(|target| Some(&target.key) == key));
    cause(case, bye) == Some(410) && !is_removed
}

/// The cause in the Reason of a BYE.
fn cause(case: &Case<'_>, bye: MessageId) -> Option<u16> {
    let message = case.sip(bye).filter(|_| !case.messages()[bye].incomplete)?;
    message.all(Name::Reason).find_map(|field| Reason::parse(&field.value()).find_map(|one| one.sip_status()))
}

/// The last BYE of the focus to the user of this INVITE before it, and the cause in its Reason: where the user was not invited or let
/// in again since, and was not the one who left.
pub fn farewell(case: &Case<'_>, rejoin: &Invitation<'_>) -> Option<(MessageId, u16)> {
    if rejoin.is_from_focus() {
        return None;
    }
    let of_user = case.invitations().iter().filter(|one| one.id < rejoin.id && same_user(one.user(), rejoin.user()));
    // The dialog that ended last: a client may have been lost before.
    let ended = of_user.filter_map(|one| Some((one, one.leg.ended?.0)));
    let (last, bye) = ended.max_by_key(|(_, bye)| *bye).filter(|(_, bye)| *bye < rejoin.id)?;
    if last.leg.ended_by() == Some("client") {
        return None;
    }
    Some((bye, cause(case, bye)?))
}
