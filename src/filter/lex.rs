//! The expression as tokens, each with its range of bytes.

use std::ops::Range;

use super::error::{FilterError, quoted};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    Matches,
    In,
}

impl Operator {
    pub(super) const ALL: [Operator; 9] = [
        Operator::Equal,
        Operator::NotEqual,
        Operator::Less,
        Operator::LessOrEqual,
        Operator::Greater,
        Operator::GreaterOrEqual,
        Operator::Contains,
        Operator::Matches,
        Operator::In,
    ];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Operator::Equal => "==",
            Operator::NotEqual => "!=",
            Operator::Less => "<",
            Operator::LessOrEqual => "<=",
            Operator::Greater => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::Contains => "contains",
            Operator::Matches => "matches",
            Operator::In => "in",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A field's name or an unquoted value.
    Word,
    /// `"…"` with escapes, quotes included.
    Text,
    /// `r"…"` without escapes, quotes included.
    RawText,
    Operator(Operator),
    And,
    Or,
    Not,
    Open,
    Close,
    OpenSet,
    CloseSet,
    Comma,
    /// `..` of a range.
    To,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub range: Range<usize>,
}

/// The tokens of `source` and, where they stop before its end, why.
pub(super) fn tokens(source: &str) -> (Vec<Token>, Option<FilterError>) {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        let rest = source.get(at..).unwrap_or_default();
        let start = at + (rest.len() - rest.trim_start().len());
        let rest = rest.trim_start();
        if rest.is_empty() {
            return (tokens, None);
        }
        match token(rest) {
            Ok((kind, len)) => {
                at = start + len;
                tokens.push(Token { kind, range: start..at });
            }
            Err(error) => {
                let range = start + error.range.start..start + error.range.end;
                return (tokens, Some(FilterError { range, ..error }));
            }
        }
    }
}

/// The first token of `rest`, which starts with one, and its length; the range of an error counts from `rest`.
fn token(rest: &str) -> Result<(TokenKind, usize), FilterError> {
    const SYMBOLS: [(&str, TokenKind); 16] = [
        ("&&", TokenKind::And),
        ("||", TokenKind::Or),
        ("==", TokenKind::Operator(Operator::Equal)),
        ("!=", TokenKind::Operator(Operator::NotEqual)),
        ("<=", TokenKind::Operator(Operator::LessOrEqual)),
        (">=", TokenKind::Operator(Operator::GreaterOrEqual)),
        ("..", TokenKind::To),
        ("<", TokenKind::Operator(Operator::Less)),
        (">", TokenKind::Operator(Operator::Greater)),
        ("~", TokenKind::Operator(Operator::Matches)),
        ("!", TokenKind::Not),
        ("(", TokenKind::Open),
        (")", TokenKind::Close),
        ("{", TokenKind::OpenSet),
        ("}", TokenKind::CloseSet),
        (",", TokenKind::Comma),
    ];
    if let Some((symbol, kind)) = SYMBOLS.iter().find(|(symbol, _)| rest.starts_with(symbol)) {
        return Ok((*kind, symbol.len()));
    }
    if rest.starts_with('"') {
        return Ok((TokenKind::Text, text_len(rest, false)?));
    }
    if rest.starts_with("r\"") {
        return Ok((TokenKind::RawText, text_len(rest, true)?));
    }
    for (symbol, meant) in [("=", "=="), ("&", "&&"), ("|", "||")] {
        if rest.starts_with(symbol) {
            let error = FilterError::new(0..symbol.len(), format!("there is no operator {}", quoted(symbol)));
            return Err(error.hint(format!("write `{meant}`")));
        }
    }
    let word = word(rest);
    let kind = match word.to_ascii_lowercase().as_str() {
        "and" => TokenKind::And,
        "or" => TokenKind::Or,
        "not" => TokenKind::Not,
        "eq" => TokenKind::Operator(Operator::Equal),
        "ne" => TokenKind::Operator(Operator::NotEqual),
        "lt" => TokenKind::Operator(Operator::Less),
        "le" => TokenKind::Operator(Operator::LessOrEqual),
        "gt" => TokenKind::Operator(Operator::Greater),
        "ge" => TokenKind::Operator(Operator::GreaterOrEqual),
        "contains" => TokenKind::Operator(Operator::Contains),
        "matches" => TokenKind::Operator(Operator::Matches),
        "in" => TokenKind::Operator(Operator::In),
        _ => TokenKind::Word,
    };
    Ok((kind, word.len()))
}

/// What a word cannot hold: what starts another token, and white space.
pub(super) fn ends_word(char: char) -> bool {
    char.is_whitespace() || "(){},\"!=<>&|~".contains(char)
}

/// The word that `rest` starts with; `..` ends it.
fn word(rest: &str) -> &str {
    let end = rest.find(ends_word).unwrap_or(rest.len());
    let word = &rest[..end];
    word.find("..").map_or(word, |end| &word[..end])
}

fn text_len(rest: &str, raw: bool) -> Result<usize, FilterError> {
    let mut bytes = rest.bytes().enumerate().skip(if raw { 2 } else { 1 });
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Ok(at + 1),
            b'\\' if !raw => _ = bytes.next(),
            _ => {}
        }
    }
    Err(FilterError::new(0..rest.len(), "the string has no end").hint("close it with `\"`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_strings_and_operators() {
        let source = r#"sip.method==INVITE and(!to~r"\d")||x in{1..2,"a\"b"}"#;
        let (tokens, error) = tokens(source);
        let pieces: Vec<&str> = tokens.iter().map(|token| &source[token.range.clone()]).collect();
        assert_eq!(
            pieces,
            [
                "sip.method",
                "==",
                "INVITE",
                "and",
                "(",
                "!",
                "to",
                "~",
                r#"r"\d""#,
                ")",
                "||",
                "x",
                "in",
                "{",
                "1",
                "..",
                "2",
                ",",
                r#""a\"b""#,
                "}",
            ]
        );
        assert_eq!(error, None);
    }
}
