use crate::rules::rule::rule;
use crate::rules::{Case, Judge, Severity, Stream};
use crate::session::Transfer;

rule! {
    /// ## What it checks
    /// No chunk is larger than the network allows, and no message than its receiver takes.
    ///
    /// ## Why it matters
    /// A large chunk blocks the connection for everything else, a message that is too large is refused.
    ///
    /// ## Example
    /// `maximum-chunk-size = 2048` in the profile, and a SEND with 4000 bytes: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.3.1, 5.2.4, 5.2.6.1; RFC 4975 §7.1.1, §8.6
    ///
    /// The attribute that negotiates the size is not in the specification: the profile sets `maximum-chunk-size`; without it no chunk is too large. A
    /// message beyond `a=max-size` of the receiver is a warning.
    pub CPM_MSRP_CHUNK_SIZE: Error = "cpm-msrp-chunk-size", ["5.2.3.1-6", "5.2.4-1-chunk", "5.2.6.1-rx-2.c.s3"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for stream in case.streams().iter().filter(|_| case.is_group()) {
        let limits = [&stream.leg.media.caller, &stream.leg.media.callee].map(|media| media.as_ref()?.max_size_bytes);
        if case.profile.maximum_chunk_size.is_none() && limits == [None, None] {
            continue;
        }
        for transfer in case.transfers(stream) {
            let Some(from_focus) = stream.is_from_focus(transfer) else { continue };
            let from_caller = stream.caller_end.map(|end| (end == 0) == transfer.from_first_end);
            let limit = from_caller.and_then(|from_caller| limits[usize::from(from_caller)]);
            judge_transfer(case, judge, transfer, from_focus, limit, stream);
        }
    }
}

fn judge_transfer(
    case: &Case<'_>,
    judge: &mut Judge,
    transfer: &Transfer,
    from_focus: bool,
    max_size: Option<u64>,
    stream: &Stream<'_>,
) {
    let statement = if from_focus { "5.2.6.1-rx-2.c.s3" } else { "5.2.3.1-6" };
    let mut total = 0;
    for id in transfer.chunks() {
        let Some(summary) = case.messages()[id].msrp() else { continue };
        let len = summary.body.range().len() as u64;
        total += len;
        let Some(most) = case.profile.maximum_chunk_size else { continue };
        let kept = len <= most;
        let message = || format!("chunk of {len} bytes exceeds the agreed {most}");
        judge.expect(statement, kept, id, message);
        if from_focus {
            judge.same("5.2.4-1-chunk", kept);
        }
    }
    if let Some(most) = max_size.filter(|most| total > *most) {
        let who = stream.participant.map_or("the other side", |who| case.uri(who));
        let to = if from_focus { who } else { "the focus" };
        let message = format!("message of {total} bytes exceeds the a=max-size {most} of {to}");
        judge.remark(statement, Severity::Warning, transfer.first, message);
    }
}
