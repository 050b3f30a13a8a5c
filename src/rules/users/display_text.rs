use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Identity;

rule! {
    /// ## What it checks
    /// The `display-text` of a user is the display name that came with the address it is listed under.
    ///
    /// ## Why it matters
    /// The group sees somebody under a name that is not its own, or reads the name of who asked to stay anonymous.
    ///
    /// ## Example
    /// `P-Asserted-Identity: "Bob" <sip:bob@ims.example>` and `<display-text>Rob</display-text>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.6
    ///
    /// `display-text` may be left out. Any display name of its legs is accepted. Where they show none, the
    /// network may know it from elsewhere: undecided.
    pub CPM_CINFO_DISPLAY_TEXT: Error = "cpm-cinfo-display-text",
        ["9.2.14.3-m-a.vi.b2.b", "9.2.14.3-m-a.vi.b2.b.s2", "9.2.14.3-n-9.b.ii", "9.2.14.3-n-9.b.ii.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let attendance = case.attendance();
    for (document, users, listing) in attendance.documents(case) {
        let may = document.pick("9.2.14.3-n-9.b.ii", "9.2.14.3-m-a.vi.b2.b");
        let shall = document.pick("9.2.14.3-n-9.b.ii.s2", "9.2.14.3-m-a.vi.b2.b.s2");
        for (user, who) in users.users.iter().zip(&listing.who) {
            let Some(text) = &user.display_text else { continue };
            judge.pass(may);
            let Some(who) = *who else {
                judge.undecided(shall, "needs the leg of the user");
                continue;
            };
            let attendant = &attendance.attendants[who];
            let shown = text.as_str().trim();
            // Of who asked for privacy the anonymous address gives the name, to everybody but itself.
            let is_own = document.to() == Some(who);
            let counts = |name: &&Identity| is_own || !attendant.secrets.contains(&name.key);
            let names = || attendant.names.iter().filter(counts).filter_map(|name| name.display_name.as_deref());
            let hidden = attendant.names.iter().filter(|name| !counts(name));
            let is_disclosed = hidden.filter_map(|name| name.display_name.as_deref()).any(|name| name.trim() == shown);
            let place = document.at_judged(&text.range);
            if shown.is_empty() || names().any(|name| name.trim() == shown) {
                judge.pass(shall);
            } else if is_disclosed {
                judge.fail(shall, place, format!("display-text discloses an anonymous participant as {shown:?}"));
            } else if let Some(name) = names().next() {
                let message = format!("display-text of {} is {shown:?}, its display name is {name:?}", case.uri(who));
                judge.fail(shall, place, message).expected(name);
            } else {
                judge.undecided(shall, "needs a message that gives the display name of the user");
            }
        }
    }
}
