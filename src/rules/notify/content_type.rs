use hashbrown::HashSet;

use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::session::find_body;
use crate::wire::conference_info::MEDIA_TYPE;
use crate::wire::media_type::is_essence;
use crate::wire::sip::{Method, Name};

rule! {
    /// ## What it checks
    /// A NOTIFY of the conference package carries a conference-info document, alone or as a part of a multipart.
    ///
    /// ## Why it matters
    /// A subscriber that gets another body, or none, does not learn what changed.
    ///
    /// ## Example
    /// ```text
    /// NOTIFY sip:a@10.0.0.1 SIP/2.0
    /// Event: conference
    /// Subscription-State: active;expires=3600
    /// Content-Type: text/plain                          <!-- broken -->
    /// Content-Type: application/conference-info+xml
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §3.4; RFC 6665 §4.2.1.2 allows a first NOTIFY without body, which is a warning here. One that is
    /// `terminated` or `pending` needs none.
    pub CPM_NOTIFY_CONTENT_TYPE: Error = "cpm-notify-content-type", ["9.2.14.3-n-0.s4"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let id = "9.2.14.3-n-0.s4";
    let mut begun: HashSet<[&[u8]; 3]> = HashSet::new();
    for &message_id in case.sip_ids() {
        let raw = &case.messages()[message_id];
        let Some(summary) = raw.sip().filter(|one| one.is_request && one.method == Method::Notify) else { continue };
        let Some(message) = case.sip(message_id) else { continue };
        let word = |name| {
            let value = message.header(name)?;
            Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
        };
        if word(Name::Event).as_deref() != Some("conference") {
            continue;
        }
        let head = case.messages().head(raw);
        let is_first = begun.insert([summary.call_id, summary.from_tag, summary.to_tag].map(|part| part.of(head)));
        let content_type = message.header(Name::ContentType);
        if raw.incomplete || message.is_body_cut() {
            judge.undecided(id, "needs the whole NOTIFY");
        } else if !message.body().is_empty() {
            let found = content_type.as_deref().unwrap_or("none");
            let is_it = is_essence(found, MEDIA_TYPE) || find_body(&message, MEDIA_TYPE).is_some();
            judge
                .expect(id, is_it, message_id, || {
                    format!("NOTIFY has no conference-info body, its Content-Type is {found}")
                })
                .map(|finding| finding.expected(MEDIA_TYPE).found(found));
        } else if let Some(state) = word(Name::SubscriptionState) {
            match state.as_str() {
                "terminated" | "pending" => judge.pass(id),
                _ if is_first => {
                    judge.remark(id, Severity::Warning, message_id, "first NOTIFY of the subscription has no body");
                }
                _ => {
                    judge.fail(id, message_id, format!("NOTIFY has no body while the subscription is {state}"));
                }
            }
        }
    }
}
