use super::body::Body;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::defect::Oddity;
use crate::wire::{cpim, is_composing};

rule! {
    /// ## What it checks
    /// An isComposing status is a well-formed document of RFC 3994 with one `state`, `active` or `idle`; `refresh` is a number of seconds.
    ///
    /// ## Why it matters
    /// The others never see that somebody is writing, or see it for ever.
    ///
    /// ## Example
    /// `<isComposing><state>active</state></isComposing>` without namespace: broken.
    ///
    /// ## Source
    /// RFC 3994 §3, §4
    /// Another state means idle, and is a warning.
    pub ISCOMPOSING_XML: Error = "iscomposing-xml", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for &sent in &case.glance().composing {
        let Some(one) = Body::of(case, sent) else { continue };
        let content_type = sent.transfer.content_type(case.messages());
        let is_wrapped = content_type.get(..12).is_some_and(|kind| kind.eq_ignore_ascii_case("message/cpim"));
        let start = if is_wrapped { cpim::parse(&one.body).map(|cpim| cpim.body.start).unwrap_or_default() } else { 0 };
        let status = match is_composing::parse(one.body.get(start..).unwrap_or_default()) {
            Ok(status) => status,
            Err(error) => {
                judge.report(one.actor, one.first(), format!("isComposing cannot be read: {error}"));
                continue;
            }
        };
        let broken = [Oddity::NotWellFormed, Oddity::UnclosedElement, Oddity::SecondRoot, Oddity::NamespaceMissing];
        let defect = status.defects.iter().find(|defect| broken.contains(&defect.what));
        let refresh = status.refresh.as_ref().filter(|_| status.refresh_secs().is_none_or(|seconds| seconds == 0));
        match (&status.state, defect, refresh) {
            (_, Some(defect), _) => {
                let place = one.place(case, start + defect.range.start..start + defect.range.end);
                judge.report(one.actor, place, format!("isComposing with {}", defect.what.as_str()));
            }
            (None, ..) => _ = judge.report(one.actor, one.first(), "isComposing has no state"),
            (_, _, Some(refresh)) => {
                let place = one.place(case, start + refresh.range.start..start + refresh.range.end);
                judge.report(one.actor, place, format!("refresh of isComposing is {:?}", refresh.as_str()));
            }
            (Some(state), ..) if !["active", "idle"].contains(&state.as_str().trim()) => {
                let place = one.place(case, start + state.range.start..start + state.range.end);
                let what = format!("state of isComposing is {:?}", state.as_str());
                judge.report(one.actor, place, what).severity(Severity::Warning).expected("active or idle");
            }
            _ => {}
        }
    }
}
