//! For people: each finding with the lines of the message it is about, the offending bytes marked, and where to read on.

use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{Checked, Excerpt};
use crate::rules::{Finding, Severity};
use crate::view::terminal;

/// Frames listed with a finding.
const MAX_FRAMES: usize = 8;

/// Writes all findings of a capture; `colour` adds ANSI styles.
pub fn write(out: &mut impl Write, checked: &Checked<'_>, colour: bool) -> io::Result<()> {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    // Lines are cut here, and around what is meant.
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(4 * MAX_CHARS);
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
    let excerpt = checked.excerpt(finding);
    let (source, marked) = shown(&excerpt);
    let origin = format!("{}, frame {}", terminal(&checked.path()), checked.frame(finding.place.message));
    let label = match (&finding.expected, &finding.found) {
        (Some(expected), _) => format!("expected {}", terminal(expected)),
        (None, Some(found)) => format!("found {}", terminal(found)),
        (None, None) => String::new(),
    };
    let mut snippet = Snippet::source(source.as_str()).line_start(excerpt.first_line).path(origin.as_str()).fold(false);
    let mark = AnnotationKind::Primary.span(marked);
    snippet = snippet.annotation(if label.is_empty() { mark } else { mark.label(label.as_str()) });
    let mut frames: Vec<String> = checked.frames(finding).iter().map(|place| place.number.to_string()).collect();
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
        checked.session(finding).id,
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

/// Characters of a line before and behind what is meant, and of the other lines.
const MAX_CHARS: usize = 100;

/// The excerpt as lines in which nothing moves the cursor, and where the bytes that are meant stand in them. Long lines are cut: a
/// document may be a single one.
fn shown(excerpt: &Excerpt) -> (String, Range<usize>) {
    let plain = |text: &str| -> Vec<String> {
        let kept = text.chars().filter(|c| *c != '\r').map(|c| if c == '\n' || !c.is_control() { c } else { ' ' });
        kept.collect::<String>().split('\n').map(|line| terminal(line).into_owned()).collect()
    };
    let head = |line: &String| match line.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.clone(),
    };
    let tail = |line: &String| match line.char_indices().rev().nth(MAX_CHARS) {
        Some((start, _)) => format!("…{}", &line[start..]),
        None => line.clone(),
    };
    let before = plain(&excerpt.before);
    let (last, earlier) = before.split_last().map_or((String::new(), &[][..]), |(last, earlier)| (tail(last), earlier));
    let before: String = earlier.iter().map(|line| head(line) + "\n").chain([last]).collect();
    let marked = plain(&excerpt.marked).iter().map(head).collect::<Vec<_>>().join("\n");
    let after = plain(&excerpt.after).iter().map(head).collect::<Vec<_>>().join("\n");
    let range = before.len()..before.len() + marked.len();
    (before + &marked + after.trim_end(), range)
}
