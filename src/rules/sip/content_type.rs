use super::name_of;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Place};
use crate::wire::media_type::MediaType;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A message with a body has a Content-Type, and a multipart one its boundary.
    ///
    /// ## Why it matters
    /// The receiver does not know what to make of the SDP, and answers 415 or ignores it.
    ///
    /// ## Example
    /// An INVITE with SDP and without Content-Type: broken.
    ///
    /// ## Source
    /// RFC 3261 §7.4.1, §20.15; RFC 2046 §5.1.1
    pub SIP_CONTENT_TYPE: Error = "sip-content-type", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for &id in case.sip_ids() {
        let Some(message) = case.sip(id).filter(|_| !case.messages()[id].incomplete) else { continue };
        if message.body().is_empty() {
            continue;
        }
        let place = || Place::header(id, &message, Name::ContentType);
        let what = || name_of(&message);
        match message.header(Name::ContentType) {
            None => _ = judge.report(Actor::Unknown, place(), format!("{} has a body and no Content-Type", what())),
            Some(value) => {
                let kind = MediaType::parse(&*value);
                if kind.is_multipart() && kind.parameter("boundary").is_none() {
                    judge.report(Actor::Unknown, place(), format!("{} has a multipart body without boundary", what()));
                }
            }
        }
    }
}
