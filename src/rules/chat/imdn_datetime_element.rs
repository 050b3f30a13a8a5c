use super::body::Body;
use super::dated::is_of_function;
use crate::rules::cinfo::lexical::is_date_time;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// Behind the participating function of its sender, every notification has one `datetime`, of RFC 3339.
    ///
    /// ## Why it matters
    /// It tells when the message was read.
    ///
    /// ## Example
    /// `<imdn>` without `<datetime>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2; RFC 5438 §11.1.2
    pub CPM_MSRP_IMDN_DATETIME_ELEMENT: Error = "cpm-msrp-imdn-datetime-element", ["5.2-11.c"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2-11.c";
    // Notifications are read as bytes: there are as many of them as messages.
    let all = case.timeline.messages.iter().flat_map(|message| &message.copies);
    if case.is_group() && all.clone().any(|copy| copy.delivered.is_some()) {
        judge.pass(statement);
    }
    for sent in case.glance().untimed.iter().filter(|sent| is_of_function(case, sent)) {
        let Some(body) = Body::of(case, *sent) else { continue };
        let Ok(message) = cpim::parse(&body.body) else { continue };
        let document = String::from_utf8_lossy(message.body()).into_owned();
        let value = document.split_once("<datetime>").and_then(|(_, rest)| rest.split_once("</datetime>"));
        let what = match value {
            None if document.contains(":datetime>") => continue,
            None => "no datetime".to_owned(),
            Some((value, _)) if is_date_time(value.trim()) => continue,
            Some((value, _)) => format!("the datetime {value:?}"),
        };
        judge.fail(statement, body.first(), format!("a notification has {what}"));
    }
}
