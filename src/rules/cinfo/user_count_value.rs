use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::conference::{Presence, Stage};

rule! {
    /// ## What it checks
    /// The `user-count` is the number of participants: at least those who are connected, at most these and those who are being invited.
    ///
    /// ## Why it matters
    /// Clients show it as the size of the group, and decide by it whether another one may be added.
    ///
    /// ## Example
    /// Two users connected, one disconnected, and `<user-count>3</user-count>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.5
    /// Whether users who are still being invited count is not said: both are accepted. After a partial document the merged state is judged.
    pub CPM_CINFO_USER_COUNT_VALUE: Error = "cpm-cinfo-user-count-value", ["9.2.14.3-n-8.a.s2", "9.2.14.3-m-a.v.b1.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for document in case.documents().iter().filter(|document| !document.is_last()) {
        let statement = document.pick("9.2.14.3-n-8.a.s2", "9.2.14.3-m-a.v.b1.s2");
        let Some(info) = document.judged() else {
            if document.info.is_ok() {
                judge.undecided(statement, "needs the full document that a partial one is about");
            }
            continue;
        };
        let count = info.conference_state.as_ref().and_then(|state| state.user_count.as_ref());
        let (Some(count), Some(users)) = (count, &info.users) else { continue };
        let Some(number) = count.to_u32() else { continue };
        let stages = || users.users.iter().map(|user| Presence::of(user).stage);
        let connected = stages().filter(|stage| *stage == Stage::Connected).count();
        let perhaps = stages().filter(|stage| matches!(stage, Stage::Pending | Stage::Unknown)).count();
        let (least, most) = (connected as u64, (connected + perhaps) as u64);
        if (least..=most).contains(&u64::from(number)) {
            judge.pass(statement);
            continue;
        }
        let expected = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        // More than all who are listed: somebody is missing in the list.
        let place = if u64::from(number) > users.users.len() as u64 { &users.start_tag } else { &count.range };
        judge
            .fail(
                statement,
                document.at_judged(place),
                format!("user-count is {number}, but {connected} users are connected"),
            )
            .expected(expected);
    }
}
