//! Any bytes as a conference-info document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rcshark::wire::conference_info;

fuzz_target!(|data: &[u8]| {
    let _ = conference_info::parse(data);
});
