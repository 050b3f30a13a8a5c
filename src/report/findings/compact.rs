//! A line per finding: `capture.pcap:40: error[cpm-cinfo-root] s1 controlling-function: … (9.2.14.3)`.

use std::io::{self, Write};

use super::Checked;
use crate::view::terminal;

pub fn write(out: &mut impl Write, checked: &Checked<'_>) -> io::Result<()> {
    for finding in &checked.outcome.findings {
        let (severity, rule) = (finding.severity, finding.rule.name);
        let (session, actor) = (&checked.session(finding).id, finding.actor.as_str());
        let (path, message) = (checked.path(), terminal(&finding.message));
        let (frame, clause) = (checked.frame(finding.place.message), finding.clause());
        writeln!(out, "{}:{frame}: {severity}[{rule}] {session} {actor}: {message} ({clause})", terminal(&path))?;
    }
    Ok(())
}
