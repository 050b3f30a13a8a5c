//! `rcshark capture` where nothing can be captured: what it says. What it captures is tested in `tests/replay/live.rs`.

use super::{failure, run};

/// Is libpcap built in?
fn has_libpcap() -> bool {
    !run(&["capture", "-D"]).stderr.contains("built without the feature `pcap`")
}

#[test]
fn what_is_wrong_is_told_before_anything_is_captured() {
    let text = failure(&["capture"]);
    assert!(text.contains("--interface <IFACE>"), "{text}");
    let text = failure(&["capture", "-i", "lo", "--filter", "sip.method == INVITE"]);
    assert!(text.contains("--messages"), "{text}");
    let text = failure(&["capture", "-i", "lo", "--messages", "--filter", "sip.metod == INVITE"]);
    assert!(text.contains("the filter is wrong"), "{text}");
    let text = failure(&["capture", "-i", "lo", "--format", "json", "--profile", "missing.toml"]);
    assert!(text.contains("missing.toml"), "{text}");
    if !has_libpcap() {
        let text = failure(&["capture", "-i", "lo"]);
        assert!(text.contains("live capture needs libpcap"), "{text}");
        return;
    }
    let text = failure(&["capture", "-i", "nothing0"]);
    assert!(text.contains("there is no interface nothing0; there are: ") || text.contains("no permission"), "{text}");
    if !text.contains("no permission") {
        let text = failure(&["capture", "-i", "lo", "-f", "this is no filter"]);
        assert!(text.contains("capture filter \"this is no filter\" on lo: "), "{text}");
        let text = failure(&["capture", "-i", "lo", "-w", "/dev/null"]);
        assert!(text.contains("/dev/null: cannot be written: not an ordinary file"), "{text}");
    }
}

#[test]
fn the_interfaces_are_listed() {
    if has_libpcap() {
        let run = run(&["capture", "-D"]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        assert!(run.stdout.starts_with("interface "), "{}", run.stdout);
    }
}
