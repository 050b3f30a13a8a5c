use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// An event that a client sends is about the session that it is sent in.
    ///
    /// ## Why it matters
    /// The focus cannot tell to which group it belongs.
    ///
    /// ## Example
    /// An event with the Contribution-ID of another session: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1
    ///
    /// The types of events are those of the profile (`content-types.events`).
    pub CPM_MSRP_EVENT_OWN_SESSION: Warning = "cpm-msrp-event-own-session", ["5.2.3.1-4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-4";
    let kinds = &case.profile.content_types.events;
    if kinds.is_empty() {
        return;
    }
    let own = case.session.contribution_ids.iter().chain(&case.session.conversation_id);
    let own: Vec<&str> = own.map(String::as_str).collect();
    let others: Vec<&str> = case
        .sessions()
        .sessions
        .iter()
        .filter(|other| other.id != case.session.id)
        .flat_map(|other| other.contribution_ids.iter().chain(&other.conversation_id))
        .map(String::as_str)
        .take(MAX_OTHERS)
        .collect();
    for stream in case.streams() {
        for transfer in case.transfers(stream).filter(|transfer| stream.is_from_focus(transfer) == Some(false)) {
            let kind = transfer.content_type(case.messages());
            if !kinds.iter().any(|known| kind.split(';').next().unwrap_or(kind).trim().eq_ignore_ascii_case(known)) {
                continue;
            }
            let body = transfer.body(case.messages());
            let text = String::from_utf8_lossy(&body);
            let stated = text
                .split_once("ontribution-ID>")
                .or_else(|| text.split_once("onversation-ID>"))
                .and_then(|(_, rest)| rest.split('<').next());
            let is_other =
                others.iter().any(|id| text.contains(id)) || stated.is_some_and(|stated| !own.contains(&stated.trim()));
            let what = || "an event names another session than the one that it is sent in".to_owned();
            judge.expect(statement, !is_other, transfer.first, what);
        }
    }
}

/// Identifiers of other sessions that are looked for.
const MAX_OTHERS: usize = 1_000;
