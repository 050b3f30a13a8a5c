use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// A participant who asked for privacy is shown to the others under an anonymous address only.
    ///
    /// ## Why it matters
    /// The focus is trusted with who it is; everybody else would read it in the list.
    ///
    /// ## Example
    /// Dave joins with `Privacy: id` and From `sip:anonymous@anonymous.invalid`, and the others get
    /// `<user entity="sip:dave@ims.example">`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 3323 §4.1, RFC 4575 §5.6
    ///
    /// Judged are conference-info documents. Who called may be shown as its own From has it, whatever that is. What it is told about itself is its own business.
    pub CPM_CINFO_USER_ENTITY_ANONYMOUS: Error = "cpm-cinfo-user-entity-anonymous",
        ["7.2.3-200.s3", "9.2.14.3-m-a.vi.b2.a.ii", "9.2.14.3-m-a.vi.b2.a.iv", "9.2.14.3-n-9.b.i.b2", "9.2.14.3-n-9.b.i.b4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let attendance = case.attendance();
    if !attendance.attendants.iter().any(|attendant| attendant.is_private) {
        return;
    }
    for (document, users, listing) in attendance.documents(case) {
        for (user, who) in users.users.iter().zip(&listing.who) {
            let Some(who) = who.filter(|who| document.to() != Some(*who)) else { continue };
            let attendant = &attendance.attendants[who];
            if !attendant.is_private {
                continue;
            }
            let statement = match attendant.calls {
                true => document.pick("9.2.14.3-n-9.b.i.b2", "9.2.14.3-m-a.vi.b2.a.ii"),
                false => document.pick("9.2.14.3-n-9.b.i.b4", "9.2.14.3-m-a.vi.b2.a.iv"),
            };
            let endpoints = user.endpoints.iter().filter_map(|endpoint| endpoint.entity.as_ref());
            let mut shown = user.entity.iter().chain(endpoints);
            let disclosed = shown.find(|entity| attendant.secrets.contains(&*case.key(entity.as_str())));
            if !attendant.calls {
                judge.same("7.2.3-200.s3", disclosed.is_none());
            }
            match disclosed {
                None => judge.pass(statement),
                Some(entity) => {
                    let message = format!("a participant who asked for privacy is disclosed as {}", entity.as_str());
                    let finding = judge.fail(statement, document.at_judged(&entity.range), message);
                    finding.expected("an anonymous address, such as sip:anonymous@anonymous.invalid");
                }
            }
        }
    }
}
