use super::execution::{is_asked, over_msrp};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::timeline::{Cause, State};
use crate::wire::conference_info::DisconnectionMethod;

rule! {
    /// ## What it checks
    /// The reason of a participant who was removed by REFER is `SIP;cause=410`, of one who left by BYE `SIP;cause=200;text="Call completed"`.
    ///
    /// ## Why it matters
    /// A client that was removed may not come back by itself, one that left may.
    ///
    /// ## Example
    /// Alice removes Dave, and the document says `<reason>SIP;cause=200;text="Call completed"</reason>`: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 3326
    ///
    /// The reason may be left out, and begin with `Reason:`. Another text than `Call completed` is a warning, and so is a cause that does not fit the
    /// disconnection-method where the leg was not captured. Judged are documents over MSRP.
    pub CPM_CINFO_DISCONNECTION_REASON: Error = "cpm-cinfo-disconnection-reason", ["9.2.14.3-m-a.vi.b2.d.ii.2.a", "9.2.14.3-m-a.vi.b2.d.ii.2.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (removed, left) = ("9.2.14.3-m-a.vi.b2.d.ii.2.a", "9.2.14.3-m-a.vi.b2.d.ii.2.b");
    for listed in over_msrp(case) {
        let info = listed.endpoint.disconnection_info.as_ref();
        let Some((info, text)) = info.and_then(|info| Some((info, info.reason.as_ref()?))) else { continue };
        // Whether it has the form of a Reason at all is the matter of another rule.
        let Some(reason) = info.to_reason() else { continue };
        let change = listed.change(case, State::Disconnected);
        let method = listed.endpoint.disconnection_method.as_ref().and_then(DisconnectionMethod::parse);
        let cause = change.and_then(|change| change.cause);
        let (statement, expected, what) = match (cause, method) {
            (Some(Cause::Booted), _) if change.is_some_and(|change| is_asked(case, listed.who, change)) => {
                (removed, 410, "was removed")
            }
            (Some(Cause::Departed), _) => (left, 200, "left by BYE"),
            (None, Some(DisconnectionMethod::Booted)) => (removed, 410, "was removed"),
            (None, Some(DisconnectionMethod::Departed)) => (left, 200, "left"),
            _ => continue,
        };
        let uri = listed.uri();
        let place = listed.document.at(&text.range);
        let wanted = if expected == 410 { "SIP;cause=410" } else { "SIP;cause=200;text=\"Call completed\"" };
        let is_right = reason.protocol.eq_ignore_ascii_case("SIP") && reason.cause == Some(expected);
        let is_completed =
            reason.text.as_deref().is_some_and(|text| text.trim().eq_ignore_ascii_case("Call completed"));
        if !is_right {
            let message = format!("{uri} {what}, but the disconnection reason is {}", text.as_str().trim());
            let finding = match change {
                Some(change) => judge.fail(statement, place, message).also(change.at),
                None => judge.remark(statement, Severity::Warning, place, message),
            };
            finding.expected(wanted);
        } else if expected == 200 && !is_completed {
            let message = format!("{uri} left, but the text of the disconnection reason is not Call completed");
            judge.remark(statement, Severity::Warning, place, message).expected(wanted);
        } else {
            judge.pass(statement);
        }
    }
}
