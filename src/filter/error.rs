//! What is wrong with an expression, and how it is shown.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// Why an expression was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// One phrase, no full stop; without control characters, whatever the expression held.
    pub message: String,
    /// The bytes of the expression that are to blame; empty at its end when something is missing.
    pub range: Range<usize>,
    /// What to write instead.
    pub hint: Option<String>,
}

impl FilterError {
    pub(super) fn new(range: Range<usize>, message: impl Into<String>) -> FilterError {
        FilterError { message: message.into(), range, hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> FilterError {
        self.hint = Some(hint.into());
        self
    }
}

/// The longest piece of an expression that a message repeats.
const MAX_QUOTED_CHARS: usize = 60;

/// A piece of the expression for use inside a message: in backquotes, shortened, control characters escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut chars = text.chars();
    let mut out = String::from("`");
    for char in chars.by_ref().take(MAX_QUOTED_CHARS) {
        if char.is_control() { out.extend(char.escape_default()) } else { out.push(char) }
    }
    if chars.next().is_some() {
        out.push('…');
    }
    out.push('`');
    out
}

/// The error with the place in `source` (the expression it is about), for a terminal; `colour` adds ANSI styles.
pub fn render(error: &FilterError, source: &str, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    // The range is only as good as the source it belongs to.
    let end = source.floor_char_boundary(error.range.end);
    let start = source.floor_char_boundary(error.range.start.min(end));
    let snippet = Snippet::source(source).annotation(AnnotationKind::Primary.span(start..end));
    let mut report = Level::ERROR.primary_title(error.message.as_str()).element(snippet);
    if let Some(hint) = &error.hint {
        report = report.element(Level::HELP.message(hint.as_str()));
    }
    renderer.decor_style(DecorStyle::Ascii).render(&[report])
}
