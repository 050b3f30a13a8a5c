use super::object::{instant, objects, text};
use crate::capture::Time;
use crate::rules::rule::rule;
use crate::rules::{Case, Document, Judge};

rule! {
    /// ## What it checks
    /// `timestamp` of a group state object is an xs:dateTime with a zone, and the time at which the state was so: not after
    /// the object is delivered, and not before the NOTIFY that it was made from.
    ///
    /// ## Why it matters
    /// Of several objects the client takes the latest; without time it cannot tell.
    ///
    /// ## Example
    /// `timestamp="2026-03-01T10:00:00"`: broken, no zone.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2.1
    ///
    /// Clocks may differ by five minutes. Where there were several NOTIFYs, only an object that is older than the first one
    /// is too early.
    pub CPM_STORE_GSO_TIMESTAMP: Error = "cpm-store-gso-timestamp", ["5.2.3.2.1-3.b"], check;
}

/// Clocks of the function and of the capture may differ by so much.
const ALLOWANCE_SECONDS: f64 = 300.0;

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.3.2.1-3.b";
    for object in objects(case) {
        let written = text(&object.state.timestamp);
        let range = object.state.timestamp.as_ref().map_or(&object.state.start_tag, |written| &written.range).clone();
        let seconds = |id| case.time(id).nanos_since(Time::default()) as f64 / 1e9;
        let difference = match (written, instant(&object.state.timestamp)) {
            (None, _) => Some("no timestamp".to_owned()),
            (Some(written), None) => Some(format!("timestamp {written} is no time with a zone")),
            (Some(written), Some(at)) => {
                let at = at.as_second() as f64;
                let first = case
                    .documents()
                    .iter()
                    .find(|one| one.is_notify() && one.to() == object.source.and_then(Document::to));
                let is_early = first.is_some_and(|first| at < seconds(first.message) - ALLOWANCE_SECONDS);
                let is_late = at > seconds(object.id) + ALLOWANCE_SECONDS;
                (is_early || is_late).then(|| format!("timestamp {written} is not when the state was so"))
            }
        };
        let Some(message) = difference else {
            judge.pass(statement);
            continue;
        };
        judge.fail(statement, object.at(&range), format!("the group state object for {}: {message}", object.user));
    }
}
