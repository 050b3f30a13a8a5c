use super::execution::over_msrp;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};

rule! {
    /// ## What it checks
    /// The reason of a `joining-info` is not one of leaving.
    ///
    /// ## Why it matters
    /// A client that shows it tells that somebody was removed who has just come.
    ///
    /// ## Example
    /// `<joining-info>…<reason>SIP;cause=410;text="Gone"</reason></joining-info>`: a note.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §5.7.5
    ///
    /// The text of the clause is a copy of what it says about disconnection-info: taken literally it asks for a reason of removal or departure
    /// of somebody who is reported as joined. That is not enforced; such a reason is a note. Any other text is allowed.
    pub CPM_CINFO_JOINING_REASON: Note = "cpm-cinfo-joining-reason",
        ["9.2.14.3-m-a.vi.b2.d.iii.2", "9.2.14.3-m-a.vi.b2.d.iii.2.a", "9.2.14.3-m-a.vi.b2.d.iii.2.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for listed in over_msrp(case) {
        let info = listed.endpoint.joining_info.as_ref();
        let Some((info, text)) = info.and_then(|info| Some((info, info.reason.as_ref()?))) else { continue };
        judge.pass("9.2.14.3-m-a.vi.b2.d.iii.2");
        let cause = info.to_reason().and_then(|reason| reason.cause);
        let statement = match cause {
            Some(410) => "9.2.14.3-m-a.vi.b2.d.iii.2.a",
            Some(200) if text.as_str().to_ascii_lowercase().contains("call completed") => {
                "9.2.14.3-m-a.vi.b2.d.iii.2.b"
            }
            _ => continue,
        };
        let message = format!("joining-info of {} has a reason of leaving: {}", listed.uri(), text.as_str().trim());
        judge.remark(statement, Severity::Note, listed.document.at(&text.range), message);
    }
}
