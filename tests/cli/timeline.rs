//! `rcshark timeline`: charts at the widths of terminals, rosters, and what it says of captures that lack packets.

use super::{SAMPLES, failure, run, stdout};

#[test]
fn every_sample_at_80_and_at_160_columns() {
    for sample in SAMPLES {
        for width in ["80", "160"] {
            let name = format!("timeline-{width}-{}", sample.replace(['.', '/'], "-"));
            insta::assert_snapshot!(name, stdout(&["timeline", "--width", width, sample]));
        }
    }
}

#[test]
fn no_line_of_a_chart_is_wider_than_asked_for() {
    for sample in SAMPLES {
        for width in [60, 80, 100, 160] {
            let text = stdout(&["timeline", "--width", &width.to_string(), sample]);
            let is_chart = |line: &&str| line.contains(['━', '┄', '┬', '○']);
            for line in text.lines().filter(is_chart) {
                assert!(line.chars().count() <= width, "{sample} at {width}: {line}");
            }
        }
    }
}

#[test]
fn lines_for_other_programs_are_not_broken() {
    let text = stdout(&["timeline", "restart.pcap"]);
    assert!(text.lines().any(|line| line.contains("told (msrp") && line.chars().count() > 100), "{text}");
}

#[test]
fn who_was_in_at_a_moment() {
    let at = |moment: &str| stdout(&["timeline", "--session", "s1", "--at", moment, "restart.pcap"]);
    insta::assert_snapshot!("timeline-at", at("+0.3"));
    insta::assert_snapshot!("timeline-at-sleeping", at("+600"));
    // The same moment by the clock, and in full.
    assert_eq!(at("10:00:02"), at("2026-03-01T10:00:02Z"));
    assert!(at("09:00:00").contains("the capture begins later"));
}

/// Through a participating function there is a subscription on each hop, and after a return one more.
#[test]
fn who_was_told_in_several_ways_is_one_observer() {
    let text = stdout(&["timeline", "--session", "s1", "--at", "+5", "functions/deferred.pcapng"]);
    let headings = text.lines().find(|line| line.contains("was told")).expect("headings");
    for name in ["Alice", "Bob", "Carol"] {
        assert_eq!(headings.matches(&format!("{name} was told")).count(), 1, "{headings}");
    }
    assert!(text.lines().any(|line| line.contains("Bob") && line.matches("connected").count() == 4), "{text}");
}

#[test]
fn a_moment_that_is_none_is_refused() {
    for moment in ["noon", "+x", "25:00:00", ""] {
        let said = failure(&["timeline", "--at", moment, "restart.pcap"]);
        assert!(said.contains("--at") && said.contains("expected"), "{moment}: {said}");
    }
    assert_eq!(run(&["timeline", "--width", "3", "restart.pcap"]).code, Some(2));
}
