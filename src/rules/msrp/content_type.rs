use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Stream};
use crate::wire::conference_info;
use crate::wire::media_type::essence_of;
use crate::wire::sip::Method;

rule! {
    /// ## What it checks
    /// A SEND with a body has a Content-Type, and one that the receiver accepts: listed in its `a=accept-types`, or for what is in a CPIM envelope in its
    /// `a=accept-wrapped-types`.
    ///
    /// ## Why it matters
    /// The receiver answers 415, and the message is lost.
    ///
    /// ## Example
    /// `image/gif` to a client with `a=accept-types:message/cpim` and `a=accept-wrapped-types:text/plain`: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1, §8.6
    ///
    /// `*` accepts all, `image/*` all of a kind. Without `a=accept-wrapped-types` what is in envelopes is not judged. conference-info has rules of its own.
    /// Each type is reported once in each direction.
    pub MSRP_CONTENT_TYPE: Error = "msrp-content-type", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for sent in &case.glance().untyped {
        judge.report(sent.sender(case), sent.transfer.first, "SEND has a body and no Content-Type");
    }
    for (sent, (outer, inner)) in &case.glance().types {
        let stream = sent.stream(case);
        let from_caller = stream.caller_end.map(|end| (end == 0) == sent.transfer.from_first_end);
        let media = match from_caller {
            Some(true) => &stream.leg.media.callee,
            Some(false) => &stream.leg.media.caller,
            None => continue,
        };
        let Some(media) = media.as_ref().filter(|media| !media.accept_types.is_empty()) else { continue };
        // A group chat without CPIM is found in the SDP.
        let takes_cpim = media.accept_types.iter().any(|wanted| accepts(wanted, "message/cpim"));
        if case.is_group() && !takes_cpim {
            continue;
        }
        // An INVITE inside the dialog may have agreed on something else at another time.
        if outer.is_empty()
            || is_conference_info(outer)
            || inner.is_some_and(is_conference_info)
            || is_changed(case, stream)
        {
            continue;
        }
        let is_refused = |kind: &str, list: &[String]| {
            let kind = essence_of(kind);
            !list.iter().any(|wanted| accepts(wanted, kind))
        };
        let found = match inner {
            _ if is_refused(outer, &media.accept_types) => outer,
            Some(inner)
                if !media.accept_wrapped_types.is_empty()
                    && is_refused(inner, &media.accept_wrapped_types)
                    && is_refused(inner, &media.accept_types) =>
            {
                inner
            }
            _ => continue,
        };
        let what = format!("{} is sent to a side that does not accept it", essence_of(found));
        let wrapped = if found == outer { &[] } else { media.accept_wrapped_types.as_slice() };
        let expected = [wrapped, &media.accept_types].concat().join(" ");
        judge.report(sent.sender(case), sent.transfer.first, what).expected(expected);
    }
}

fn is_conference_info(kind: &str) -> bool {
    let essence = essence_of(kind);
    let end = essence.len().checked_sub("/xml".len()).and_then(|at| essence.get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case("/xml")) || essence.eq_ignore_ascii_case(conference_info::MEDIA_TYPE)
}

/// Does an entry of accept-types take this `type/subtype`?
fn accepts(wanted: &str, essence: &str) -> bool {
    let wanted = wanted.split(';').next().unwrap_or(wanted);
    match wanted.strip_suffix("/*") {
        Some(family) => essence.split('/').next().is_some_and(|kind| kind.eq_ignore_ascii_case(family)),
        None => wanted == "*" || wanted == essence || wanted.eq_ignore_ascii_case(essence),
    }
}

/// Was there more than one offer on the leg?
fn is_changed(case: &Case<'_>, stream: &Stream<'_>) -> bool {
    let leg = stream.leg;
    let invites = leg.messages.iter().filter(|&&id| {
        let summary = case.messages()[id].sip().filter(|one| one.is_request && one.method == Method::Invite);
        summary.is_some() && !case.sessions().is_retransmission(id)
    });
    invites.count() > 1
}
