use super::supported::{Answers, judge_supported};
use crate::rules::invite::invitation::Clauses;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::conference_info;

rule! {
    /// ## What it checks
    /// In the descriptions of group sessions, who takes conference-info over MSRP in one session description lists it in all
    /// of them.
    ///
    /// ## Why it matters
    /// Nothing but the lists of both sides decides how participants are told of the group: a type that is left out turns it
    /// off for this session.
    ///
    /// ## Example
    /// `a=accept-types:message/cpim` in the re-join of a client that has listed `application/conference-info+xml` before:
    /// broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.1.1, 5.2.1.3, 5.2.1.4, 5.2.2, 5.2.3, 5.2.5, 5.2.6, 7.2.3
    ///
    /// That an end supports the type is known from its other descriptions, and from what it sends; where there are none,
    /// nothing is judged.
    pub CPM_SDP_ACCEPT_TYPES_CINFO: Error = "cpm-sdp-accept-types-cinfo", ["5.2.1.1-15", "5.2.1.3-10.b", "5.2.1.4-10.b", "5.2.2-8.a.ii", "5.2.3-11.b", "5.2.5-9.iii.2.c", "5.2.6-10", "7.2.3-8.b", "7.2.2-4.a.i.2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let clauses = Clauses {
        ad_hoc: Some("5.2.1.1-15"),
        join_in: Some("5.2.1.3-10.b"),
        rejoin: Some("5.2.1.4-10.b"),
        extension: Some("5.2.3-11.b"),
        invitation: Some("7.2.3-8.b"),
        ..Clauses::NONE
    };
    let answers = Answers {
        of_client: "5.2.2-8.a.ii",
        of_focus: "5.2.5-9.iii.2.c",
        to_rejoin: "5.2.6-10",
        to_change: "7.2.2-4.a.i.2",
    };
    judge_supported(case, judge, conference_info::MEDIA_TYPE, &clauses, &answers);
}
