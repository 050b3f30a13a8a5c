use crate::rules::invite::invitation::Clauses;
use crate::rules::look::is_of_type;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::MsrpMedia;
use crate::wire::media_type::is_essence;

rule! {
    /// ## What it checks
    /// A client asks for changes of the group's data only where both sides list their type, and takes what the focus answers.
    ///
    /// ## Why it matters
    /// A request that the focus does not know is refused, or passed on to everybody as a message.
    ///
    /// ## Example
    /// The focus does not list the type, and the client sends a request all the same: a warning.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.3, 5.2.1.4, 5.2.2, 5.2.3
    pub CPM_SDP_GROUPDATA_APPLICABLE: Warning = "cpm-sdp-groupdata-applicable", ["5.2.1.1-resp-2.b.i", "5.2.1.3-resp-e", "5.2.1.4-resp-c.i", "5.2.2-7.c", "5.2.3-resp-4", "5.2.5-9.iii.2.b.s2"], check;
}

const CLAUSES: Clauses = Clauses {
    pre_defined: None,
    invitation: Some("5.2.2-7.c"),
    ..Clauses::of_clients([
        "5.2.1.1-resp-2.b.i",
        "5.2.1.1-resp-2.b.i",
        "5.2.1.3-resp-e",
        "5.2.1.4-resp-c.i",
        "5.2.3-resp-4",
    ])
};

fn check(case: &Case<'_>, judge: &mut Judge) {
    let kind = &case.profile.content_types.group_data;
    let lists = |media: &MsrpMedia| media.accept_types.iter().any(|one| is_essence(one, kind));
    for one in case.invitations() {
        let (Some(statement), (Some(caller), Some(callee))) =
            (CLAUSES.statement(one.purpose), (&one.leg.media.caller, &one.leg.media.callee))
        else {
            continue;
        };
        let of_focus = if one.leg.participant_is_caller() { callee } else { caller };
        let streams = case.streams().iter().filter(|stream| stream.leg_index == one.leg_index);
        let mut wrong = streams
            .flat_map(|stream| case.transfers(stream).map(move |transfer| (stream, transfer)))
            .filter_map(|(stream, transfer)| {
                if !is_of_type(case, transfer, kind) {
                    return None;
                }
                match (stream.is_from_focus(transfer)?, transfer.response) {
                    (false, _) if !lists(of_focus) => {
                        Some((transfer.first, "asks for a change of the group's data, which the focus does not take"))
                    }
                    (true, Some((response, 415 | 501))) if lists(caller) && lists(callee) => {
                        Some((response, "refuses what the focus tells of the group's data"))
                    }
                    _ => None,
                }
            });
        match wrong.next() {
            Some((id, what)) => {
                judge.fail(statement, id, format!("{} {what}", one.user())).also(one.id);
            }
            None => {
                judge.pass(statement);
                judge.pass("5.2.5-9.iii.2.b.s2");
            }
        }
    }
}
