use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity};
use crate::wire::xml::Text;

rule! {
    /// ## What it checks
    /// No element of a conference-info document over MSRP has the state `partial` or `deleted`.
    ///
    /// ## Why it matters
    /// Over MSRP each document is the whole state. A client does not merge, so what a partial element leaves out is lost.
    ///
    /// ## Example
    /// ```xml
    /// <user entity="tel:+4911" state="partial">      <!-- broken over MSRP -->
    /// <user entity="tel:+4911">
    /// ```
    ///
    /// ## Source
    /// OMA CPM 9.2.14.3; RFC 4575 §4.4. The attribute on the root and on `users` is left to cpm-cinfo-msrp-no-state; `full`, which is
    /// the default, is a note.
    pub CPM_CINFO_MSRP_NO_PARTIAL: Error = "cpm-cinfo-msrp-no-partial", ["9.2.14.3-m-0.s5"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let id = "9.2.14.3-m-0.s5";
    for document in case.documents().iter().filter(|document| !document.is_notify()) {
        let Ok(info) = &document.info else { continue };
        let mut states: Vec<(&str, &Text)> = Vec::new();
        if let Some(description) = &info.description {
            let lists = [("conf-uris", &description.conf_uris), ("service-uris", &description.service_uris)];
            states.extend(lists.into_iter().filter_map(|(name, list)| Some((name, list.as_ref()?.state.as_ref()?))));
        }
        for user in info.users.iter().flat_map(|users| &users.users) {
            states.extend(user.state.as_ref().map(|state| ("user", state)));
            states.extend(user.endpoints.iter().filter_map(|one| Some(("endpoint", one.state.as_ref()?))));
        }
        let is_kept = states.iter().all(|(_, state)| !matches!(state.as_str().trim(), "partial" | "deleted"));
        if is_kept {
            judge.pass(id);
        }
        for (name, state) in states {
            let place = document.at(&state.range);
            match state.as_str().trim() {
                value @ ("partial" | "deleted") => {
                    judge.fail(id, place, format!("partial notification over MSRP: {name} has state={value}"));
                }
                "full" => {
                    judge.remark(id, Severity::Note, place, format!("{name} over MSRP has state=full"));
                }
                _ => {}
            }
        }
    }
}
