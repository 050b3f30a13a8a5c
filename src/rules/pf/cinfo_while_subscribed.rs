use super::relayed::sent;
use crate::rules::deferred::away::is_last;
use crate::rules::look::is_of_type;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Subscription;
use crate::wire::{MessageId, conference_info};

rule! {
    /// ## What it checks
    /// To a client that has an active subscription to the conference, its participating function sends no conference-info
    /// over MSRP.
    ///
    /// ## Why it matters
    /// The client gets everything twice, and in two forms.
    ///
    /// ## Example
    /// Bob's SUBSCRIBE was accepted, and his function passes on a SEND with `application/conference-info+xml`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.4
    pub CPM_PF_CINFO_NOT_FORWARDED_WHEN_SUBSCRIBED: Error = "cpm-pf-cinfo-not-forwarded-when-subscribed", ["5.2.4-3-not-forward"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.4-3-not-forward";
    for hop in case.hops() {
        let key = hop.client.participant().map(|who| &who.key);
        let own = case.subscriptions().map(|(_, one)| one).filter(|one| one.tells_who_is_in());
        let own = own.filter(|one| one.subscriber.as_ref().map(|who| &who.key) == key);
        let own: Vec<(&Subscription, MessageId, Option<MessageId>)> =
            own.filter_map(|one| Some((one, accepted(case, one)?, ended(case, one)))).collect();
        if own.is_empty() {
            continue;
        }
        let is_active =
            |at: MessageId| own.iter().any(|(_, from, until)| *from < at && until.is_none_or(|until| at < until));
        let mut told = sent(case, hop.client, true).filter(|one| is_of_type(case, one, conference_info::MEDIA_TYPE));
        match told.find(|one| is_active(one.first)) {
            Some(wrong) => {
                let what = format!("{} is subscribed, and is sent conference-info over MSRP", hop.user());
                let subscribe = own.first().and_then(|(one, ..)| one.messages.first()).copied();
                let finding = judge.fail(statement, wrong.first, what);
                subscribe.into_iter().for_each(|subscribe| _ = finding.also(subscribe));
            }
            None => judge.pass(statement),
        }
    }
}

/// When the SUBSCRIBE was accepted.
fn accepted(case: &Case<'_>, subscription: &Subscription) -> Option<MessageId> {
    subscription.messages.iter().copied().find(|&id| {
        case.messages()[id].sip().is_some_and(|summary| !summary.is_request && (200..300).contains(&summary.status))
    })
}

/// The NOTIFY that ends it, or the SUBSCRIBE with Expires 0.
fn ended(case: &Case<'_>, subscription: &Subscription) -> Option<MessageId> {
    subscription.messages.iter().copied().find(|&id| is_last(case, id))
}
