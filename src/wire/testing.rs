//! For tests: messages as they come out of a connection.

use std::sync::Arc;

use super::{Messages, Reader};
use crate::capture::{FrameId, Segment, Span, Store, Time};
use crate::net::{Chunk, Consumer, Flow, StreamEvent, Transport};

/// The messages of one MSRP connection, given its segments in the order of the streams: the millisecond and frame in which each
/// was captured, whether the client sent it, its bytes.
pub fn msrp_stream(segments: &[(u32, bool, &str)]) -> Messages {
    let [client, server] = [1, 2].map(|host| ([192, 0, 2, host], 2855).into());
    let flow = Flow {
        transport: Transport::Tcp,
        client,
        server,
        first_frame: FrameId(0),
        first_time: Time(0),
        start_seen: true,
    };
    let mut store = Store::default();
    let mut reader = Reader::default();
    let mut state = reader.open(&flow);
    for &(frame, from_client, text) in segments {
        let segment = store.push(Segment::Owned(Arc::new(text.as_bytes().to_vec())));
        let chunk = Chunk {
            span: Span { segment, len_bytes: text.len() as u32, start: 0 },
            frame: FrameId(frame),
            frame_offset: 0,
            time: Time(i64::from(frame) * 1_000_000),
        };
        reader.stream(&flow, &mut state, from_client, StreamEvent::Data(chunk), &store);
    }
    reader.close(&flow, state, &store);
    Messages::join(vec![reader], store).0
}
