use super::supported::{Answers, judge_supported};
use crate::rules::invite::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};

rule! {
    /// ## What it checks
    /// In the descriptions of group sessions, who takes requests about the data of the group in one session description lists
    /// their type in all of them.
    ///
    /// ## Why it matters
    /// A type that is left out turns changes of subject, icon and roles off for this session.
    ///
    /// ## Example
    /// `a=accept-types:message/cpim` in the re-join of a client that has listed `application/vnd.oma.cpm-groupdata+xml`
    /// before: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.3, 5.2.1.4, 5.2.2, 5.2.3, 5.2.5, 5.2.6, 7.2.3
    ///
    /// That an end supports the type is known from its other descriptions, and from what it sends; where there are none,
    /// nothing is judged.
    pub CPM_SDP_ACCEPT_TYPES_GROUPDATA: Error = "cpm-sdp-accept-types-groupdata", ["5.2.1.1-14", "5.2.1.3-10.a", "5.2.1.4-10.a", "5.2.2-8.a.i", "5.2.3-11.a", "5.2.5-9.iii.2.b", "5.2.6-9", "7.2.3-8.a", "7.2.2-4.a.i.1"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let clauses = Clauses {
        ad_hoc: Some("5.2.1.1-14"),
        join_in: Some("5.2.1.3-10.a"),
        rejoin: Some("5.2.1.4-10.a"),
        extension: Some("5.2.3-11.a"),
        invitation: Some("7.2.3-8.a"),
        ..Clauses::NONE
    };
    let answers = Answers {
        of_client: "5.2.2-8.a.i",
        of_focus: "5.2.5-9.iii.2.b",
        to_rejoin: "5.2.6-9",
        to_change: "7.2.2-4.a.i.1",
    };
    judge_supported(case, judge, &case.profile.content_types.group_data, &clauses, &answers);
}
