use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Each `user` has an `entity`.
    ///
    /// ## Why it matters
    /// It is the key of the entry: without it nobody knows who is meant, and no partial document can change it.
    ///
    /// ## Example
    /// `<user><endpoint …>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.5, §5.6
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_USER_ENTITY_PRESENT: Error = "cpm-cinfo-user-entity-present", ["9.2.14.3-n-9.b.i", "9.2.14.3-m-a.vi.b2.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.i", "9.2.14.3-m-a.vi.b2.a");
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        for user in &users.users {
            let kept = user.entity.as_ref().is_some_and(|entity| !entity.value.is_empty());
            judge.expect(statement, kept, document.at_judged(&user.start_tag), || "user without an entity".to_owned());
        }
    }
}
