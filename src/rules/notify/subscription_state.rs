use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Place, Severity};
use crate::wire::MessageId;
use crate::wire::sip::{Method, Name};

rule! {
    /// ## What it checks
    /// The `expires` of a Subscription-State is a number of seconds not above what was granted, and the `reason` one of RFC 6665.
    ///
    /// ## Why it matters
    /// The subscriber renews too late, or does not know whether it may come back.
    ///
    /// ## Example
    /// `Subscription-State: active;expires=7200` after a 200 with `Expires: 3600`: broken.
    ///
    /// ## Source
    /// RFC 6665 §4.1.3, §4.2.2, §8.2.3
    /// A reason that RFC 6665 does not know is a warning: others may define more. The state itself is judged by `cpm-notify-rfc6665`.
    pub SIP_NOTIFY_SUBSCRIPTION_STATE: Error = "sip-notify-subscription-state", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (_, subscription) in case.subscriptions().filter(|(_, one)| one.tells_who_is_in()) {
        let mut granted: Option<(u32, MessageId)> = None;
        for &id in &subscription.messages {
            let Some(summary) = case.messages()[id].sip() else { continue };
            let Some(message) = case.sip(id).filter(|_| !case.messages()[id].incomplete) else { continue };
            if !summary.is_request && summary.method == Method::Subscribe && (200..300).contains(&summary.status) {
                granted = message
                    .header(Name::Expires)
                    .and_then(|value| value.trim().parse().ok())
                    .map(|seconds| (seconds, id));
            }
            if !summary.is_request || summary.method != Method::Notify || case.sessions().is_retransmission(id) {
                continue;
            }
            let Some(value) = message.header(Name::SubscriptionState) else { continue };
            let place = Place::header(id, &message, Name::SubscriptionState);
            let param = |wanted: &str| {
                let params = value.split(';').skip(1).filter_map(|param| param.split_once('='));
                params
                    .into_iter()
                    .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
                    .map(|(_, value)| value.trim().to_owned())
            };
            if let Some(expires) = param("expires") {
                match expires.parse::<u32>() {
                    Err(_) => {
                        _ = judge.report(
                            Actor::ControllingFunction,
                            place.clone(),
                            format!("expires of Subscription-State is {expires}"),
                        )
                    }
                    Ok(seconds) => {
                        if let Some((most, answer)) = granted.filter(|(most, _)| seconds > *most) {
                            let what = format!("Subscription-State goes on for {seconds} s, {most} were granted");
                            judge.report(Actor::ControllingFunction, place.clone(), what).also(answer);
                        }
                    }
                }
            }
            let known = ["deactivated", "probation", "rejected", "timeout", "giveup", "noresource", "invariant"];
            if let Some(reason) =
                param("reason").filter(|reason| !known.contains(&reason.to_ascii_lowercase().as_str()))
            {
                let what = format!("reason of Subscription-State is {reason}");
                judge.report(Actor::ControllingFunction, place, what).severity(Severity::Warning);
            }
        }
    }
}
