use super::body::imdns;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::defect::Oddity;
use crate::wire::imdn;
use crate::wire::xml::Extra;

rule! {
    /// ## What it checks
    /// A notification is a well-formed `imdn` document of RFC 5438 with a message-id and one notification with a status.
    ///
    /// ## Why it matters
    /// The sender does not learn what became of its message.
    ///
    /// ## Example
    /// `<imdn><message-id>34jk</message-id></imdn>` without namespace: broken.
    ///
    /// ## Source
    /// RFC 5438 §11.1
    /// Elements of other vocabularies are allowed, such as those for interworking.
    pub IMDN_XML: Error = "imdn-xml", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (one, content) in imdns(case) {
        let start = content.start;
        let message = match imdn::parse(&one.body[content]) {
            Ok(message) => message,
            Err(error) => {
                judge.report(one.actor, one.first(), format!("notification cannot be read: {error}"));
                continue;
            }
        };
        let broken = [
            Oddity::NotWellFormed,
            Oddity::UnclosedElement,
            Oddity::SecondRoot,
            Oddity::TextOutsideRoot,
            Oddity::NamespaceMissing,
        ];
        let is_known = |extra: &&Extra| extra.namespace.as_deref() == Some(imdn::NAMESPACE);
        let kinds = ["delivery-notification", "processing-notification", "display-notification"];
        let second = message.extras.iter().filter(is_known).find(|extra| kinds.contains(&extra.name.as_str()));
        let is_foreign = message.extras.iter().any(|extra| extra.name.ends_with("-notification"));
        let defect = message.defects.iter().find(|defect| broken.contains(&defect.what));
        let what = match (&message.message_id, &message.notification) {
            _ if defect.is_some() => {
                let (what, range) =
                    defect.map(|defect| (defect.what.as_str(), defect.range.clone())).unwrap_or_default();
                let place = one.place(case, start + range.start..start + range.end);
                judge.report(one.actor, place, format!("notification with {what}"));
                continue;
            }
            (None, _) => "notification has no message-id",
            (_, None) if !is_foreign => "notification says neither delivery, processing nor display",
            _ if second.is_some() => "notification says two things",
            (_, Some(told)) if told.status.is_none() && told.extras.is_empty() => "notification has no status",
            (_, Some(told)) if told.extras.iter().any(|extra| is_known(&extra)) => {
                "notification has a status that RFC 5438 does not know"
            }
            _ => continue,
        };
        judge.report(one.actor, one.first(), what);
    }
}
