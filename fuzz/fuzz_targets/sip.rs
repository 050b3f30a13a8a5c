//! A SIP stream gives the same messages however it is cut into segments, and each of them can be opened.
#![no_main]

mod framing;

use libfuzzer_sys::fuzz_target;
use rcshark::wire::sip::{Message, cut};

fuzz_target!(|data: &[u8]| {
    let Some((&seed, stream)) = data.split_first() else { return };
    let whole = framing::messages(stream, || stream.len(), cut);
    assert_eq!(whole, framing::messages(stream, framing::steps(seed), cut));
    for found in whole {
        let raw = &stream[found.start..found.end];
        let message = Message::parse(raw).expect("what was cut as a message is one");
        assert_eq!(message.raw(), raw);
        for header in message.headers() {
            let _ = (header.written_name(), header.value());
        }
        let _ = (message.method(), message.status(), message.reason_phrase(), message.request_uri());
        assert_eq!(raw.len(), message.body_range().start + message.body().len() + message.trailing().len());
    }
});
