use crate::rules::invite::answer::of_focus;
use crate::rules::invite::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::Name;
use crate::wire::uri::Uri;

rule! {
    /// ## What it checks
    /// The focus gives the session an address of its own: the Contact of its 200 is a SIP URI other than the one that was
    /// called, and none that another running session has.
    ///
    /// ## Why it matters
    /// With the factory's address, or that of another group, nobody can subscribe to this session or come back to it.
    ///
    /// ## Example
    /// `Contact: <sip:conference-factory@focus.example.com>;isfocus`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.5; RFC 4579 §5.2
    pub CPM_FOCUS_GSI_ALLOCATED: Error = "cpm-focus-gsi-allocated", ["5.2.5-8"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.5-8";
    // The address and Contribution-ID of the sessions that were made and may be running.
    let mut running: Vec<(String, Option<String>, &crate::session::Leg)> = Vec::new();
    for answer in of_focus(case).filter(|answer| answer.invitation.purpose != Purpose::Rejoin) {
        let one = answer.invitation;
        let Some(focus) = case.focus_contact(answer.id, &answer.message) else { continue };
        let place = answer.place(Name::Contact);
        let is_sip = Uri::parse(&focus.uri)
            .is_some_and(|uri| ["sip", "sips"].contains(&uri.scheme().to_ascii_lowercase().as_str()));
        let is_called = one.leg.request_uri.as_ref().is_some_and(|called| called.key == focus.key);
        let id = one.value(Name::ContributionId);
        let is_new = matches!(one.purpose, Purpose::AdHoc | Purpose::Extension);
        // Hops of one INVITE have the same Contribution-ID.
        let shared = running.iter().find(|(key, other, leg)| {
            let is_up = leg.ended.is_none_or(|(bye, _)| bye > one.id);
            is_new && *key == focus.key && other.is_some() && id.is_some() && *other != id && is_up
        });
        match () {
            () if !is_sip => {
                judge.fail(statement, place, format!("Group Session Identity {} is no SIP URI", focus.uri));
            }
            () if is_called && is_new => {
                let what = format!("Group Session Identity {} is the address of the factory", focus.uri);
                judge.fail(statement, place, what).also(one.id);
            }
            () if is_called => {
                let what = format!("Group Session Identity {} is the address of the group", focus.uri);
                judge.remark(statement, Severity::Note, place, what).also(one.id);
            }
            () => match shared {
                Some((.., leg)) => {
                    let what = format!("Group Session Identity {} is that of another session", focus.uri);
                    let finding = judge.fail(statement, place, what);
                    leg.answered.into_iter().for_each(|(other, _)| _ = finding.also(other));
                }
                None => judge.pass(statement),
            },
        }
        if is_new {
            running.push((focus.key.clone(), id, one.leg));
        }
    }
}
