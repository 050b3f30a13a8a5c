//! The INVITE with which a participating function delivers what it has kept, beside the session it goes back to (OMA CPM 5.2.3.4.1.1).

use crate::rules::invite::invitation::Invitation;
use crate::rules::pf::hop::{Hop, lost_before};
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::wire::MessageId;
use crate::wire::sip::Name;

/// A deferred INVITE, and the way into the session that its user had before.
pub struct Deferred<'c, 'a> {
    pub invite: &'c Invitation<'a>,
    pub lost: &'c Hop<'a>,
}

/// All deferred INVITEs of a session.
pub fn deferred<'c, 'a>(case: &'c Case<'a>) -> impl Iterator<Item = Deferred<'c, 'a>> {
    let own = case.invitations().iter().filter(|one| one.is_deferred(case));
    own.filter_map(|invite| Some(Deferred { invite, lost: lost_before(case, invite.leg)? }))
}

impl<'c, 'a> Deferred<'c, 'a> {
    /// The INVITE on the network's side that brought the user into the session, in whichever direction.
    pub fn original(&self, case: &'c Case<'a>) -> Option<&'c Invitation<'a>> {
        case.invitations().iter().find(|one| std::ptr::eq(one.leg, self.lost.network))
    }

    /// The same, where the focus invited the user.
    pub fn invitation(&self, case: &'c Case<'a>) -> Option<&'c Invitation<'a>> {
        self.original(case).filter(|one| one.is_from_focus())
    }

    /// The BYE that told of the lost client.
    pub fn lost_at(&self) -> MessageId {
        self.lost.client.ended.map_or(self.invite.id, |(bye, _)| bye)
    }

    /// The CPM Group Session Identity.
    pub fn focus(&self) -> Option<&'a Identity> {
        self.lost.network.focus.as_ref().map(|(focus, _)| focus)
    }
}

/// Judges a header that has to be there once, with the value that the session has.
pub fn judge_id(case: &Case<'_>, judge: &mut Judge, statement: &'static str, name: Name, written: &str) {
    for one in deferred(case) {
        let Some((original, expected)) =
            one.original(case).and_then(|original| Some((original, original.agreed_value(case, name)?)))
        else {
            judge.undecided(statement, "needs the INVITE that brought the user into the session");
            continue;
        };
        let found = one.invite.values(name);
        let message = || match found.as_slice() {
            [] => format!("the deferred INVITE to {} has no {written}", one.invite.user()),
            [found] => format!("{written} of the deferred INVITE to {} is {found}", one.invite.user()),
            _ => format!("the deferred INVITE to {} has more than one {written}", one.invite.user()),
        };
        let finding = judge.expect(statement, found == [expected.as_str()], one.invite.place(name), message);
        finding.into_iter().for_each(|finding| _ = finding.expected(expected.as_str()).also(original.id));
    }
}
