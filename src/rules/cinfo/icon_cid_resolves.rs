use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::media_type::MediaType;
use crate::wire::multipart;

rule! {
    /// ## What it checks
    /// The Content-ID in `file-info` is that of another part of the same message. One that is no image is a warning.
    ///
    /// ## Why it matters
    /// The client looks for the picture in the message, and shows none.
    ///
    /// ## Example
    /// `<file-info>cid:icon@example.net</file-info>` in a NOTIFY without multipart body: broken.
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3 (Appendix P.2); RFC 2392 §2
    ///
    /// The part on MSRP speaks of the body of a NOTIFY; the SEND is meant.
    pub CPM_CINFO_ICON_CID_RESOLVES: Error = "cpm-cinfo-icon-cid-resolves", ["9.2.14.3-n-7.f.ii.b2", "9.2.14.3-m-a.iv.b6.b.ii"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_broken()) {
        let Some(description) = document.info.as_ref().ok().and_then(|info| info.description.as_ref()) else {
            continue;
        };
        // Of two sources the rule on the choice says that they are two.
        let icon = description.icon.as_ref().filter(|icon| icon.icon_uri.is_none());
        let Some(file) = icon.and_then(|icon| icon.file_info.as_ref()) else { continue };
        if file.value.is_empty() {
            continue;
        }
        let statement = document.pick("9.2.14.3-n-7.f.ii.b2", "9.2.14.3-m-a.iv.b6.b.ii");
        let Some((content_type, body)) = document.notification.carrier(&case.sessions().msrp, case.messages()) else {
            continue;
        };
        let media_type = MediaType::parse(content_type);
        let parts = multipart::parse(&body, &media_type).ok().filter(|_| media_type.is_multipart());
        match parts.as_ref().and_then(|parts| parts.by_content_id(&file.value)) {
            None => {
                let message = format!("file-info {:?} is no part of the message", file.value);
                judge.fail(statement, document.at(&file.range), message);
            }
            Some(part) => {
                let kind = part.headers.content_type();
                let is_image =
                    kind.as_ref().is_some_and(|kind| kind.essence().to_ascii_lowercase().starts_with("image/"));
                if is_image {
                    judge.pass(statement);
                } else {
                    let message = format!("the part that file-info {:?} names is no image", file.value);
                    judge.remark(statement, Severity::Warning, document.at(&file.range), message);
                }
            }
        }
    }
}
