//! For tests: messages made of texts, a datagram each, a second apart.

use std::sync::Arc;

use crate::capture::{FrameId, Segment, Span, Store, Time};
use crate::net::{Chunk, Consumer, Flow, Transport};
use crate::wire::{Messages, Reader};

pub fn messages(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Messages {
    let mut store = Store::default();
    let mut reader = Reader::default();
    let end = |host: u8| ([192, 0, 2, host], 5060).into();
    let flow = Flow {
        transport: Transport::Udp,
        client: end(1),
        server: end(2),
        first_frame: FrameId(0),
        first_time: Time(0),
        start_seen: true,
    };
    let mut state = reader.open(&flow);
    for (number, text) in texts.into_iter().enumerate() {
        let bytes = text.as_ref().as_bytes().to_vec();
        let len_bytes = bytes.len() as u32;
        let segment = store.push(Segment::Owned(Arc::new(bytes)));
        let span = Span { segment, start: 0, len_bytes };
        let frame = FrameId(number as u32);
        let chunk = Chunk { span, frame, frame_offset: 42, time: Time(number as i64 * 1_000_000_000) };
        reader.datagram(&flow, &mut state, true, &[chunk], len_bytes, &store);
    }
    Messages::join(vec![reader], store).0
}
