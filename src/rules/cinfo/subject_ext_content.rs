use super::lexical::{is_absolute_uri, is_date_time, is_in_the_future};
use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::xml::Extra;

rule! {
    /// ## What it checks
    /// A `subject-ext` says when the subject was changed (`timestamp`) and by whom (`participant`), each once. A time that is no
    /// xs:dateTime or lies in the future, and a participant that is no URI, are warnings.
    ///
    /// ## Why it matters
    /// A client shows both, and keeps the newer one of two subjects.
    ///
    /// ## Example
    /// ```xml
    /// <subject-ext><participant>sip:alice@example.net</participant></subject-ext>     <!-- no timestamp: broken -->
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3 (Appendix P.2)
    ///
    /// The appendix with the types is not at hand: the form of the values gives warnings only.
    pub CPM_CINFO_SUBJECT_EXT_CONTENT: Error = "cpm-cinfo-subject-ext-content", ["9.2.14.3-n-7.b.s2", "9.2.14.3-m-a.iv.b2.s2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents().iter().filter(|document| !document.is_broken()) {
        let Some(description) = document.info.as_ref().ok().and_then(|info| info.description.as_ref()) else {
            continue;
        };
        let Some(ext) = &description.subject_ext else { continue };
        let statement = document.pick("9.2.14.3-n-7.b.s2", "9.2.14.3-m-a.iv.b2.s2");
        let again = |extras: &[Extra], names: &[&str]| {
            extras.iter().find(|extra| !extra.attribute && names.contains(&extra.name.as_str())).cloned()
        };
        let twice =
            again(&ext.extras, &["participant", "timestamp"]).or_else(|| again(&description.extras, &["subject-ext"]));
        let missing = [("participant", &ext.participant), ("timestamp", &ext.timestamp)]
            .into_iter()
            .find(|(_, text)| text.as_ref().is_none_or(|text| text.value.is_empty()));
        if let Some((name, _)) = missing {
            judge.fail(statement, document.at(&ext.range), format!("subject-ext without {name}"));
        } else if let Some(twice) = twice {
            judge.fail(statement, document.at(&twice.range), format!("{} is there again", twice.name));
        } else {
            judge.pass(statement);
        }
        let stamp = ext.timestamp.as_ref().filter(|stamp| !stamp.value.is_empty());
        let author = ext.participant.as_ref().filter(|author| !author.value.is_empty());
        if let Some(stamp) = stamp {
            let wrong = if !is_date_time(stamp.as_str()) {
                Some("is no xs:dateTime")
            } else if is_in_the_future(case, document.message, stamp.as_str()) {
                Some("is later than the document")
            } else {
                None
            };
            if let Some(wrong) = wrong {
                let message = format!("timestamp {:?} of subject-ext {wrong}", stamp.value);
                judge.remark(statement, Severity::Warning, document.at(&stamp.range), message);
            }
        }
        if let Some(author) = author.filter(|author| !is_absolute_uri(author.as_str())) {
            let message = format!("participant {:?} of subject-ext is no URI", author.value);
            judge.remark(statement, Severity::Warning, document.at(&author.range), message);
        }
    }
}
