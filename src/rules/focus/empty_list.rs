use super::warning_text::has_empty_list;
use crate::rules::invite::answer::{of_focus, refusals_of_focus};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// An INVITE to the conference factory whose list of recipients has no entry is refused with 403.
    ///
    /// ## Why it matters
    /// A group of one keeps resources of the focus and confuses who made it.
    ///
    /// ## Example
    /// ```xml
    /// <resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list/></resource-lists>
    /// ```
    /// answered with 200: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 5366
    pub CPM_FOCUS_EMPTY_LIST: Error = "cpm-focus-empty-list", ["5.2.5-5.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-5.c";
    for answer in of_focus(case).chain(refusals_of_focus(case)) {
        if answer.invitation.message.is_body_cut() || !has_empty_list(answer.invitation) {
            continue;
        }
        let message = || "INVITE with an empty list of recipients was accepted".to_owned();
        let finding = judge.expect(statement, answer.status >= 300, answer.id, message);
        finding.into_iter().for_each(|finding| _ = finding.expected("403").also(answer.invitation.id));
    }
}
