use super::body::Body;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// Two messages have different imdn.Message-IDs.
    ///
    /// ## Why it matters
    /// Recipients drop the second one as a copy, and a notification tells of both.
    ///
    /// ## Example
    /// Alice sends `Hello`, and then `Where are you?`, with the same imdn.Message-ID: broken.
    ///
    /// ## Source
    /// RFC 5438 §6.3, §7.1.1.1
    /// The same content sent again is a retry. Judged is what one client sends in one MSRP session.
    pub IMDN_MESSAGE_ID_UNIQUE: Error = "imdn-message-id-unique", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (first, again) in &case.glance().repeated {
        let (Some(first), Some(again)) = (Body::of(case, *first), Body::of(case, *again)) else { continue };
        let content = |one: &Body<'_>| cpim::parse(&one.body).ok().map(|message| message.body().to_vec());
        if content(&first) != content(&again) {
            let id = cpim::parse(&again.body).ok().and_then(|message| message.message_id().map(|id| id.into_owned()));
            let what = format!("imdn.Message-ID {} is that of another message", id.unwrap_or_default());
            judge.report(again.actor, again.first(), what).also(first.first());
        }
    }
}
