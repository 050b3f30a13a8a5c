//! How the focus last ended the session of somebody who comes back.

use crate::rules::Case;
use crate::rules::invite::invitation::{Invitation, same_user};
use crate::wire::MessageId;
use crate::wire::reason::Reason;
use crate::wire::sip::Name;

/// The last BYE of the focus to the user of this INVITE before it, and the cause in its Reason: where the user was not invited or let
/// in again since, and was not the one who left.
pub fn farewell(case: &Case<'_>, rejoin: &Invitation<'_>) -> Option<(MessageId, u16)> {
    if rejoin.is_from_focus() {
        return None;
    }
    let mut of_user =
        case.invitations().iter().filter(|one| one.id < rejoin.id && same_user(one.user(), rejoin.user()));
    // The last dialog; further hops of this very INVITE begin with it.
    let last = of_user.rfind(|one| one.leg.ended.is_some())?;
    let (bye, _) = last.leg.ended.filter(|(bye, _)| *bye < rejoin.id)?;
    if last.leg.ended_by() == Some("client") {
        return None;
    }
    let message = case.sip(bye).filter(|_| !case.messages()[bye].incomplete)?;
    let cause =
        message.all(Name::Reason).find_map(|field| Reason::parse(&field.value()).find_map(|one| one.sip_status()))?;
    Some((bye, cause))
}
