//! `rcshark export`: what comes out is what was selected, once.

use super::{Scratch, failure, json, run};

use serde_json::Value;

/// Exports, and gives the document of what was exported.
fn exported(args: &[&str]) -> Value {
    let scratch = Scratch::new();
    let out = scratch.path("out.pcapng");
    let run = run(&[&["export"], args, &["-o", &out]].concat());
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    json(&["analyze", "--format", "json", &out])[0].clone()
}

/// A session without what follows from its place in the file: its number, its frames, and the verdicts that wait for what comes
/// after it.
fn timeless(mut session: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.retain(|name, _| {
                    !matches!(name.as_str(), "id" | "frame" | "frames" | "predecessor" | "notifies" | "statements")
                });
                fields.values_mut().for_each(strip);
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut session);
    session
}

#[test]
fn an_exported_session_is_that_session_again() {
    for (sample, id, index) in [
        ("extended.pcapng", "s2", 1),
        ("two-groups.pcap", "s1", 0),
        ("predefined.pcap.gz", "s1", 0),
        ("adhoc-mixed.pcapng", "s1", 0),
        ("restart.pcap", "s1", 0),
    ] {
        let whole = json(&["analyze", "--format", "json", sample]);
        let exported = exported(&[sample, "--session", id]);
        assert_eq!(exported["sessions"].as_array().map(Vec::len), Some(1), "{sample}");
        assert_eq!(
            timeless(exported["sessions"][0].clone()),
            timeless(whole[0]["sessions"][index].clone()),
            "{sample}"
        );
        assert_eq!(exported["capture"]["link_types"], whole[0]["capture"]["link_types"]);
    }
}

/// Row 16: in this capture several messages share a segment; each frame is written once all the same.
#[test]
fn trap_16_a_frame_that_carries_several_messages_is_written_once() {
    let messages = json(&["messages", "--format", "json", "two-groups.pcap"]);
    let frames: Vec<u64> = messages.as_array().expect("rows").iter().filter_map(|row| row["frame"].as_u64()).collect();
    let mut once = frames.clone();
    once.sort_unstable();
    once.dedup();
    assert!(once.len() < frames.len(), "no frame carries two messages");

    let exported = exported(&["two-groups.pcap"]);
    let whole = json(&["analyze", "--format", "json", "two-groups.pcap"])[0].clone();
    let count = |document: &Value, name: &str| document["capture"][name].as_u64().expect("a number");
    assert!(count(&exported, "frames") < count(&whole, "frames"));
    assert_eq!(count(&exported, "sip_messages"), count(&whole, "sip_messages"));
    assert_eq!(count(&exported, "msrp_messages"), count(&whole, "msrp_messages"));
}

#[test]
fn only_what_a_filter_selects() {
    let exported = exported(&["adhoc-msrp.pcap", "--filter", "sip.method == BYE"]);
    assert_eq!((&exported["capture"]["frames"], &exported["capture"]["sip_messages"]), (&3.into(), &3.into()));
}

#[test]
fn what_cannot_be_exported_leaves_no_file() {
    let scratch = Scratch::new();
    let out = scratch.path("out.pcapng");
    for (args, why) in [
        (&["adhoc-msrp.pcap", "restart.pcap"][..], "--merge"),
        (&["adhoc-msrp.pcap", "--filter", "sip.status == 999"], "nothing to export"),
        (&["adhoc-msrp.pcap", "--session", "s9"], "no session s9"),
        (&["missing.pcap"], "no such file"),
        (&["-"], "standard input"),
    ] {
        let said = failure(&[&["export"], args, &["-o", &out]].concat());
        assert!(said.contains(why), "{said}");
        assert!(!std::path::Path::new(&out).exists(), "{args:?}");
    }
    let nowhere = scratch.path("no/such/folder/out.pcapng");
    let said = failure(&["export", "adhoc-msrp.pcap", "-o", &nowhere]);
    assert!(said.contains(&nowhere), "{said}");
}
