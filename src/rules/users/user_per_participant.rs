use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// Every participant who is in the session has a `user` element, the recipient among them.
    ///
    /// ## Why it matters
    /// The others do not see who reads what they write.
    ///
    /// ## Example
    /// Alice, Bob and Carol are in, and a document lists Alice and Bob: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.6
    ///
    /// Judged are participants whose legs were captured and who are in for a second before and after the document; without that second
    /// where `user-count` agrees with the legs and not with the list. Who stands there under another name, and who vanished from
    /// one document over MSRP to the next, is found by a rule of its own. After a partial document the merged state is judged.
    pub CPM_CINFO_USER_PER_PARTICIPANT: Error = "cpm-cinfo-user-per-participant", ["9.2.14.3-n-9.b", "9.2.14.3-m-a.vi.b2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (document, users, listing) in case.attendance().documents(case) {
        let statement = document.pick("9.2.14.3-n-9.b", "9.2.14.3-m-a.vi.b2");
        if case.lossy {
            judge.undecided(statement, "needs the packets that are missing from the capture");
            continue;
        }
        let previous = document.previous.filter(|_| !document.is_notify());
        let before = previous.and_then(|index| case.attendance().listing(index));
        let vanished = |who: usize| before.is_some_and(|before| before.who.contains(&Some(who)));
        let mut missing = listing.missing.iter().copied().filter(|&who| !vanished(who)).peekable();
        if missing.peek().is_none() {
            judge.pass(statement);
        }
        for who in missing {
            let participant = &case.timeline.participants[who];
            let message = format!("{} is in the session and has no user element", participant.identity.uri);
            let finding = judge.fail(statement, document.at_judged(&users.start_tag), message);
            let joined = participant.timeline.iter().rfind(|change| change.at < document.message);
            joined.into_iter().for_each(|change| _ = finding.also(change.at));
        }
    }
}
