use super::invitation::Purpose;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::find_body;
use crate::wire::media_type::MediaType;
use crate::wire::resource_lists;
use crate::wire::sip::Name;

rule! {
    /// ## What it checks
    /// The INVITE that extends a 1-1 session has a multipart/mixed body with SDP and the list of recipients.
    ///
    /// ## Why it matters
    /// The focus does not find whom to invite.
    ///
    /// ## Example
    /// `Content-Type: multipart/related;boundary=b1`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3; RFC 2046 §5.1, RFC 5366
    /// The clause asks for it here only, though other INVITEs with a list have two bodies as well.
    pub CPM_INVITE_CONTENT_TYPE_MULTIPART: Error = "cpm-invite-content-type-multipart", ["5.2.3-9"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3-9";
    for one in case.invitations().iter().filter(|one| one.purpose == Purpose::Extension) {
        let found = one.value(Name::ContentType).unwrap_or_default();
        let is_mixed = MediaType::parse(&found).is("multipart/mixed");
        let has = |essence: &str| find_body(&one.message, essence).is_some();
        let is_right = is_mixed && has("application/sdp") && has(resource_lists::MEDIA_TYPE);
        let message =
            || format!("INVITE Content-Type is {found}, expected multipart/mixed with SDP and recipient list");
        judge.expect(statement, is_right, one.place(Name::ContentType), message);
    }
}
