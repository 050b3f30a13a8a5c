use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// The `entity` of a user is an address that the network knows it by: who called is listed as its INVITE says, who was invited as its
    /// 200 or its invitation says.
    ///
    /// ## Why it matters
    /// Clients look the address up in their phone books, and invite, remove and write to it.
    ///
    /// ## Example
    /// ```xml
    /// <user entity="sip:bob@192.0.2.4:5060">     <!-- broken: the address of a device -->
    /// <user entity="sip:+4922@ims.example">
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 3325 §9.1, RFC 4575 §5.6
    ///
    /// All addresses of the leg are accepted: asserted or preferred identity, From of who called, To and Request-URI of who was invited;
    /// tel and sip by their digits. Judged are participants who are in for a second before and after the document. A user is taken
    /// for somebody under a wrong name when it stands for nobody else and was never listed beside that one.
    pub CPM_CINFO_USER_ENTITY_VALUE: Error = "cpm-cinfo-user-entity-value",
        ["9.2.14.3-m-a.vi.b2.a.i", "9.2.14.3-m-a.vi.b2.a.iii", "9.2.14.3-n-9.b.i.b1", "9.2.14.3-n-9.b.i.b3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let attendance = case.attendance();
    for (document, users, listing) in attendance.documents(case) {
        let statement = |who: usize| match attendance.attendants[who].calls {
            true => document.pick("9.2.14.3-n-9.b.i.b1", "9.2.14.3-m-a.vi.b2.a.i"),
            false => document.pick("9.2.14.3-n-9.b.i.b3", "9.2.14.3-m-a.vi.b2.a.iii"),
        };
        let is_renamed = |who: usize| listing.renamed.iter().any(|(renamed, _)| *renamed == who);
        let open = |who: &usize| !attendance.attendants[*who].is_private && !is_renamed(*who);
        for who in listing.who.iter().flatten().copied().filter(open) {
            judge.pass(statement(who));
        }
        for &(who, user) in &listing.renamed {
            let Some(entity) = &users.users[user].entity else { continue };
            let uri = case.uri(who);
            let message = format!("{uri} is listed as {}", entity.as_str());
            judge.fail(statement(who), document.at_judged(&entity.range), message).expected(uri);
        }
    }
}
