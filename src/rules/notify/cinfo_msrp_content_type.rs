use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::conference_info::MEDIA_TYPE;
use crate::wire::media_type::MediaType;

rule! {
    /// ## What it checks
    /// A conference-info document over MSRP is sent as `application/conference-info+xml`, directly or as a part of a multipart.
    ///
    /// ## Why it matters
    /// A client takes what comes in an envelope of CPIM, or as plain XML, for a message of a user.
    ///
    /// ## Example
    /// ```text
    /// Content-Type: message/cpim                            <!-- broken: with the document inside -->
    /// Content-Type: application/conference-info+xml
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4975 §7.1. Parameters and case do not matter.
    pub CPM_CINFO_MSRP_CONTENT_TYPE: Error = "cpm-cinfo-msrp-content-type", ["9.2.14.3-m-0.s3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "9.2.14.3-m-0.s3";
    for document in case.documents().iter().filter(|document| !document.is_notify()) {
        let Some(found) = document.notification.content_type(&case.sessions().msrp, case.messages()) else { continue };
        let kind = MediaType::parse(&found);
        let is_right = kind.essence().eq_ignore_ascii_case(MEDIA_TYPE) || kind.is_multipart();
        let message = || format!("conference-info over MSRP under Content-Type {found}");
        if let Some(finding) = judge.expect(statement, is_right, document.message, message) {
            finding.expected(MEDIA_TYPE).found(&*found);
        }
    }
}
