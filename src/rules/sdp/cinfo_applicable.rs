use crate::rules::invite::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// A client that is told of the participants over MSRP, because both sides list conference-info in their descriptions,
    /// does not subscribe to the same.
    ///
    /// ## Why it matters
    /// It is told everything twice, and the two may disagree.
    ///
    /// ## Example
    /// Both list `application/conference-info+xml`, and the client sends SUBSCRIBE all the same: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.2, 5.2.1.3, 5.2.1.4, 5.2.2, 5.2.3
    ///
    /// That the client answers such a document rightly is for `cpm-cinfo-msrp-accepted`.
    pub CPM_SDP_CINFO_APPLICABLE: Note = "cpm-sdp-cinfo-applicable", ["5.2.1.1-resp-2.b.ii", "5.2.1.2-resp-3.i", "5.2.1.3-resp-f", "5.2.1.4-resp-c.ii", "5.2.2-7.d", "5.2.3-resp-5", "5.2.5-9.iii.2.c.s2"], check;
}

const CLAUSES: Clauses = Clauses {
    invitation: Some("5.2.2-7.d"),
    ..Clauses::of_clients([
        "5.2.1.1-resp-2.b.ii",
        "5.2.1.2-resp-3.i",
        "5.2.1.3-resp-f",
        "5.2.1.4-resp-c.ii",
        "5.2.3-resp-5",
    ])
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.invitations() {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let (Some(established), true) = (one.leg.established, one.leg.media.conference_info_applicable()) else {
            continue;
        };
        let Some(who) = one.leg.participant() else { continue };
        let until = one.leg.ended.map(|(bye, _)| bye);
        let own = case.subscriptions().find(|(_, subscription)| {
            let first = subscription.messages.first().copied();
            let is_during = first.is_some_and(|first| first > established && until.is_none_or(|until| first < until));
            let is_own = subscription.subscriber.as_ref().is_some_and(|subscriber| subscriber.key == who.key);
            subscription.tells_who_is_in() && is_during && is_own && subscription.status < 300
        });
        match own.and_then(|(_, subscription)| subscription.messages.first().copied()) {
            Some(subscribe) => {
                let what = format!("{} subscribes to what it is told over MSRP", who.uri);
                judge.remark(statement, Severity::Note, subscribe, what).also(one.id);
            }
            None => {
                judge.pass(statement);
                judge.same("5.2.5-9.iii.2.c.s2", true);
            }
        }
    }
}
