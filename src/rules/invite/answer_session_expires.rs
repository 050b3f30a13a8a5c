use super::answer::of_focus;
use super::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The 200 of the focus has a Session-Expires with `refresher=uac`.
    ///
    /// ## Why it matters
    /// Without a timer the focus keeps a client whose phone is gone for ever.
    ///
    /// ## Example
    /// `Session-Expires: 1800;refresher=uas`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 4028 §9
    /// Where the INVITE does not support timers, or has taken the other role, RFC 4028 asks for uas: that is accepted.
    pub CPM_200_SESSION_EXPIRES: Error = "cpm-200-session-expires", ["5.2.5-9.iii.1.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-9.iii.1.a";
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose != Purpose::Rejoin) {
        let found = answer.values(Name::SessionExpires).join(", ").to_ascii_lowercase().replace(' ', "");
        let asked = answer.invitation.value(Name::SessionExpires).unwrap_or_default().to_ascii_lowercase();
        let supported = answer.invitation.values(Name::Supported).join(",").to_ascii_lowercase();
        let must_be_uas = asked.contains("refresher=uas") || !supported.contains("timer");
        let seconds = found.split(';').next().and_then(|seconds| seconds.parse::<u32>().ok());
        let has_role = found.contains(";refresher=uac") || (must_be_uas && found.contains(";refresher=uas"));
        let is_right = seconds.is_some_and(|seconds| seconds > 0) && has_role;
        let shown = if found.is_empty() { "missing" } else { &found };
        let message = || format!("Session-Expires of the 200 is {shown}");
        let finding = judge.expect(statement, is_right, answer.place(Name::SessionExpires), message);
        finding.into_iter().for_each(|finding| _ = finding.expected("refresher=uac"));
    }
}
