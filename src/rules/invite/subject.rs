use super::invitation::{Clauses, Purpose, added_by, originating};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// A Subject stands once in an INVITE, is not empty, and is the same in the invitations as in the INVITE that makes the group.
    ///
    /// ## Why it matters
    /// Clients show it as the name of the group.
    ///
    /// ## Example
    /// Two Subject headers: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 7.2.3
    /// It may be left out. Who was added later is invited with the subject of that time.
    pub CPM_INVITE_SUBJECT: Note = "cpm-invite-subject", ["5.2.1.1-8", "7.2.3-13"], check;
}

const CLAUSES: Clauses = Clauses { ad_hoc: Some("5.2.1.1-8"), invitation: Some("7.2.3-13"), ..Clauses::NONE };

fn check(case: &Case<'_>, judge: &mut Judge) {
    let all = case.invitations();
    for one in all {
        let Some(statement) = CLAUSES.statement(one.purpose) else { continue };
        let values = one.values(Name::Subject);
        let place = one.place(Name::Subject);
        match values.as_slice() {
            [] => judge.pass(statement),
            [value] if !value.is_empty() => {
                let origin = originating(all, one.id).filter(|origin| {
                    one.is_from_focus() && origin.purpose != Purpose::PreDefined && added_by(case, one).is_none()
                });
                let wanted = origin.and_then(|origin| origin.value(Name::Subject));
                match wanted.filter(|wanted| wanted != value && case.timeline.group_data.is_empty()) {
                    None => judge.pass(statement),
                    Some(wanted) => {
                        let message = format!(
                            "INVITE to {} has another Subject than the INVITE that makes the group",
                            one.user()
                        );
                        judge.remark(statement, Severity::Note, place, message).expected(wanted).found(value);
                    }
                }
            }
            _ => {
                let message = format!("Subject header is repeated or empty: {}", values.join(", "));
                judge.remark(statement, Severity::Note, place, message);
            }
        }
    }
}
