//! Any bytes as a CPIM message and its first chunk; what was read, written out again, is read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rcshark::wire::cpim;

fuzz_target!(|data: &[u8]| {
    let _ = cpim::parse_first_chunk(data);
    let Ok(message) = cpim::parse(data) else { return };
    assert_eq!(message.raw(), data);
    assert!(data.get(message.body.clone()).is_some());
    let _ = (message.date_time(), message.message_id(), message.namespaces().count(), message.require().count());
    let _ = (message.from().count(), message.to().count(), message.subjects().count());
    let _ = message.disposition_notification().count();
    for header in &message.headers {
        assert!(data.get(header.value_range()).is_some());
        let _ = (header.value(), header.text(), header.address(), header.language());
    }
});
