use super::devices::all;
use super::hop::{Cause, bye_of, cause};
use crate::rules::deferred::away::watches;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::MessageId;

rule! {
    /// ## What it checks
    /// When one of several clients of a user is lost (503), the others stay in as if nothing had happened: the participating
    /// function ends neither them nor the session, and does not subscribe in the user's place.
    ///
    /// ## Why it matters
    /// One dead battery throws the user out of the group.
    ///
    /// ## Example
    /// Bob's tablet is lost, and his telephone gets a BYE: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2
    pub CPM_BYE_503_OTHER_CLIENTS_UNAFFECTED: Error = "cpm-bye-503-other-clients-unaffected", ["5.2.3.2-2.a.B.ii.a", "5.2.3.2-2.a.B.ii.a.iii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (statement, same) = ("5.2.3.2-2.a.B.ii.a", "5.2.3.2-2.a.B.ii.a.iii");
    let wait = case.profile.timings.sip_transaction;
    for user in all(case) {
        for &leg in &user.clients {
            let Some(bye) = bye_of(leg, true).filter(|&bye| cause(case, bye) == Some(Cause::Sip(503))) else {
                continue;
            };
            let Some(other) = user.others(leg, bye).next() else { continue };
            let is_near = |end: MessageId| end > bye && case.seconds_between(bye, end) <= wait;
            // What the focus ends, or the last client leaves, its function passes on.
            let asked = user.clients.iter().filter_map(|one| bye_of(one, true)).filter(|own| *own > bye);
            let asked = asked.chain(bye_of(user.hop.network, false)).min();
            let mut ended = [bye_of(other, false), bye_of(user.hop.network, true)].into_iter().flatten();
            let wrong = ended.find(|&end| is_near(end) && asked.is_none_or(|asked| end < asked));
            // Another client, which was not captured, or whose BYE is missing, may have left.
            let has_left = bye_of(user.hop.network, true).is_some_and(|own| cause(case, own) == Some(Cause::Sip(200)));
            if wrong.is_some() && (has_left || case.lossy) {
                judge.undecided(statement, format!("needs all clients of {}", user.hop.user()));
                continue;
            }
            let what =
                || format!("one client of {} is lost, and its function ends what the others have", user.hop.user());
            let finding = judge.expect(statement, wrong.is_none(), wrong.unwrap_or(bye), what);
            finding.into_iter().for_each(|finding| _ = finding.also(bye));
            let watch = watches(case, user.hop).into_iter().find(|watch| is_near(watch.from));
            let what = || {
                format!("one client of {} is lost, and its function subscribes though another is in", user.hop.user())
            };
            let place = watch.as_ref().map_or(bye, |watch| watch.from);
            judge.expect(same, watch.is_none(), place, what).into_iter().for_each(|finding| _ = finding.also(bye));
        }
    }
}
