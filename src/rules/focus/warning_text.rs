use crate::rules::invite::answer::{Answer, refusals_of_focus};
use crate::rules::invite::invitation::{Invitation, Purpose, has_isfocus};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place, Severity};
use crate::session::{Direction, find_body};
use crate::wire::resource_lists;
use crate::wire::sip::{Message, Method, Name};
use crate::wire::warning::Warning;

rule! {
    /// ## What it checks
    /// A refusal of the focus says why, in a Warning with the text that the specification gives for it: `122 Function not
    /// allowed`, `102 Too many participants`, `123 Session does not exist` and so on.
    ///
    /// ## Why it matters
    /// The status alone does not tell the user whether the group is full, gone, or closed to him.
    ///
    /// ## Example
    /// ```text
    /// SIP/2.0 403 Forbidden
    /// Warning: 399 focus.example.com "122 Function not allowed"
    /// ```
    ///
    /// ## Source
    /// OMA CPM 5.2.5, 5.2.6, 7.2.2; RFC 3261 §20.43
    ///
    /// Which check failed cannot be seen: a 403 may carry any text of its clause, unless the request itself shows the reason.
    /// A 486 after the focus has invited somebody may mean that all were busy.
    pub CPM_FOCUS_WARNING_TEXT: Error = "cpm-focus-warning-text", ["5.2.5-0.s2", "5.2.5-1.s2", "5.2.5-2.s2", "5.2.5-5.a.s2", "5.2.5-5.b.s2", "5.2.5-5.c.s2", "5.2.5-6.b.s2", "5.2.5-6.c.s2", "5.2.6-1.s2", "5.2.6-2.s2", "5.2.6-3.s2", "5.2.6-4.s2", "5.2.6-5.s2", "7.2.2-2.s2"], check;
}

const FULL: &str = "102 Too many participants";
const ISFOCUS: &str = "105 isfocus already assigned";
const ANONYMITY: &str = "119 Anonymity not allowed";
const NOT_ALLOWED: &str = "122 Function not allowed";
const UNKNOWN: &str = "123 Session does not exist";
const SERVICE: &str = "127 Service not authorized";
const NOBODY: &str = "129 No destinations";

/// The texts of the checks that a focus makes before it looks at the session.
const EARLIER: &[&str] = &[NOT_ALLOWED, SERVICE, ANONYMITY, ISFOCUS];

/// What the Warning of a refusal is to say.
struct Demand {
    /// The statements that ask for it.
    statements: &'static [&'static str],
    /// Any of these.
    wanted: &'static [&'static str],
    /// These, too, but they are worth a note.
    tolerated: &'static [&'static str],
    severity: Severity,
}

impl Demand {
    const fn of(statements: &'static [&'static str], wanted: &'static [&'static str]) -> Demand {
        Demand { statements, wanted, tolerated: &[], severity: Severity::Error }
    }
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for refusal in refusals_of_focus(case) {
        if let Some(demand) = demand(case, &refusal) {
            look(judge, &demand, &refusal.message, refusal.place(Name::Warning));
        }
    }
    for (_, leg) in case.legs().filter(|(_, leg)| case.is_group() && leg.direction == Direction::ClientToFocus) {
        let call = &case.sessions().calls[leg.call];
        let transactions = call.dialogs[leg.dialog].transactions.iter().map(|&index| &call.transactions[index]);
        let changes = transactions.filter(|one| one.method == Method::Invite && !one.to_tag.is_empty());
        for change in changes.filter(|one| one.from_tag == leg.from_tag) {
            let Some((id, 403)) = change.final_response("", case.messages()) else { continue };
            let Some(message) = case.sip(id).filter(|_| !case.messages()[id].incomplete) else { continue };
            let demand = Demand::of(&["7.2.2-2.s2"], &[NOT_ALLOWED]);
            look(judge, &demand, &message, Place::header(id, &message, Name::Warning));
        }
    }
}

fn demand(case: &Case<'_>, refusal: &Answer<'_, '_>) -> Option<Demand> {
    let one = refusal.invitation;
    let is_new = matches!(one.purpose, Purpose::AdHoc | Purpose::Extension);
    Some(match (one.purpose, refusal.status) {
        (Purpose::Rejoin, 404) => Demand::of(&["5.2.6-1.s2"], &[UNKNOWN]),
        (Purpose::Rejoin, 403) => Demand {
            tolerated: &[ANONYMITY],
            ..Demand::of(&["5.2.6-2.s2", "5.2.6-3.s2", "5.2.6-4.s2"], &[NOT_ALLOWED])
        },
        (Purpose::Rejoin, 486) => Demand::of(&["5.2.6-5.s2"], &[FULL]),
        (_, 403) if has_isfocus(&one.message) => {
            Demand { tolerated: &[NOT_ALLOWED, SERVICE], ..Demand::of(&["5.2.5-2.s2"], &[ISFOCUS]) }
        }
        (_, 403) if is_new && has_empty_list(one) => {
            Demand { tolerated: EARLIER, ..Demand::of(&["5.2.5-5.c.s2"], &[NOBODY]) }
        }
        (_, 403) if is_new => Demand::of(
            &["5.2.5-0.s2", "5.2.5-1.s2", "5.2.5-5.a.s2"],
            &[NOT_ALLOWED, SERVICE, ANONYMITY, ISFOCUS, NOBODY],
        ),
        (Purpose::PreDefined | Purpose::JoinIn, 403) => Demand::of(
            &["5.2.5-6.b.s2", "5.2.5-6.c.s2"],
            &[NOT_ALLOWED, SERVICE, ANONYMITY, "Anonymity not allowed", ISFOCUS, NOBODY],
        ),
        // Where somebody was invited before, all may have been busy.
        (_, 486) if is_new && !invites_somebody(case, refusal) => {
            // Invitations pass where this capture was made, or it cannot be known that there were none.
            let legs = &case.sessions().legs;
            let shows_invitations = legs.iter().any(|leg| leg.direction == Direction::FocusToClient);
            let severity = if shows_invitations { Severity::Error } else { Severity::Warning };
            Demand { severity, ..Demand::of(&["5.2.5-5.b.s2"], &[FULL]) }
        }
        _ => return None,
    })
}

/// Is there a list of recipients with nobody on it?
pub fn has_empty_list(one: &Invitation<'_>) -> bool {
    one.recipients().is_empty() && find_body(&one.message, resource_lists::MEDIA_TYPE).is_some()
}

fn invites_somebody(case: &Case<'_>, refusal: &Answer<'_, '_>) -> bool {
    let one = refusal.invitation;
    let invites = case.invitations().iter().any(|other| other.is_from_focus() && other.id < refusal.id);
    let rings = one.leg.messages.iter().any(|&id| {
        let summary = case.messages()[id].sip();
        id < refusal.id && summary.is_some_and(|summary| !summary.is_request && (101..200).contains(&summary.status))
    });
    invites || rings
}

fn look(judge: &mut Judge, demand: &Demand, message: &Message<'_>, place: Place) {
    let Some((&statement, others)) = demand.statements.split_first() else { return };
    let warnings: Vec<Warning> =
        message.all(Name::Warning).flat_map(|one| Warning::parse(&one.value()).collect::<Vec<_>>()).collect();
    let says = |texts: &[&str]| texts.iter().any(|text| warnings.iter().any(|one| one.text.eq_ignore_ascii_case(text)));
    // The number belongs into the text.
    let split: Vec<String> = warnings.iter().map(|one| format!("{} {}", one.code, one.text)).collect();
    let says_split = |texts: &[&str]| texts.iter().any(|text| split.iter().any(|one| one.eq_ignore_ascii_case(text)));
    let status = message.status().unwrap_or_default();
    let found = message.header(Name::Warning).map_or_else(|| "none".to_owned(), |value| value.trim().to_owned());
    let wanted = demand.wanted.join(" or ");
    let kept = match () {
        () if says(demand.wanted) => {
            judge.pass(statement);
            true
        }
        () if says_split(demand.wanted) => {
            let what = format!("Warning of the {status} has the number of its text as code: {found}");
            judge.remark(statement, Severity::Note, place, what);
            true
        }
        () if says(demand.tolerated) => {
            let what = format!("Warning of the {status} is {found}, where {wanted} was to be expected");
            judge.remark(statement, Severity::Note, place, what);
            true
        }
        () => {
            let what = format!("{status} without Warning \"{wanted}\" (got {found})");
            judge.fail(statement, place, what).severity(demand.severity).expected(wanted).found(found);
            false
        }
    };
    others.iter().for_each(|other| judge.same(other, kept));
}
