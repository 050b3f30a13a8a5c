//! What can stand at the cursor of an unfinished expression.

use std::ops::Range;

use super::Kind;
use super::field::{FIELDS, Field, FieldId, FieldRef, HEADER_PREFIX, HEADERS, Values};
use super::lex::{self, Operator, TokenKind, ends_word};
use super::parse::MAX_EXPRESSION_BYTES;

/// One thing that could be written at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What to write; a value comes with its quotes where it needs them.
    pub text: String,
    /// The bytes of the input that it replaces: what was begun, up to the cursor.
    pub range: Range<usize>,
    /// A phrase about it, or empty.
    pub doc: &'static str,
}

/// What can be written at byte `cursor` of `input`: fields, operators or known values, those only that begin (whatever
/// the case) with what stands directly before the cursor.
pub fn complete(input: &str, cursor: usize) -> Vec<Completion> {
    let cursor = input.floor_char_boundary(cursor.min(input.len()));
    let before = &input[..cursor];
    if cursor > MAX_EXPRESSION_BYTES {
        return Vec::new();
    }
    let start = begun(before);
    let (tokens, error) = lex::tokens(&before[..start]);
    if error.is_some() {
        return Vec::new();
    }
    let mut place = Place::Field;
    for token in &tokens {
        place = place.after(token.kind, &before[token.range.clone()]);
    }
    let prefix = before[start..].trim_start_matches('"').to_ascii_lowercase();
    place
        .candidates(&prefix)
        .into_iter()
        .filter(|(text, _)| text.trim_start_matches('"').to_ascii_lowercase().starts_with(&prefix))
        .map(|(text, doc)| Completion { text, range: start..cursor, doc })
        .collect()
}

/// Where the word or the open string begins that ends with `before`.
fn begun(before: &str) -> usize {
    if let (_, Some(error)) = lex::tokens(before)
        && before[error.range.start..].starts_with('"')
    {
        return error.range.start;
    }
    let start = before.rfind(ends_word).map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
    // The second end of a range begins behind its dots.
    before[start..].rfind("..").map_or(start, |dots| start + dots + "..".len())
}

/// What the grammar asks for next.
#[derive(Clone, Copy)]
enum Place {
    Field,
    /// Behind a field.
    Operator(&'static Field),
    /// Behind `in`.
    Set(&'static Field),
    Value {
        field: &'static Field,
        in_set: bool,
    },
    /// Behind a value.
    AfterValue {
        in_set: Option<&'static Field>,
    },
    Unknown,
}

impl Place {
    fn after(self, token: TokenKind, text: &str) -> Place {
        match (self, token) {
            (Place::Field, TokenKind::Not | TokenKind::Open) => Place::Field,
            (Place::Field, TokenKind::Word) => {
                FieldRef::find(text).map_or(Place::Unknown, |f| Place::Operator(f.field()))
            }
            (Place::Operator(field), TokenKind::Not) => Place::Operator(field),
            (Place::Operator(field), TokenKind::Operator(Operator::In)) => Place::Set(field),
            (Place::Operator(field), TokenKind::Operator(_)) => Place::Value { field, in_set: false },
            (Place::Set(field), TokenKind::OpenSet) => Place::Value { field, in_set: true },
            (Place::Value { field, in_set }, TokenKind::Word | TokenKind::Text | TokenKind::RawText) => {
                Place::AfterValue { in_set: in_set.then_some(field) }
            }
            (Place::AfterValue { in_set: Some(field) }, TokenKind::Comma | TokenKind::To) => {
                Place::Value { field, in_set: true }
            }
            (Place::AfterValue { in_set: Some(_) }, TokenKind::CloseSet) => Place::AfterValue { in_set: None },
            (Place::Operator(_) | Place::AfterValue { in_set: None }, TokenKind::And | TokenKind::Or) => Place::Field,
            (Place::Operator(_) | Place::AfterValue { in_set: None }, TokenKind::Close) => {
                Place::AfterValue { in_set: None }
            }
            _ => Place::Unknown,
        }
    }

    /// Everything that fits, before the prefix is looked at (`prefix` opens the list of headers only).
    fn candidates(self, prefix: &str) -> Vec<(String, &'static str)> {
        let plain = |texts: &[&str]| texts.iter().map(|text| (text.to_string(), "")).collect::<Vec<_>>();
        match self {
            Place::Field if prefix.starts_with(HEADER_PREFIX) => {
                HEADERS.iter().map(|header| (format!("{HEADER_PREFIX}{header}"), "")).collect()
            }
            Place::Field => FIELDS
                .iter()
                .map(|field| match field.id {
                    FieldId::SipHeader => (HEADER_PREFIX.to_owned(), field.doc),
                    _ => (field.name.to_owned(), field.doc),
                })
                .collect(),
            Place::Operator(field) => {
                let mut operators: Vec<&str> = match field.kind {
                    Kind::Text => Operator::ALL.map(Operator::as_str).to_vec(),
                    Kind::Number | Kind::Time | Kind::Address => vec!["==", "!=", "<", "<=", ">", ">=", "in"],
                    Kind::Flag => vec!["==", "!="],
                    Kind::Presence => vec![],
                };
                operators.extend(["&&", "||"]);
                plain(&operators)
            }
            Place::Set(_) => plain(&["{"]),
            Place::Value { field: Field { kind: Kind::Flag, .. }, .. } => plain(&["false", "true"]),
            Place::Value { field: Field { values: Values::Known(list) | Values::Only(list), .. }, .. } => {
                list.iter().map(|value| (format!("\"{value}\""), "")).collect()
            }
            Place::AfterValue { in_set: None } => plain(&["&&", "||"]),
            Place::AfterValue { in_set: Some(_) } => plain(&[",", "}"]),
            Place::Value { .. } | Place::Unknown => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts offered at the end of `input`, separated by spaces, and what they would replace.
    fn offered(input: &str) -> String {
        let all = complete(input, input.len());
        let texts: Vec<&str> = all.iter().map(|completion| completion.text.as_str()).collect();
        let replaced = all.first().map_or("", |completion| &input[completion.range.clone()]);
        format!("{replaced}> {}", texts.join(" "))
    }

    #[test]
    fn fields_operators_and_values_in_their_places() {
        for (input, expected) in [
            ("sip.ca", "sip.ca> sip.call_id"),
            ("SIP.CA", "SIP.CA> sip.call_id"),
            ("(!sip.cs", "sip.cs> sip.cseq sip.cseq.method"),
            ("sip.header.p-a", "sip.header.p-a> sip.header.P-Asserted-Identity sip.header.P-Asserted-Service"),
            ("sip && session.c", "session.c> session.contribution_id session.conversation_id"),
            ("sip.method ", "> == != < <= > >= contains matches in && ||"),
            ("sip.method c", "c> contains"),
            ("retransmission ", "> == != && ||"),
            ("sip ", "> && ||"),
            ("sip.method == IN", "IN> \"INFO\" \"INVITE\""),
            ("sip.method == \"in", "\"in> \"INFO\" \"INVITE\""),
            ("sip.method==in", "in> \"INFO\" \"INVITE\""),
            ("msrp.method in {SEND, ", "> \"AUTH\" \"REPORT\" \"SEND\""),
            ("msrp.method in ", "> {"),
            ("msrp.method in {SEND ", "> , }"),
            ("protocol == msrp ", "> && ||"),
            ("sip.status == 4", "> "),
            ("body contains \"sip.m", "> "),
            ("nonsense ", "> "),
        ] {
            assert_eq!(offered(input), expected, "{input}");
        }
        assert_eq!(complete("", 0).len(), FIELDS.len());
        assert_eq!(complete("sip.method == INV && msrp", 17).len(), 1, "what follows the cursor is left alone");
    }
}
