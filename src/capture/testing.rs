//! Captures put together byte by byte, and reading them back whole: for the tests of this layer.

use std::fs;
use std::path::Path;

use super::block::{BYTE_ORDER_MAGIC, ENHANCED_PACKET, INTERFACE_DESCRIPTION, SECTION_HEADER};
use super::bytes::Order;
use super::{FrameReader, Input, LinkType, OpenError, OpenOptions, Problem, ProblemKind, Store, Summary, Time, open};

/// Bytes in one byte order.
pub struct Bytes {
    order: Order,
    pub bytes: Vec<u8>,
}

impl Bytes {
    pub fn new(order: Order) -> Bytes {
        Bytes { order, bytes: vec![] }
    }

    pub fn u16(mut self, number: u16) -> Bytes {
        self.bytes.extend(self.order.u16(number.to_ne_bytes()).to_ne_bytes());
        self
    }

    pub fn u32(mut self, number: u32) -> Bytes {
        self.bytes.extend(self.order.u32(number.to_ne_bytes()).to_ne_bytes());
        self
    }

    pub fn i64(mut self, number: i64) -> Bytes {
        self.bytes.extend(self.order.i64(number.to_ne_bytes()).to_ne_bytes());
        self
    }

    pub fn raw(mut self, bytes: &[u8]) -> Bytes {
        self.bytes.extend(bytes);
        self
    }

    pub fn padded(mut self, bytes: &[u8]) -> Bytes {
        self.bytes.extend(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        self
    }

    pub fn option(self, code: u16, value: &[u8]) -> Bytes {
        self.u16(code).u16(value.len() as u16).padded(value)
    }

    pub fn block(self, kind: u32, body: Bytes) -> Bytes {
        let len_bytes = body.bytes.len() as u32 + 12;
        self.u32(kind).u32(len_bytes).raw(&body.bytes).u32(len_bytes)
    }

    pub fn body(&self) -> Bytes {
        Bytes::new(self.order)
    }

    // pcapng

    pub fn section(self) -> Bytes {
        let body = self.body().u32(BYTE_ORDER_MAGIC).u16(1).u16(0).i64(-1);
        self.block(SECTION_HEADER, body)
    }

    pub fn interface(self, link: u16, options: impl FnOnce(Bytes) -> Bytes) -> Bytes {
        let body = options(self.body().u16(link).u16(0).u32(0));
        self.block(INTERFACE_DESCRIPTION, body)
    }

    pub fn packet(self, interface: u32, ticks: u64, data: &[u8], options: impl FnOnce(Bytes) -> Bytes) -> Bytes {
        let len_bytes = data.len() as u32;
        let body = self.body().u32(interface).u32((ticks >> 32) as u32).u32(ticks as u32);
        let body = options(body.u32(len_bytes).u32(len_bytes).padded(data));
        self.block(ENHANCED_PACKET, body)
    }

    // classic pcap

    pub fn file_header(self, magic: u32, link: u32) -> Bytes {
        self.u32(magic).u16(2).u16(4).u32(0).u32(0).u32(65_535).u32(link)
    }

    pub fn record(self, seconds: u32, fraction: u32, data: &[u8], original: u32) -> Bytes {
        self.u32(seconds).u32(fraction).u32(data.len() as u32).u32(original).raw(data)
    }
}

/// A frame with its bytes, to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub time: Time,
    pub link: LinkType,
    pub data: Vec<u8>,
    pub original_len_bytes: u32,
}

pub fn seen(nanos: i64, link: LinkType, data: &[u8]) -> Seen {
    Seen { time: Time(nanos), link, data: data.to_vec(), original_len_bytes: data.len() as u32 }
}

/// All that a set gave.
pub struct Whole {
    pub frames: Vec<Seen>,
    pub ids: Vec<u32>,
    pub summary: Summary,
    pub store: Store,
}

impl Whole {
    pub fn problems(&self) -> Vec<Problem> {
        self.summary.problems.clone().finish()
    }

    pub fn problem_kinds(&self) -> Vec<ProblemKind> {
        self.problems().iter().map(|problem| problem.kind).collect()
    }
}

pub fn drain(mut reader: FrameReader) -> Whole {
    let (mut frames, mut ids) = (vec![], vec![]);
    while let Some(batch) = reader.next_batch() {
        for frame in batch.frames {
            ids.push(frame.id.0);
            frames.push(Seen {
                time: frame.time,
                link: frame.link,
                data: batch.store.bytes(frame.data).to_vec(),
                original_len_bytes: frame.original_len_bytes,
            });
        }
    }
    let store = Store::clone(reader.store());
    Whole { frames, ids, summary: reader.summary(), store }
}

pub fn read_path(path: &Path) -> Result<Whole, OpenError> {
    Ok(drain(open(&[Input::from(path.to_path_buf())], &OpenOptions::default())?))
}

/// Reads `bytes` as a file of their own.
pub fn read(bytes: &[u8]) -> Result<Whole, OpenError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    fs::write(&path, bytes).unwrap();
    read_path(&path)
}
