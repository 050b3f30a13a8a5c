use crate::net::Transport;
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Place, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The body is as long as Content-Length says; over TCP the header is there.
    ///
    /// ## Why it matters
    /// Over TCP the next message is looked for at the wrong place, and everything after it is lost. Over UDP half a body is read.
    ///
    /// ## Example
    /// `Content-Length: 400` in a datagram with a body of 300 bytes: broken.
    ///
    /// ## Source
    /// RFC 3261 §18.3, §20.14
    /// What stands in a datagram behind the body is discarded by the receiver: a note.
    pub SIP_CONTENT_LENGTH: Error = "sip-content-length", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for &id in case.sip_ids() {
        let whole = &case.messages()[id];
        let Some(message) = case.sip(id).filter(|_| !whole.incomplete) else { continue };
        let is_tcp = case.messages().flow(whole).transport == Transport::Tcp;
        let length = message.header(Name::ContentLength);
        let place = || Place::header(id, &message, Name::ContentLength);
        match &length {
            None if is_tcp => _ = judge.report(Actor::Unknown, place(), "SIP over TCP without Content-Length"),
            Some(length) if length.trim().parse::<u64>().is_err() => {
                judge.report(Actor::Unknown, place(), format!("Content-Length is {length}"));
            }
            Some(length) if message.is_body_cut() => {
                let what = format!("Content-Length is {length}, but the body has {} bytes", message.body().len());
                judge.report(Actor::Unknown, place(), what).expected(message.body().len().to_string());
            }
            Some(length) if !message.trailing().is_empty() => {
                let what = format!("{} bytes stand behind the body of {length} bytes", message.trailing().len());
                judge.report(Actor::Unknown, place(), what).severity(Severity::Note);
            }
            _ => {}
        }
    }
}
