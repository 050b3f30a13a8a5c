//! Workflow commands of GitHub Actions: a line per finding, which GitHub shows beside the run.

use std::io::{self, Write};

use super::{Checked, by_severity};
use crate::rules::Severity;
use crate::view::terminal;

/// `::error file=…,title=…::…`, the worst first: GitHub shows only the first ten of a step.
pub fn write(out: &mut impl Write, checked: &[Checked<'_>]) -> io::Result<()> {
    for (one, finding) in by_severity(checked) {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let file = one.file(finding).map(|file| file.input.to_string()).unwrap_or_default();
        let title = format!("{} ({})", finding.rule.name, finding.clause());
        let message = format!("{}, {}: {}", one.session(finding).id, one.frames_text(finding), finding.message);
        writeln!(out, "::{command} file={},title={}::{}", property(&file), property(&title), data(&message))?;
    }
    Ok(())
}

/// Control characters are written out first, so that a capture cannot end the line and begin a command of its own.
fn data(text: &str) -> String {
    terminal(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_cannot_speak_to_github() {
        assert_eq!(data("100%\n::error::x"), "100%25\\n::error::x");
        assert_eq!(property("a,b:c%.pcap"), "a%2Cb%3Ac%25.pcap");
    }
}
