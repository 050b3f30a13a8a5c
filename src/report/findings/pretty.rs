//! For people: each finding with the lines of the message it is about, the offending bytes marked, and where to read on.

use std::io::{self, Write};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::Checked;
use super::excerpt::Excerpt;
use crate::rules::{Finding, Severity};
use crate::view::terminal;

/// Frames listed with a finding.
const MAX_FRAMES: usize = 8;

/// Writes all findings of a capture; `colour` adds ANSI styles.
pub fn write(out: &mut impl Write, checked: &Checked<'_>, colour: bool) -> io::Result<()> {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    for finding in &checked.outcome.findings {
        writeln!(out, "{}\n", render(checked, finding, &renderer))?;
    }
    Ok(())
}

fn render(checked: &Checked<'_>, finding: &Finding, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let message = terminal(&finding.message).into_owned();
    let excerpt = Excerpt::of(checked.analysis, &finding.place);
    let origin = format!("{}, frame {}", terminal(&checked.path()), checked.frame(finding));
    let label = match (&finding.expected, &finding.found) {
        (Some(expected), _) => format!("expected {}", terminal(expected)),
        (None, Some(found)) => format!("found {}", terminal(found)),
        (None, None) => String::new(),
    };
    let mut snippet =
        Snippet::source(excerpt.text.as_str()).line_start(excerpt.first_line).path(origin.as_str()).fold(false);
    let mark = AnnotationKind::Primary.span(excerpt.marked.clone());
    snippet = snippet.annotation(if label.is_empty() { mark } else { mark.label(label.as_str()) });
    let mut frames: Vec<String> = checked.frames(finding).iter().map(u32::to_string).collect();
    let left_out = frames.len().saturating_sub(MAX_FRAMES);
    frames.truncate(MAX_FRAMES);
    if left_out > 0 {
        frames.push(format!("and {left_out} more"));
    }
    let statement = finding
        .statement
        .map_or_else(|| finding.clause().to_owned(), |statement| format!("statement {}", statement.id));
    let facts = format!(
        "session {}, {}, {statement}, frames {}",
        checked.session_id(finding),
        finding.actor.as_str(),
        frames.join(", ")
    );
    let hint = format!("rcshark explain {}", finding.rule.name);
    let report = level
        .primary_title(message.as_str())
        .id(finding.rule.name)
        .element(snippet)
        .element(Level::NOTE.message(facts.as_str()))
        .element(Level::HELP.message(hint.as_str()));
    renderer.render(&[report])
}
