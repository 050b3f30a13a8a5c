//! Datagrams and streams → messages. Which protocol a stream speaks is told by its content and decided once; ports do not matter.

use std::mem;
use std::net::SocketAddr;

use hashbrown::HashSet;
use rayon::iter::{IntoParallelRefMutIterator, ParallelIterator};

use super::buffer::{Buffer, without_first};
use super::cut::Cut;
use super::message::{Kind, Message, Messages, Piece};
use super::message_list::{Blocks, MessageList, Stream};
use super::text::Part;
use super::{msrp, sip};
use crate::capture::{FrameId, ProblemKind, Problems, Segment, Span, Store, Time};
use crate::net::{Chunk, Consumer, Flow, Interest, StreamEvent, Transport};

/// How far a stream is searched for its first message. A stream entered in the middle may begin with the rest of a large MSRP
/// chunk; one seen from its start that does not begin with a message is soon given up.
const MAX_SEARCH_MID_STREAM_BYTES: u64 = 8 * 1024 * 1024;
const MAX_SEARCH_FROM_START_BYTES: u64 = 16 * 1024;

/// Gaps of a direction that are remembered until it is known what the stream speaks; it is soon known, if ever.
const MAX_LOST_UNDECIDED: usize = 16;

/// Heads that span frames are copied into blocks of this size, or one of their own when they are larger.
const ARENA_BLOCK_BYTES: usize = 256 * 1024;

/// Segments of a reader's own arena are numbered from here until they get their place in the store.
const ARENA_SEGMENT: u32 = 1 << 31;

/// Refused connections that one reader keeps: a scan of all ports causes one per port.
const MAX_REFUSED: usize = 1_000;

/// Reads the messages of one shard of flows.
#[derive(Default)]
pub struct Reader {
    messages: Blocks,
    pieces: Vec<Piece>,
    flows: Vec<Flow>,
    /// Directions of connections whose messages were not captured in the order of the stream.
    shuffled: HashSet<Stream>,
    arena: Vec<Vec<u8>>,
    /// Empty: the buffer of a direction that needs it no longer, for the next one.
    spare: Buffer,
    /// Connections that their server refused.
    refused: Vec<Flow>,
    problems: Problems,
}

/// What a flow speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Undecided,
    Sip,
    Msrp,
    /// TLS without a key.
    Encrypted,
    /// None of ours.
    Foreign,
}

/// What is kept per flow.
pub struct FlowState {
    protocol: Protocol,
    start_seen: bool,
    /// Index in [`Reader::flows`] once the flow has a message.
    index: Option<u32>,
    /// From the client, from the server.
    directions: [Direction; 2],
    encrypted_bytes: u64,
}

/// One direction of a TCP connection: the bytes that are not yet part of a message, and how far they were looked at.
#[derive(Default)]
struct Direction {
    buffer: Buffer,
    sip: sip::Scan,
    msrp: msrp::Scan,
    /// Bytes searched in vain for a first message, and where they begin.
    searched_bytes: u64,
    searched_from: Option<FrameId>,
    /// Bytes that the capture lost, and where, before it was known what the stream speaks.
    lost: Vec<(u64, FrameId)>,
    /// The latest place of a message so far.
    latest: Option<(Time, FrameId, u32)>,
    /// The other direction is known to be of no interest and this one, too.
    done: bool,
}

impl Consumer for Reader {
    type State = FlowState;

    fn open(&mut self, flow: &Flow) -> FlowState {
        FlowState {
            protocol: Protocol::Undecided,
            start_seen: flow.start_seen,
            index: None,
            directions: Default::default(),
            encrypted_bytes: 0,
        }
    }

    fn datagram(
        &mut self,
        flow: &Flow,
        state: &mut FlowState,
        from_client: bool,
        chunks: &[Chunk],
        len_bytes: u32,
        store: &Store,
    ) {
        let Some(first) = chunks.first() else { return };
        let (joined, data);
        if let [only] = chunks {
            data = store.bytes(only.span);
        } else {
            joined = chunks.iter().flat_map(|chunk| store.bytes(chunk.span)).copied().collect::<Vec<u8>>();
            data = &joined;
        }
        let blank = data.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | 0 | b' ')).count();
        if blank == data.len() {
            return;
        }
        let on_sip_port = flow.client.port() == SIP_PORT || flow.server.port() == SIP_PORT;
        let expected = state.protocol == Protocol::Sip || on_sip_port;
        let start = match sip::datagram(&data[blank..]) {
            Some(_) => blank,
            None if !expected || is_stun(data) => return,
            None => match sip::resynchronise(&data[blank..]) {
                Some(start) => {
                    let detail =
                        || format!("{start} bytes before the SIP message of a datagram, {}", ends(flow, from_client));
                    self.problems.note(ProblemKind::SipUnread, Some(first.frame), start as u64, detail);
                    blank + start
                }
                None => {
                    let detail = || format!("a datagram that is no SIP message, {}", ends(flow, from_client));
                    self.problems.note(ProblemKind::SipUnread, Some(first.frame), data.len() as u64, detail);
                    return;
                }
            },
        };
        let Some((summary, missing)) = sip::datagram(&data[start..]) else { return };
        state.protocol = Protocol::Sip;
        let cut = (len_bytes as usize).saturating_sub(data.len());
        if let Some(missing) = missing {
            let detail = || {
                let cause = if cut > 0 { "the capture cut the frame" } else { "Content-Length says more" };
                format!("{missing} bytes of a SIP body are not there: {cause}, {}", ends(flow, from_client))
            };
            self.problems.note(ProblemKind::SipIncomplete, Some(first.frame), missing as u64, detail);
        }
        let whole = [(0, *first)];
        let several = if chunks.len() > 1 { positions(chunks) } else { Vec::new() };
        let place = Place { flow, from_client, data, chunks: if several.is_empty() { &whole } else { &several } };
        self.emit(state, place, start..data.len(), Kind::Sip(summary), cut > 0);
    }

    fn stream(
        &mut self,
        flow: &Flow,
        state: &mut FlowState,
        from_client: bool,
        event: StreamEvent,
        store: &Store,
    ) -> Interest {
        match event {
            StreamEvent::Data(chunk) => self.data(flow, state, from_client, chunk, store),
            StreamEvent::Gap { bytes, frame } => self.gap(flow, state, from_client, bytes, frame, store),
            StreamEvent::End => self.flush(flow, state, from_client, store),
        }
        let direction = &mut state.directions[usize::from(!from_client)];
        match state.protocol {
            Protocol::Foreign => Interest::Done,
            _ if direction.done => Interest::Done,
            _ => Interest::More,
        }
    }

    fn close(&mut self, flow: &Flow, mut state: FlowState, store: &Store) {
        if flow.transport == Transport::Tcp {
            self.flush(flow, &mut state, true, store);
            self.flush(flow, &mut state, false, store);
        }
        if state.protocol == Protocol::Encrypted {
            let detail = || format!("TLS without a key, {}", ends(flow, true));
            self.problems.note(ProblemKind::Encrypted, Some(flow.first_frame), state.encrypted_bytes, detail);
        }
    }

    fn refused(&mut self, flow: &Flow) {
        if self.refused.len() < MAX_REFUSED {
            self.refused.push(*flow);
        }
    }

    fn problems(&mut self) -> &mut Problems {
        &mut self.problems
    }
}

const SIP_PORT: u16 = 5060;

/// Some bytes of a flow and where they came from.
struct Place<'a> {
    flow: &'a Flow,
    from_client: bool,
    data: &'a [u8],
    chunks: &'a [(usize, Chunk)],
}

impl Reader {
    fn data(&mut self, flow: &Flow, state: &mut FlowState, from_client: bool, chunk: Chunk, store: &Store) {
        let bytes = store.bytes(chunk.span);
        let side = usize::from(!from_client);
        match state.protocol {
            Protocol::Foreign => return,
            Protocol::Encrypted => {
                state.encrypted_bytes += bytes.len() as u64;
                return;
            }
            _ => {}
        }
        if state.directions[side].buffer.is_empty() {
            // The common case: whole messages in a segment are never copied.
            let whole = [(0, chunk)];
            let consumed = self.read(state, Place { flow, from_client, data: bytes, chunks: &whole }, false);
            let direction = &mut state.directions[side];
            if consumed < bytes.len() && !direction.done {
                direction.buffer = mem::take(&mut self.spare);
                direction.buffer.push(&bytes[consumed..], without_first(chunk, consumed));
            }
        } else {
            state.directions[side].buffer.push(bytes, chunk);
            self.read_buffer(flow, state, from_client, false);
        }
        // What one direction has just decided may free what waits in the other.
        if !state.directions[1 - side].buffer.is_empty() && state.protocol != Protocol::Undecided {
            self.read_buffer(flow, state, !from_client, false);
        }
    }

    fn gap(
        &mut self,
        flow: &Flow,
        state: &mut FlowState,
        from_client: bool,
        bytes: u64,
        frame: FrameId,
        store: &Store,
    ) {
        self.flush(flow, state, from_client, store);
        let lost = &mut state.directions[usize::from(!from_client)].lost;
        if lost.len() < MAX_LOST_UNDECIDED {
            lost.push((bytes, frame));
        }
        self.note_lost(flow, state);
        // What comes next may begin anywhere.
        state.start_seen = false;
    }

    /// Notes what was lost or passed over, once it is known that the flow is of interest.
    fn note_lost(&mut self, flow: &Flow, state: &mut FlowState) {
        let unread = match state.protocol {
            Protocol::Undecided | Protocol::Encrypted | Protocol::Foreign => return,
            Protocol::Sip => ProblemKind::SipUnread,
            Protocol::Msrp => ProblemKind::MsrpUnread,
        };
        for (direction, from_client) in state.directions.iter_mut().zip([true, false]) {
            let searched_bytes = mem::take(&mut direction.searched_bytes);
            if searched_bytes > 0 {
                let detail = || format!("before the first message of a stream, {}", ends(flow, from_client));
                self.problems.note(unread, direction.searched_from, searched_bytes, detail);
            }
            for (bytes, frame) in direction.lost.drain(..) {
                let detail = || format!("lost from a TCP stream, {}", ends(flow, from_client));
                self.problems.note(ProblemKind::TcpGap, Some(frame), bytes, detail);
            }
        }
    }

    /// No more bytes will join those that wait: read them as they are.
    fn flush(&mut self, flow: &Flow, state: &mut FlowState, from_client: bool, _store: &Store) {
        if !state.directions[usize::from(!from_client)].buffer.is_empty() {
            self.read_buffer(flow, state, from_client, true);
        }
    }

    fn read_buffer(&mut self, flow: &Flow, state: &mut FlowState, from_client: bool, at_end: bool) {
        let side = usize::from(!from_client);
        let mut buffer = mem::take(&mut state.directions[side].buffer);
        let place = Place { flow, from_client, data: buffer.bytes(), chunks: buffer.chunks() };
        let consumed = self.read(state, place, at_end);
        let direction = &mut state.directions[side];
        buffer.forget(if direction.done { usize::MAX } else { consumed });
        if buffer.is_empty() {
            self.spare = buffer;
        } else {
            direction.buffer = buffer;
        }
    }

    /// Reads the messages at the beginning of `place.data` and tells how many bytes are dealt with.
    fn read(&mut self, state: &mut FlowState, place: Place<'_>, at_end: bool) -> usize {
        let mut at = 0;
        if state.protocol == Protocol::Undecided {
            match self.decide(state, &place, at_end) {
                Some(consumed) => at = consumed,
                None => return 0,
            }
            if state.protocol == Protocol::Undecided {
                return at;
            }
            self.note_lost(place.flow, state);
        }
        let side = usize::from(!place.from_client);
        while at < place.data.len() {
            let data = &place.data[at..];
            let (len, message) = match state.protocol {
                Protocol::Sip => {
                    let cut = sip::cut(data, &mut state.directions[side].sip, at_end);
                    self.settle(&place, at, cut, ProblemKind::SipUnread, ProblemKind::SipIncomplete, Kind::Sip)
                }
                Protocol::Msrp => {
                    let cut = msrp::cut(data, &mut state.directions[side].msrp, at_end);
                    self.settle(&place, at, cut, ProblemKind::MsrpUnread, ProblemKind::MsrpIncomplete, Kind::Msrp)
                }
                Protocol::Encrypted => {
                    state.encrypted_bytes += data.len() as u64;
                    return place.data.len();
                }
                Protocol::Undecided | Protocol::Foreign => return place.data.len(),
            };
            if let Some((kind, incomplete)) = message {
                self.emit(state, Place { ..place }, at..at + len, kind, incomplete);
            }
            if len == 0 {
                break;
            }
            at += len;
            state.directions[side].sip = sip::Scan::default();
            state.directions[side].msrp = msrp::Scan::default();
        }
        at
    }

    /// Turns a cut into a length (0: wait) and perhaps a message, and notes what was no message.
    fn settle<S>(
        &mut self,
        place: &Place<'_>,
        at: usize,
        cut: Cut<S>,
        unread: ProblemKind,
        cut_short: ProblemKind,
        kind: fn(S) -> Kind,
    ) -> (usize, Option<(Kind, bool)>) {
        let frame = || Some(place.chunk_at(at).1.frame);
        match cut {
            Cut::Message { len, summary, incomplete } => {
                if incomplete {
                    let detail = || format!("the end of this message was not captured, {}", place.ends());
                    self.problems.note(cut_short, frame(), len as u64, detail);
                }
                (len, Some((kind(summary), incomplete)))
            }
            Cut::KeepAlive { len } => (len, None),
            Cut::Skip { len, why } => {
                self.problems.note(unread, frame(), len as u64, || format!("{why}, {}", place.ends()));
                (len, None)
            }
            Cut::NeedMore => (0, None),
        }
    }

    /// Decides what an undecided stream speaks. Returns how many bytes come before the first message; `None` to wait for more.
    fn decide(&mut self, state: &mut FlowState, place: &Place<'_>, at_end: bool) -> Option<usize> {
        let data = place.data;
        let blank = data.iter().take_while(|byte| matches!(byte, b'\r' | b'\n' | 0)).count();
        let rest = &data[blank..];
        let direction = &mut state.directions[usize::from(!place.from_client)];
        if sip::StartLine::parse(rest).is_some() && rest.contains(&b'\n') {
            state.protocol = Protocol::Sip;
            return Some(blank);
        }
        if msrp::StartLine::parse(rest).is_some() && rest.contains(&b'\n') {
            state.protocol = Protocol::Msrp;
            return Some(blank);
        }
        if is_tls(rest) && direction.searched_bytes == 0 {
            state.protocol = Protocol::Encrypted;
            return Some(0);
        }
        direction.searched_from.get_or_insert(place.chunk_at(0).1.frame);
        // Entered in the middle, or junk first: look for a line that begins a message.
        let (msrp_start, sip_start) = (msrp::resynchronise(data), sip::resynchronise(data));
        let found = match (msrp_start, sip_start) {
            (Some(msrp), Some(sip)) if msrp < sip => Some((Protocol::Msrp, msrp)),
            (_, Some(sip)) => Some((Protocol::Sip, sip)),
            (Some(msrp), None) => Some((Protocol::Msrp, msrp)),
            (None, None) => None,
        };
        if let Some((protocol, start)) = found {
            state.protocol = protocol;
            direction.searched_bytes += start as u64;
            return Some(start);
        }
        let limit = if state.start_seen { MAX_SEARCH_FROM_START_BYTES } else { MAX_SEARCH_MID_STREAM_BYTES };
        // Only an unfinished last line can still become a start line.
        let keep = memchr::memrchr(b'\n', data).map_or(0, |lf| lf + 1);
        let keep = if data.len() - keep > sip::MAX_START_LINE_BYTES || at_end { data.len() } else { keep };
        direction.searched_bytes += keep as u64;
        if direction.searched_bytes > limit || (state.start_seen && !looks_like_text(rest)) {
            direction.done = true;
            if state.directions.iter().all(|direction| direction.done) {
                state.protocol = Protocol::Foreign;
            }
            return Some(data.len());
        }
        (keep > 0).then_some(keep)
    }

    /// Keeps a message whose bytes are `range` of the place's data.
    fn emit(
        &mut self,
        state: &mut FlowState,
        place: Place<'_>,
        range: std::ops::Range<usize>,
        kind: Kind,
        incomplete: bool,
    ) {
        let first = place.chunks.partition_point(|(at, _)| *at <= range.start) - 1;
        let last = place.chunks.partition_point(|(at, _)| *at < range.end) - 1;
        let (first_at, first_chunk) = place.chunks[first];
        let offset = range.start - first_at;
        let len_bytes = range.len() as u32;
        let (head, pieces) = if first == last {
            (first_chunk.span.slice(offset..offset + range.len()), Part::default())
        } else {
            let start = self.pieces.len();
            self.pieces.extend(place.chunks[first..=last].iter().map(|&(at, chunk)| {
                let skip = range.start.saturating_sub(at);
                let len = (range.end - at).min(chunk.span.len_bytes as usize);
                Piece {
                    at: at.saturating_sub(range.start) as u32,
                    frame: chunk.frame,
                    frame_offset: chunk.frame_offset + skip as u32,
                    span: chunk.span.slice(skip..len),
                }
            }));
            let pieces = start..self.pieces.len();
            let in_first = self.pieces[start].span;
            // Only a head that spans frames is copied; bodies stay where they are.
            let head_len = head_len(&kind).unwrap_or(range.len());
            let fits = head_len <= in_first.len_bytes as usize;
            let head = if fits { in_first } else { self.keep(&place.data[range.start..range.start + head_len]) };
            (head, pieces.into())
        };
        // Segments may come out of order: the first packet is the one captured first.
        let earliest = place.chunks[first..=last].iter().min_by_key(|(_, chunk)| chunk.frame);
        let (time, frame, frame_offset) = match earliest {
            Some((at, chunk)) if chunk.frame != first_chunk.frame => {
                (chunk.time, chunk.frame, chunk.frame_offset + range.start.saturating_sub(*at) as u32)
            }
            _ => (first_chunk.time, first_chunk.frame, first_chunk.frame_offset + offset as u32),
        };
        let flow = *state.index.get_or_insert_with(|| {
            self.flows.push(*place.flow);
            (self.flows.len() - 1) as u32
        });
        let from_client = place.from_client;
        if place.flow.transport == Transport::Tcp {
            let latest = &mut state.directions[usize::from(!from_client)].latest;
            let here = Some((time, frame, frame_offset));
            if here < *latest {
                self.shuffled.insert((flow, from_client));
            }
            *latest = here.max(*latest);
        }
        self.messages.push(Message {
            time,
            frame,
            frame_offset,
            len_bytes,
            head,
            pieces,
            flow,
            from_client,
            incomplete,
            kind,
        });
    }

    /// Copies bytes into the arena.
    fn keep(&mut self, bytes: &[u8]) -> Span {
        if self.arena.last().is_none_or(|block| block.capacity() - block.len() < bytes.len()) {
            self.arena.push(Vec::with_capacity(ARENA_BLOCK_BYTES.max(bytes.len())));
        }
        let segment = ARENA_SEGMENT + (self.arena.len() - 1) as u32;
        let Some(block) = self.arena.last_mut() else { unreachable!("a block was just pushed") };
        let start = block.len() as u64;
        block.extend_from_slice(bytes);
        Span { segment, start, len_bytes: bytes.len() as u32 }
    }
}

/// How many bytes come before the body; `None` when there is none.
fn head_len(kind: &Kind) -> Option<usize> {
    let body = match kind {
        Kind::Sip(summary) => summary.body,
        Kind::Msrp(summary) => summary.body,
    };
    (!body.is_empty()).then_some(body.start as usize)
}

impl Place<'_> {
    /// The run that holds the byte at `at`.
    fn chunk_at(&self, at: usize) -> (usize, Chunk) {
        self.chunks[self.chunks.partition_point(|(start, _)| *start <= at) - 1]
    }

    fn ends(&self) -> String {
        ends(self.flow, self.from_client)
    }
}

impl Messages {
    /// Joins what the readers of all shards found into one list, in order, whatever the number of threads was.
    pub fn join(readers: Vec<Reader>, mut store: Store) -> (Messages, Problems) {
        let mut messages = Messages::default();
        let mut problems = Problems::default();
        let mut parts = Vec::with_capacity(readers.len());
        let mut shuffled = HashSet::new();
        messages.pieces.reserve_exact(readers.iter().map(|reader| reader.pieces.len()).sum());
        for reader in readers {
            let segment_base = store.segment_count();
            for mut block in reader.arena {
                block.shrink_to_fit();
                store.push(Segment::Owned(block.into()));
            }
            let bases =
                Bases { flow: messages.flows.len() as u32, piece: messages.pieces.len() as u32, segment: segment_base };
            parts.push((reader.messages, bases));
            shuffled.extend(reader.shuffled.into_iter().map(|(flow, from_client)| (flow + bases.flow, from_client)));
            messages.flows.extend(reader.flows);
            messages.pieces.extend(reader.pieces);
            messages.refused.extend(reader.refused);
            problems.append(reader.problems);
        }
        parts.par_iter_mut().for_each(|(messages, bases)| {
            for message in messages.iter_mut() {
                message.flow += bases.flow;
                message.pieces.start += bases.piece;
                if message.head.segment >= ARENA_SEGMENT {
                    message.head.segment = message.head.segment - ARENA_SEGMENT + bases.segment;
                }
            }
        });
        let parts = parts.into_iter().map(|(messages, _)| messages);
        messages.list = MessageList::new(parts, &shuffled);
        messages.refused.sort_by_key(|flow| (flow.first_time, flow.first_frame));
        messages.store = store;
        (messages, problems)
    }
}

/// Where what one reader found begins among what all found.
#[derive(Clone, Copy)]
struct Bases {
    flow: u32,
    piece: u32,
    segment: u32,
}

/// The chunks of a datagram with their positions in it.
fn positions(chunks: &[Chunk]) -> Vec<(usize, Chunk)> {
    let mut at = 0;
    let position = |chunk: &Chunk| {
        let start = at;
        at += chunk.span.len_bytes as usize;
        (start, *chunk)
    };
    chunks.iter().map(position).collect()
}

/// "10.0.0.1:5060 → 10.0.0.2:5060", as problems name a flow.
fn ends(flow: &Flow, from_client: bool) -> String {
    let (from, to): (SocketAddr, SocketAddr) = flow.ends(from_client);
    format!("{from} → {to}")
}

/// A TLS record (RFC 8446 §5.1): content type, version 3.x, a length that is allowed.
fn is_tls(data: &[u8]) -> bool {
    matches!(data, [20..=23, 3, 0..=4, high, ..] if *high <= 0x48)
}

/// A STUN message with the magic cookie (RFC 8489 §5): keep-alives on SIP ports.
fn is_stun(data: &[u8]) -> bool {
    matches!(data, [0..=3, _, _, _, 0x21, 0x12, 0xa4, 0x42, ..])
}

/// Could the beginning of a stream still become a start line: printable ASCII or UTF-8 in its first bytes?
fn looks_like_text(data: &[u8]) -> bool {
    data.iter().take(16).all(|byte| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n') || *byte >= 0x80)
}

#[cfg(test)]
mod tests {
    use super::Message;
    use crate::wire::testing::msrp_stream;

    #[test]
    fn messages_of_a_stream_keep_its_order_when_their_segments_were_shuffled() {
        let chunk = |id: &str| format!("MSRP {id} SEND\r\nMessage-ID: m\r\n-------{id}+\r\n");
        let messages = msrp_stream(&[(3, true, &chunk("aaaa")), (1, true, &chunk("bbbb")), (2, true, &chunk("cccc"))]);
        let id = |message: &Message| messages.msrp(message).unwrap().transaction_id().to_owned();
        let order = messages.list.iter().map(|message| (id(message), message.frame.0));
        let expected = [("aaaa", 3), ("bbbb", 1), ("cccc", 2)].map(|(id, frame)| (id.to_owned(), frame));
        assert_eq!(order.collect::<Vec<_>>(), expected);
    }
}
