//! What could not be read, and where: every layer notes its problems in this one form.

use super::FrameId;

/// Something that could not be read, or was read only in part. Never an error: the analysis goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    /// The frame it was noticed at, if it was at one.
    pub frame: Option<FrameId>,
    /// How many bytes are concerned; 0 when not known.
    pub bytes: u64,
    /// One sentence for the user, with the place (file offset, flow, stream byte) in it.
    pub detail: String,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// The kinds of problems; [`ProblemKind::as_str`] is the `kind` of the JSON document.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemKind { $($(#[$doc])* $kind,)* }

        impl ProblemKind {
            pub const ALL: &[ProblemKind] = &[$(ProblemKind::$kind,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(ProblemKind::$kind => $name,)* }
            }
        }
    };
}

kinds! {
    /// The capture file ends inside a block or record.
    TruncatedFile = "truncated-file",
    /// A block or record of the capture file makes no sense.
    DamagedFile = "damaged-file",
    /// A file in a folder that holds packets in a format rcshark does not read.
    UnreadFile = "unread-file",
    /// A capture filter that makes no sense for one of the link types.
    FilterFailed = "filter-failed",
    /// A link type that is not decoded.
    UnknownLinkType = "unknown-link-type",
    /// A frame that ends inside a header, or whose headers contradict each other.
    DamagedPacket = "damaged-packet",
    /// The capturing system could not keep up: packets of an interface are missing.
    PacketsDropped = "packets-dropped",
    /// The capture kept only the beginning of a frame (snaplen).
    CutFrame = "cut-frame",
    /// Fragments of an IP datagram are missing.
    IpFragmentMissing = "ip-fragment-missing",
    /// Fragments of an IP datagram overlap with different bytes.
    IpFragmentConflict = "ip-fragment-conflict",
    /// Bytes of a TCP stream that were never captured.
    TcpGap = "tcp-gap",
    /// A retransmission that carries other bytes than the first copy.
    TcpConflict = "tcp-conflict",
    /// Bytes in a SIP stream or datagram that are no SIP message.
    SipUnread = "sip-unread",
    /// A SIP message whose end or body was not captured.
    SipIncomplete = "sip-incomplete",
    /// Bytes in an MSRP stream that are no MSRP message.
    MsrpUnread = "msrp-unread",
    /// An MSRP message whose end was not captured.
    MsrpIncomplete = "msrp-incomplete",
    /// An encrypted stream without a key.
    Encrypted = "encrypted",
    /// Legs that share a key but were not joined.
    JoinRefused = "join-refused",
    /// A limit of rcshark was hit.
    Limit = "limit",
}

/// How many problems of one kind are kept with their details; a hostile capture can cause one per byte.
pub const MAX_PROBLEMS_PER_KIND: usize = 1_000;

/// A list of problems that cannot grow without bound: beyond [`MAX_PROBLEMS_PER_KIND`] only counts are kept.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
    /// Per kind: how many were noted, and the bytes of those beyond the limit.
    seen: Vec<(usize, u64)>,
}

impl Problems {
    pub fn note(&mut self, kind: ProblemKind, frame: Option<FrameId>, bytes: u64, detail: impl FnOnce() -> String) {
        self.seen.resize(ProblemKind::ALL.len(), (0, 0));
        let (count, bytes_beyond) = &mut self.seen[kind as usize];
        *count += 1;
        if *count <= MAX_PROBLEMS_PER_KIND {
            self.list.push(Problem { kind, frame, bytes, detail: detail() });
        } else {
            *bytes_beyond += bytes;
        }
    }

    /// Adds what another list holds.
    pub fn append(&mut self, other: Problems) {
        let beyond = other
            .seen
            .iter()
            .map(|&(count, bytes)| (count.saturating_sub(MAX_PROBLEMS_PER_KIND), bytes))
            .collect::<Vec<_>>();
        for problem in other.list {
            self.note(problem.kind, problem.frame, problem.bytes, || problem.detail);
        }
        self.seen.resize(ProblemKind::ALL.len(), (0, 0));
        for (mine, (count, bytes)) in self.seen.iter_mut().zip(beyond) {
            mine.0 += count;
            mine.1 += bytes;
        }
    }

    /// The problems that are kept, as they were noted.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.list.iter()
    }

    /// Was anything noted that means that packets, or the ends of packets, are missing from the capture?
    pub fn tell_of_missing_packets(&self) -> bool {
        use ProblemKind::{CutFrame, IpFragmentMissing, MsrpIncomplete, PacketsDropped, SipIncomplete, TcpGap};
        let missing = [PacketsDropped, CutFrame, IpFragmentMissing, TcpGap, SipIncomplete, MsrpIncomplete];
        self.list.iter().any(|problem| missing.contains(&problem.kind))
    }

    /// The problems in frame order, and one more per kind that says how many were left out.
    pub fn finish(mut self) -> Vec<Problem> {
        self.list.sort_by(|a, b| (a.frame, a.kind, &a.detail).cmp(&(b.frame, b.kind, &b.detail)));
        for (kind, &(count, bytes)) in ProblemKind::ALL.iter().zip(&self.seen) {
            if count > MAX_PROBLEMS_PER_KIND {
                let more = count - MAX_PROBLEMS_PER_KIND;
                self.list.push(Problem {
                    kind: *kind,
                    frame: None,
                    bytes,
                    detail: format!("and {more} more of this kind"),
                });
            }
        }
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_problems_is_counted_and_not_kept() {
        let mut problems = Problems::default();
        for i in 0..MAX_PROBLEMS_PER_KIND as u32 + 5 {
            problems.note(ProblemKind::TcpGap, Some(FrameId(i)), 10, || "gap".into());
        }
        let list = problems.finish();
        assert_eq!(list.len(), MAX_PROBLEMS_PER_KIND + 1);
        assert_eq!(list.last().map(|p| (p.bytes, p.detail.as_str())), Some((50, "and 5 more of this kind")));
    }
}
