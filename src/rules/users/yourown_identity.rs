use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;
use crate::timeline::conference::is_yourown;

rule! {
    /// ## What it checks
    /// The user that is marked with `yourown` is the recipient of the document.
    ///
    /// ## Why it matters
    /// A client that takes somebody else for itself shows its own messages as another's, and leaves when the other one leaves.
    ///
    /// ## Example
    /// Bob is sent `<user entity="sip:alice@ims.example" yourown="true">`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; OMA SIMPLE IM Appendix M
    ///
    /// Any address of the recipient's leg is accepted, and of one who asked for privacy any anonymous one. Where its own entry has another
    /// name altogether, the rule about names speaks.
    pub CPM_CINFO_YOUROWN_IDENTITY: Error = "cpm-cinfo-yourown-identity", ["9.2.14.3-m-a.vi.b2.a.v.s2", "9.2.14.3-n-9.b.i.b5.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let attendance = case.attendance();
    for (document, users, listing) in attendance.documents(case) {
        let statement = document.pick("9.2.14.3-n-9.b.i.b5.s2", "9.2.14.3-m-a.vi.b2.a.v.s2");
        let mut own = users.users.iter().enumerate().filter(|(_, user)| is_yourown(user));
        // None, or several, are the matter of another rule.
        let (Some((place, user)), None) = (own.next(), own.next()) else { continue };
        let Some(entity) = &user.entity else { continue };
        let Some(to) = document.to().filter(|&to| attendance.attendants[to].is_known()) else {
            judge.undecided(statement, "needs the leg of the recipient");
            continue;
        };
        let recipient = &attendance.attendants[to];
        let identity = Identity::from_uri(entity.as_str());
        let is_hidden = recipient.is_private && identity.is_anonymous();
        if listing.who[place] == Some(to) || is_hidden || recipient.is_named(&identity.key) {
            judge.pass(statement);
            continue;
        }
        let uri = case.uri(to);
        let message = format!("yourown marks {}, but the recipient is {uri}", entity.as_str());
        judge.fail(statement, document.at_judged(&entity.range), message).expected(uri);
    }
}
