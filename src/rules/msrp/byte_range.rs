use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Place};
use crate::wire::MessageId;
use crate::wire::text::is_name;

rule! {
    /// ## What it checks
    /// The `Byte-Range` of a chunk agrees with its body: the end is start plus length minus one, and not beyond the total.
    ///
    /// ## Why it matters
    /// Who puts the chunks together by their ranges gets a message with holes, or none at all.
    ///
    /// ## Example
    /// `Byte-Range: 1-10/10` on a body of 12 bytes: broken.
    ///
    /// ## Source
    /// RFC 4975 §7.1.1, §7.3.1
    pub MSRP_BYTE_RANGE: Error = "msrp-byte-range", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge<'_>) {
    for stream in case.streams() {
        for transfer in case.transfers(stream) {
            let actor = match stream.is_from_focus(transfer) {
                Some(true) => Actor::ControllingFunction,
                Some(false) => Actor::Client,
                None => Actor::Unknown,
            };
            let mut total_before: Option<u64> = None;
            for id in transfer.chunks() {
                let whole = &case.messages()[id];
                let Some(summary) = whole.msrp().filter(|_| !whole.incomplete) else { continue };
                let len = u64::from(summary.body.len);
                let Some(range) = case.msrp(id).and_then(|message| message.byte_range()) else { continue };
                let end = range.start.saturating_add(len).saturating_sub(1);
                let mut complain = |what: String, expected: String| {
                    judge.report(actor, place(case, id), what).expected(expected);
                };
                if range.end.is_some_and(|given| given != end) && len > 0 {
                    let given = range.end.unwrap_or_default();
                    complain(
                        format!("Byte-Range ends at {given}, but {len} bytes from {} on were sent", range.start),
                        end.to_string(),
                    );
                } else if range.total.is_some_and(|total| end > total) && len > 0 {
                    let total = range.total.unwrap_or_default();
                    complain(format!("chunk goes to byte {end} of {total}"), format!("at most {total}"));
                } else if range.start == 0 {
                    complain("Byte-Range starts at 0".to_owned(), "1 or more".to_owned());
                } else if let (Some(before), Some(total)) = (total_before, range.total)
                    && before != total
                {
                    complain(format!("the total of the Byte-Range went from {before} to {total}"), before.to_string());
                }
                total_before = total_before.or(range.total);
            }
        }
    }
}

/// The value of the Byte-Range header.
fn place(case: &Case<'_>, id: MessageId) -> Place {
    let message = case.msrp(id);
    let spans = message.iter().flat_map(|message| message.header_spans().iter().map(move |span| (message.raw(), span)));
    let found = spans.into_iter().find(|(raw, span)| is_name(span.name.of(raw), "Byte-Range"));
    Place { message: id, range: found.map(|(_, span)| span.value.range()) }
}
