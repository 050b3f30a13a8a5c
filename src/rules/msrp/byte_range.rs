use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Place};
use crate::wire::MessageId;
use crate::wire::msrp::ByteRange;

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

fn check(case: &Case<'_>, judge: &mut Judge) {
    for sent in &case.glance().ranges {
        let actor = sent.sender(case);
        let mut total_before: Option<u64> = None;
        for id in sent.transfer.chunks() {
            let whole = &case.messages()[id];
            let Some(summary) = whole.msrp().filter(|_| !whole.incomplete) else { continue };
            let len = u64::from(summary.body.len);
            let Some(range) = ByteRange::of(summary.byte_range.of(case.messages().head(whole))) else {
                let Some(message) = case.msrp(id).filter(|message| message.byte_range().is_none()) else { continue };
                if let Some(value) = message.header("Byte-Range") {
                    judge.report(actor, place(case, id), format!("Byte-Range {value} is none")).expected("1-*/*");
                }
                continue;
            };
            let end = range.start.saturating_add(len).saturating_sub(1);
            let mut complain = |what: String, expected: String| {
                judge.report(actor, place(case, id), what).expected(expected);
            };
            match (range.end, range.total) {
                (Some(given), _) if given != end && len > 0 => {
                    let what = format!("Byte-Range ends at {given}, but {len} bytes from {} on were sent", range.start);
                    complain(what, end.to_string());
                }
                (_, Some(total)) if end > total && len > 0 => {
                    complain(format!("chunk goes to byte {end} of {total}"), format!("at most {total}"));
                }
                _ if range.start == 0 => complain("Byte-Range starts at 0".to_owned(), "1 or more".to_owned()),
                (_, Some(total)) if total_before.is_some_and(|before| before != total) => {
                    let before = total_before.unwrap_or_default();
                    let what = format!("the total of the Byte-Range went from {before} to {total}");
                    complain(what, before.to_string());
                }
                _ => {}
            }
            total_before = total_before.or(range.total);
        }
    }
}

fn place(case: &Case<'_>, id: MessageId) -> Place {
    case.msrp(id).map_or(id.into(), |message| Place::msrp_header(id, &message, "Byte-Range"))
}
