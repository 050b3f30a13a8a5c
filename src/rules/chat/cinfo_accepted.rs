use crate::rules::look::{is_kind, is_of_kind};
use crate::rules::msrp::unanswered::unanswered;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::MsrpMedia;
use crate::wire::conference_info;

rule! {
    /// ## What it checks
    /// A client that lists conference-info in its `a=accept-types` answers the documents that it is sent with 200.
    ///
    /// ## Why it matters
    /// A focus that is refused stops telling the client who is in the group.
    ///
    /// ## Example
    /// `SEND` with `application/conference-info+xml`, answered with 415: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1
    pub CPM_CINFO_MSRP_ACCEPTED: Error = "cpm-cinfo-msrp-accepted", ["5.2.3.1-8.a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.1-8.a";
    let is_it = |kind: &str| is_kind(kind, conference_info::MEDIA_TYPE);
    let lists = |media: &MsrpMedia| media.accept_types.iter().any(|kind| is_it(kind));
    for stream in case.streams().iter().filter(|_| case.is_group()) {
        let media = &stream.leg.media;
        let own = if stream.leg.participant_is_caller() { &media.caller } else { &media.callee };
        if !own.as_ref().is_some_and(lists) {
            continue;
        }
        let who = stream.participant.map_or("a participant", |participant| case.uri(participant));
        for one in unanswered(case, stream, true) {
            let is_document = one.message.header("Content-Type").is_some_and(|kind| is_it(&kind));
            if is_document && one.is_certain {
                judge
                    .fail(statement, one.id, format!("{who} did not answer a conference-info document"))
                    .expected("200");
            }
        }
        for transfer in case.transfers(stream).filter(|transfer| stream.is_from_focus(transfer) == Some(true)) {
            let Some((response, status)) =
                transfer.response.filter(|_| is_of_kind(case, transfer, conference_info::MEDIA_TYPE))
            else {
                continue;
            };
            if stream.leg.ended.is_some_and(|(bye, _)| bye <= response) {
                continue;
            }
            let what = || format!("{who} answered a conference-info document with {status}");
            let finding = judge.expect(statement, status < 300, response, what);
            finding.into_iter().for_each(|finding| _ = finding.expected("200").also(transfer.first));
        }
    }
}
