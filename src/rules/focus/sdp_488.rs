use crate::rules::invite::answer::refusals_of_focus;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::find_body;
use crate::wire::sdp;
use crate::wire::sip::Name;
use crate::wire::warning::Warning;

rule! {
    /// ## What it checks
    /// A 488 of the focus says which media it takes: in an SDP body.
    ///
    /// ## Why it matters
    /// Without it a client can only guess what to offer next.
    ///
    /// ## Example
    /// `SIP/2.0 488 Not Acceptable Here` with `Content-Length: 0`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 3261 §21.4.26
    pub CPM_FOCUS_488_SDP_DESCRIPTION: Error = "cpm-focus-488-sdp-description", ["5.2.5-4.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-4.s2";
    for refusal in refusals_of_focus(case).filter(|refusal| refusal.status == 488) {
        // All invitees may have refused the media, which the focus passes on.
        let mut invited = case.invitations().iter().filter(|one| one.is_from_focus());
        if refusal.message.is_body_cut() || invited.any(|one| one.id > refusal.invitation.id && one.id < refusal.id) {
            continue;
        }
        let described = find_body(&refusal.message, "application/sdp").and_then(|body| sdp::parse(body).ok());
        if described.is_some_and(|session| !session.media.is_empty()) {
            judge.pass(statement);
            continue;
        }
        let mut warnings =
            refusal.message.all(Name::Warning).flat_map(|field| Warning::parse(&field.value()).collect::<Vec<_>>());
        let place = refusal.place(Name::ContentType);
        if warnings.any(|warning| warning.code.starts_with("30")) {
            let what = "488 describes the media that is taken in a Warning only";
            judge.remark(statement, Severity::Warning, place, what);
        } else {
            judge
                .fail(statement, place, "488 without a description of the media that is taken")
                .expected("application/sdp");
        }
    }
}
