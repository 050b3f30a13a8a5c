//! Frames → datagrams and TCP streams, in which every byte remembers its frame.
//!
//! In come batches of frames, which become [`Packets`]; what the flows carry goes out to a [`Consumer`] of the floor
//! above, through an [`Assembler`]. Nothing is copied: a [`Chunk`] says where its bytes lie.
//!
//! A frame goes through `link` (where is the IP header?), `decode` (which packet?) with `tunnel`, and `fragments` (which
//! datagram?); a `shard` finds its flow, and `udp` or `tcp` with `stream` put what it carries in order.

mod assembler;
mod decode;
mod flow;
mod fragments;
mod link;
mod packet;
mod packets;
mod pieces;
mod shard;
mod stream;
mod tcp;
#[cfg(test)]
mod testing;
mod tunnel;
mod udp;

use std::net::SocketAddr;

pub use assembler::{Assembled, Assembler, SHARDS};
pub use packets::Packets;

use crate::capture::{FrameId, Problems, Span, Store, Time};

/// How long two IP packets with the same identification and the same bytes are copies of one frame: mirror ports and
/// routed hops add some milliseconds, while an application that repeats itself waits longer (SIP: 500 ms), and a sender
/// of 65,536 packets a second has come round to the same identification only after that.
const DUPLICATE_SAME_ID_NANOS: u64 = 100_000_000;

/// A run of consecutive bytes of a datagram or stream, all of them inside one frame.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    pub span: Span,
    pub frame: FrameId,
    /// Where in the frame the run begins, in bytes.
    pub frame_offset: u32,
    pub time: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    Udp,
    Tcp,
}

/// The two ends of a conversation: a UDP address pair, or one TCP connection (a reused port is another flow).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    pub transport: Transport,
    /// Who opened it (sender of the SYN), else who was seen sending first.
    pub client: SocketAddr,
    pub server: SocketAddr,
    /// The first frame of the flow, and its time.
    pub first_frame: FrameId,
    pub first_time: Time,
    /// Was a SYN seen, so that `client` opened the connection? Of UDP always.
    pub start_seen: bool,
}

impl Flow {
    /// (source, destination) of what flows in direction `from_client`.
    pub fn ends(&self, from_client: bool) -> (SocketAddr, SocketAddr) {
        if from_client { (self.client, self.server) } else { (self.server, self.client) }
    }
}

/// Whether a consumer wants to see more of one direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    More,
    /// Nothing of interest in it: its bytes are forgotten, and no event of this direction follows, not even the end.
    Done,
}

/// What happens on one direction of a TCP connection, in stream order.
#[derive(Clone, Copy, Debug)]
pub enum StreamEvent {
    /// The next bytes, exactly once each.
    Data(Chunk),
    /// At least one byte that was sent and will not come: lost by the capture, or cut from the frame. `frame` is the
    /// frame at which the loss became certain. The consumer notes it as a problem if the stream is of interest.
    Gap { bytes: u64, frame: FrameId },
    /// FIN, RST, or the end of the capture: the last event of the direction.
    End,
}

/// What the floor above makes of the bytes. Every shard of flows has one of its own; calls for one flow come in order.
pub trait Consumer: Send {
    /// What is kept for each flow.
    type State: Send;

    /// A new flow; called when there is something to tell of it.
    fn open(&mut self, flow: &Flow) -> Self::State;

    /// One whole UDP datagram: one chunk, or several when it came in IP fragments. `len_bytes` is the payload's length on the wire;
    /// the chunks hold less when the capture cut the frame.
    fn datagram(
        &mut self,
        flow: &Flow,
        state: &mut Self::State,
        from_client: bool,
        chunks: &[Chunk],
        len_bytes: u32,
        store: &Store,
    );

    /// The next event of one direction of a TCP connection.
    fn stream(
        &mut self,
        flow: &Flow,
        state: &mut Self::State,
        from_client: bool,
        event: StreamEvent,
        store: &Store,
    ) -> Interest;

    /// A connection that its server refused: a reset was the answer to its SYN. Nothing but its end comes of it.
    fn refused(&mut self, _flow: &Flow) {}

    /// The flow is over (connection closed and idle, evicted, or end of capture).
    fn close(&mut self, flow: &Flow, state: Self::State, store: &Store);

    /// Where the problems of this shard's flows are noted that are no events: conflicting retransmissions, cut frames,
    /// limits.
    fn problems(&mut self) -> &mut Problems;
}
