use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::wire::conference_info::NAMESPACE;
use crate::wire::defect::Oddity;
use crate::wire::xml::XmlError;

rule! {
    /// ## What it checks
    /// A conference-info body is well-formed XML, and its root is `conference-info` in the namespace of RFC 4575.
    ///
    /// ## Why it matters
    /// A client that compares names by namespace finds nothing it knows in any other document: the list of participants stays
    /// empty or stale, without an error message anywhere.
    ///
    /// ## Example
    /// ```xml
    /// <conference-info entity="sip:conf-1@focus.example">            <!-- no xmlns: broken -->
    /// <conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:conf-1@focus.example">
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.1, §4.2, §5.2
    pub CPM_CINFO_ROOT: Error = "cpm-cinfo-root", ["9.2.14.3-n-3", "9.2.14.3-m-a"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for document in case.documents() {
        let statement = document.pick("9.2.14.3-n-3", "9.2.14.3-m-a");
        match &document.info {
            Err(XmlError::OtherRoot { namespace, name, .. }) => {
                judge
                    .fail(
                        statement,
                        document.message,
                        format!("the root of the conference-info is {{{namespace}}}{name}"),
                    )
                    .expected(format!("{{{NAMESPACE}}}conference-info"));
            }
            Err(error) => {
                judge.fail(statement, document.message, format!("body is not a conference-info document: {error}"));
            }
            Ok(info) => {
                let broken =
                    [Oddity::NotWellFormed, Oddity::UnclosedElement, Oddity::SecondRoot, Oddity::TextOutsideRoot];
                let defect = info.defects.iter().find(|defect| broken.contains(&defect.what));
                if info.defects.has(Oddity::NamespaceMissing) {
                    judge
                        .fail(statement, document.at_root(), "the root of the conference-info is in no namespace")
                        .expected(format!("xmlns=\"{NAMESPACE}\""));
                } else if let Some(defect) = defect {
                    judge.fail(
                        statement,
                        document.at(&defect.range),
                        format!("conference-info with {}", defect.what.as_str()),
                    );
                } else {
                    judge.pass(statement);
                }
            }
        }
    }
}
