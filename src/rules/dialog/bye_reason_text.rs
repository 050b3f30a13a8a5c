use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place, Severity};
use crate::session::Direction;
use crate::wire::reason::Reason;
use crate::wire::sip::Name;
use crate::wire::uri::split_values;

rule! {
    /// ## What it checks
    /// The text in the Reason of a BYE is one quoted string, if there is one at all.
    ///
    /// ## Why it matters
    /// A parser that stops at the text does not see the cause either.
    ///
    /// ## Example
    /// `Reason: SIP;cause=480;text=Bearer unavailable`: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.2, 5.2.3.3, 5.2.4; RFC 3326 §2
    pub CPM_BYE_REASON_TEXT: Note = "cpm-bye-reason-text", ["5.2.3.2-2.a.B.i", "5.2.3.2-2.a.B.ii", "5.2.3.3-2.b.i", "5.2.3.3-2.b.ii", "5.2.3.3-2.b.iii", "5.2.4-2.a.i.a-text"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for (_, leg) in case.legs().filter(|_| case.is_group()) {
        let Some((bye, _)) = leg.ended.filter(|_| leg.direction != Direction::Unknown) else { continue };
        let Some(message) = case.sip(bye).filter(|message| message.method() == Some("BYE")) else { continue };
        if case.messages()[bye].incomplete {
            continue;
        }
        let by_client = leg.ended_by() == Some("client");
        for field in message.all(Name::Reason) {
            let text = field.value();
            for value in split_values(&text) {
                let cause = Reason::parse(value).next().and_then(|reason| reason.sip_status());
                let statement = match (by_client, cause) {
                    (true, Some(200)) => "5.2.3.2-2.a.B.i",
                    (true, Some(503)) => "5.2.3.2-2.a.B.ii",
                    (false, Some(200)) => "5.2.3.3-2.b.i",
                    (false, Some(410)) => "5.2.3.3-2.b.ii",
                    (false, Some(480)) => "5.2.3.3-2.b.iii",
                    _ => continue,
                };
                if let Some(what) = wrong(value) {
                    let place = Place { message: bye, range: Some(field.span.value.range()) };
                    judge.remark(
                        statement,
                        Severity::Note,
                        place,
                        format!("the text of the Reason is {what}: {value}"),
                    );
                } else {
                    judge.pass(statement);
                    if !by_client && cause == Some(200) {
                        judge.pass("5.2.4-2.a.i.a-text");
                    }
                }
            }
        }
    }
}

/// What is wrong with the `text` of a value.
fn wrong(value: &str) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    let mut texts = lower.match_indices("text").filter(|(at, _)| {
        let before = lower[..*at].trim_end();
        let after = lower[at + "text".len()..].trim_start();
        before.ends_with(';') && before.matches('"').count().is_multiple_of(2) && after.starts_with('=')
    });
    let (at, _) = texts.next()?;
    if texts.next().is_some() {
        return Some("there twice");
    }
    let text = lower[at..].split_once('=').map_or("", |(_, text)| text.trim());
    let inner = text.strip_prefix('"');
    match inner {
        None => Some("not quoted"),
        Some(inner) if !inner.contains('"') => Some("not terminated"),
        Some(_) => None,
    }
}
