//! An MSRP stream gives the same messages however it is cut into segments, and each of them can be opened.
#![no_main]

mod framing;

use libfuzzer_sys::fuzz_target;
use rcshark::wire::msrp::{EndFlag, Message, cut};

fuzz_target!(|data: &[u8]| {
    let Some((&seed, stream)) = data.split_first() else { return };
    let whole = framing::messages(stream, || stream.len(), cut);
    assert_eq!(whole, framing::messages(stream, framing::steps(seed), cut));
    for found in whole {
        let raw = &stream[found.start..found.end];
        let message = Message::parse(raw).expect("what was cut as a message is one");
        assert_eq!(message.raw(), raw);
        assert_eq!(message.end_flag() == EndFlag::Missing, found.incomplete);
        let _ = (message.transaction_id(), message.method(), message.status(), message.comment());
        let _ = (message.byte_range(), message.headers().count(), message.body());
    }
});
