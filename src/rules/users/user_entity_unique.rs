use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use hashbrown::HashSet;

rule! {
    /// ## What it checks
    /// No two `user` entries have the same `entity`.
    ///
    /// ## Why it matters
    /// The second entry replaces the first, or both are shown: each client does it in its own way.
    ///
    /// ## Example
    /// Two `<user entity="sip:bob@example.net">` in one list: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.5
    /// After a partial document the merged state is judged.
    pub CPM_CINFO_USER_ENTITY_UNIQUE: Error = "cpm-cinfo-user-entity-unique", ["9.2.14.3-n-9.b.s2", "9.2.14.3-m-a.vi.b2.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-9.b.s2", "9.2.14.3-m-a.vi.b2.s2");
        let Some(users) = document.judged().and_then(|info| info.users.as_ref()) else { continue };
        let mut seen = HashSet::with_capacity(users.users.len());
        for user in &users.users {
            let Some(entity) = &user.entity else { continue };
            let message = || format!("user {} is listed twice", entity.value);
            judge.expect(statement, seen.insert(entity.value.as_str()), document.at_judged(&entity.range), message);
        }
    }
}
