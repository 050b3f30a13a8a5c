//! What the targets `sip` and `msrp` share: cutting a stream that comes in pieces.

use rcshark::wire::cut::Cut;

/// A piece of the stream: where it ends, and of a message whether its end was missing.
#[derive(Debug, PartialEq)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    pub incomplete: bool,
}

/// Cuts `stream`, of which each call of `step` says how many more bytes arrive, and gives the messages. All other bytes
/// must have been skipped or be keep-alives.
pub fn messages<S, Scan: Default>(
    stream: &[u8],
    mut step: impl FnMut() -> usize,
    cut: fn(&[u8], &mut Scan, bool) -> Cut<S>,
) -> Vec<Found> {
    let (mut start, mut arrived, mut scan, mut found) = (0, 0, Scan::default(), Vec::new());
    loop {
        let at_end = arrived == stream.len();
        while start < arrived {
            let len = match cut(&stream[start..arrived], &mut scan, at_end) {
                Cut::Message { len, incomplete, .. } => {
                    found.push(Found { start, end: start + len, incomplete });
                    len
                }
                Cut::KeepAlive { len } | Cut::Skip { len, .. } => len,
                Cut::NeedMore => break,
            };
            assert!(len > 0 && len <= arrived - start, "{len} bytes of {}", arrived - start);
            start += len;
            scan = Scan::default();
        }
        if at_end {
            assert_eq!(start, stream.len(), "bytes left over at the end");
            return found;
        }
        arrived = (arrived + step().max(1)).min(stream.len());
    }
}

/// Steps of 1 to 64 bytes that depend on `seed` only.
pub fn steps(seed: u8) -> impl FnMut() -> usize {
    let mut state = u32::from(seed) | 1 << 8;
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let widest = [1, 3, 16, 64][usize::from(seed & 3)];
        1 + (state >> 16) as usize % widest
    }
}
