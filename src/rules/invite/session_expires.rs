use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The invitations of the focus have a Session-Expires with `refresher=uas`.
    ///
    /// ## Why it matters
    /// Without a timer the focus keeps participants whose phones are gone for ever.
    ///
    /// ## Example
    /// `Session-Expires: 1800;refresher=uac`: broken.
    ///
    /// ## Source
    /// OMA CPM 7.2.3; RFC 4028
    pub CPM_INVITE_SESSION_EXPIRES: Error = "cpm-invite-session-expires", ["7.2.3-5"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "7.2.3-5";
    for one in case.invitations().iter().filter(|one| one.is_from_focus()) {
        let found = one.value(Name::SessionExpires).unwrap_or_else(|| "missing".to_owned());
        let (seconds, params) = found.split_once(';').unwrap_or((&found, ""));
        let refresher = params
            .split(';')
            .filter_map(|param| param.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("refresher"));
        let is_right = seconds.trim().parse::<u32>().is_ok_and(|seconds| seconds > 0)
            && refresher.is_some_and(|(_, who)| who.trim().eq_ignore_ascii_case("uas"));
        let message = || format!("INVITE of the focus has Session-Expires {found}");
        let finding = judge.expect(statement, is_right, one.place(Name::SessionExpires), message);
        finding.into_iter().for_each(|finding| _ = finding.expected("refresher=uas"));
    }
}
