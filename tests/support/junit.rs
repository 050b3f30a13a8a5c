//! JUnit reports are held against the schema of Jenkins' xUnit plugin.

// Says what is skipped.
#![allow(clippy::print_stdout)]

use std::io::Write as _;
use std::process::{Command, Stdio};

/// With xmllint, where it is there.
pub fn validate(xml: &[u8]) {
    let known = Command::new("xmllint").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !known.is_ok_and(|status| status.success()) {
        println!("skipped: xmllint is not installed (Debian: libxml2-utils)");
        return;
    }
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemas/junit-10.xsd");
    let mut xmllint = Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema", schema, "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint runs");
    xmllint.stdin.take().expect("a pipe").write_all(xml).expect("xmllint reads");
    let output = xmllint.wait_with_output().expect("xmllint ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
