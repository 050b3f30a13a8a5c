use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// An MSRP stream has `a=accept-types`, in a group chat with `message/cpim` or `*`.
    ///
    /// ## Why it matters
    /// The other side may not send anything, or does not know that envelopes are understood: then nobody can tell who wrote.
    ///
    /// ## Example
    /// `m=message 2855 TCP/MSRP *` without `a=accept-types`: broken.
    ///
    /// ## Source
    /// RFC 4975 §8.6; RFC 7701 §5.2
    /// A stream that is refused (port 0) needs none.
    pub SDP_MSRP_ACCEPT_TYPES: Error = "sdp-msrp-accept-types", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for one in case.descriptions() {
        let Some(session) = one.session(case) else { continue };
        for media in session.msrp().filter(|media| media.port != Some(0)) {
            let mut types = media.accept_types().peekable();
            if types.peek().is_none() {
                if case.is_of_cpm(one.leg, one.id) {
                    continue;
                }
                judge.report(one.actor, one.id, "the MSRP stream has no a=accept-types");
            } else if case.is_group() && !types.any(takes_cpim) {
                let types: Vec<&str> = media.accept_types().collect();
                let what = format!("a=accept-types of a group chat has no message/cpim: {}", types.join(" "));
                judge.report(one.actor, one.id, what).expected("message/cpim");
            }
        }
    }
}

fn takes_cpim(kind: &str) -> bool {
    ["message/cpim", "message/*", "*"].into_iter().any(|wanted| kind.eq_ignore_ascii_case(wanted))
}
