use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::conference::is_yourown;

rule! {
    /// ## What it checks
    /// Exactly one `user` is marked with `yourown="true"`: the recipient.
    ///
    /// ## Why it matters
    /// An anonymous participant knows itself in the list by nothing else.
    ///
    /// ## Example
    /// A list in which no entry has `yourown="true"`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.6
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_YOUROWN_PRESENT: Error = "cpm-cinfo-yourown-present", ["9.2.14.3-n-9.b.i.b5", "9.2.14.3-m-a.vi.b2.a.v"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.i.b5", "9.2.14.3-m-a.vi.b2.a.v");
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        let own = users.users.iter().filter(|user| is_yourown(user)).count();
        // Whether the recipient is listed at all is the question of another rule.
        let recipient = document.to().map(|to| &case.timeline.participants[to].identity.key);
        let is_listed = users.users.iter().any(|user| {
            user.entity.as_ref().is_some_and(|entity| recipient.is_some_and(|key| *case.key(&entity.value) == **key))
        });
        if own == 0 && !is_listed {
            judge.undecided(statement, "needs the recipient's own entry");
            continue;
        }
        let place = document.at_judged(&users.start_tag);
        judge.expect(statement, own == 1, place, || format!("{own} users are marked as the recipient's own"));
    }
}
