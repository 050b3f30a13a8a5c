//! Tokens → [`Expr`].
//!
//! ```text
//! any    = all *( ("||" / "or") all )
//! all    = not *( ("&&" / "and") not )
//! not    = ("!" / "not") not / "(" any ")" / test
//! test   = field / field operator value / field ["not"] "in" "{" member *("," member) "}"
//! member = value / value ".." value
//! ```

use std::ops::Range;

use super::error::{FilterError, quoted};
use super::expr::{Expr, Member, Order, Test};
use super::field::{self, Field, FieldRef, Values};
use super::lex::{self, Operator, Token, TokenKind};
use super::literal::{Operand, Pattern, unquote};
use super::{FIELDS, Kind, eval};

/// The longest expression: far beyond what is typed, and it bounds what its patterns can take together.
pub const MAX_EXPRESSION_BYTES: usize = 4096;

/// How deep parentheses and negations may nest: reading, asking and writing recurse that deep.
pub const MAX_NESTING: usize = 64;

type Result<T> = std::result::Result<T, FilterError>;

/// `None` for an expression of white space only.
pub(super) fn parse(source: &str) -> Result<Option<Expr>> {
    if source.len() > MAX_EXPRESSION_BYTES {
        let start = source.floor_char_boundary(MAX_EXPRESSION_BYTES);
        let message = format!("the expression is longer than {MAX_EXPRESSION_BYTES} bytes");
        return Err(FilterError::new(start..source.len(), message));
    }
    let (tokens, lex_error) = lex::tokens(source);
    if tokens.is_empty() && lex_error.is_none() {
        return Ok(None);
    }
    let mut parser = Parser { source, tokens: &tokens, lex_error, nesting: 0 };
    let expr = parser.any()?;
    match parser.next()? {
        None => Ok(Some(expr)),
        Some(token) => Err(parser.unexpected_after_test(token)),
    }
}

struct Parser<'a> {
    source: &'a str,
    /// Those that are still to be read.
    tokens: &'a [Token],
    /// What is wrong behind the last of them.
    lex_error: Option<FilterError>,
    nesting: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<TokenKind> {
        self.tokens.first().map(|token| token.kind)
    }

    fn next(&mut self) -> Result<Option<&'a Token>> {
        match self.tokens.split_first() {
            Some((token, rest)) => {
                self.tokens = rest;
                Ok(Some(token))
            }
            None => self.lex_error.take().map_or(Ok(None), Err),
        }
    }

    fn take(&mut self, kind: TokenKind) -> bool {
        let found = self.peek() == Some(kind);
        if found {
            self.tokens = self.tokens.get(1..).unwrap_or_default();
        }
        found
    }

    fn text(&self, token: &Token) -> &'a str {
        self.source.get(token.range.clone()).unwrap_or_default()
    }

    fn any(&mut self) -> Result<Expr> {
        let mut members = Vec::new();
        loop {
            match self.all()? {
                Expr::Any(more) => members.extend(more),
                one => members.push(one),
            }
            if !self.take(TokenKind::Or) {
                return Ok(one_or(members, Expr::Any));
            }
        }
    }

    fn all(&mut self) -> Result<Expr> {
        let mut members = Vec::new();
        loop {
            match self.not()? {
                Expr::All(more) => members.extend(more),
                one => members.push(one),
            }
            if !self.take(TokenKind::And) {
                return Ok(one_or(members, Expr::All));
            }
        }
    }

    fn not(&mut self) -> Result<Expr> {
        let Some(token) = self.next()? else {
            return Err(FilterError::new(self.end(), "a field is missing").hint("as `sip.method`"));
        };
        if !matches!(token.kind, TokenKind::Not | TokenKind::Open) {
            return self.test(token);
        }
        self.nesting += 1;
        if self.nesting > MAX_NESTING {
            let message = format!("more than {MAX_NESTING} parentheses and negations inside each other");
            return Err(FilterError::new(token.range.clone(), message));
        }
        let expr = match token.kind {
            TokenKind::Not => Expr::Not(Box::new(self.not()?)),
            _ => {
                let inner = self.any()?;
                match self.next()? {
                    Some(close) if close.kind == TokenKind::Close => inner,
                    Some(other) => return Err(self.unexpected_after_test(other)),
                    None => {
                        let error = FilterError::new(token.range.clone(), "the parenthesis is not closed");
                        return Err(error.hint("a `)` is missing"));
                    }
                }
            }
        };
        self.nesting -= 1;
        Ok(expr)
    }

    fn test(&mut self, token: &Token) -> Result<Expr> {
        let field = self.field(token)?;
        let negated = self.peek() == Some(TokenKind::Not);
        if negated {
            self.next()?;
        }
        let operator = match self.peek() {
            Some(TokenKind::Operator(operator)) if !negated || operator == Operator::In => operator,
            _ if negated => {
                return Err(FilterError::new(self.next_range()?, "`not` behind a field is for `in` only")
                    .hint("write `not` before the field, or use `!=`"));
            }
            _ => return Ok(Expr::Present(field)),
        };
        let operator_range = self.next_range()?;
        self.next()?;
        check_kind(&field, operator, operator_range)?;
        let test = match operator {
            Operator::Contains | Operator::Matches => self.search(operator)?,
            Operator::In => Test::In(self.set(&field)?),
            Operator::Equal => Test::Equal(self.exact(&field)?),
            Operator::NotEqual => Test::NotEqual(self.exact(&field)?),
            Operator::Less => Test::Order(Order::Less, self.ordered(&field)?),
            Operator::LessOrEqual => Test::Order(Order::LessOrEqual, self.ordered(&field)?),
            Operator::Greater => Test::Order(Order::Greater, self.ordered(&field)?),
            Operator::GreaterOrEqual => Test::Order(Order::GreaterOrEqual, self.ordered(&field)?),
        };
        let test = Expr::Test(field, test);
        Ok(if negated { Expr::Not(Box::new(test)) } else { test })
    }

    fn field(&self, token: &Token) -> Result<FieldRef> {
        let text = self.text(token);
        let error = |message: String| FilterError::new(token.range.clone(), message);
        match token.kind {
            TokenKind::Word => {}
            TokenKind::Text | TokenKind::RawText => {
                return Err(error("a value alone asks nothing".into())
                    .hint(format!("search the bodies: `body contains {text}`")));
            }
            _ => return Err(error(format!("a field is expected, not {}", quoted(text))).hint("as `sip.method`")),
        }
        if let Some(field) = FieldRef::find(text) {
            return Ok(field);
        }
        let error = error(format!("there is no field {}", quoted(text)));
        Err(if text.eq_ignore_ascii_case("sip.header") || text.eq_ignore_ascii_case(field::HEADER_PREFIX) {
            error.hint("the header's name is missing, as in `sip.header.Subject`")
        } else if let Some(name) = field::nearest(text) {
            error.hint(format!("did you mean `{name}`?"))
        } else if let Some(owner) = usual_owner(text) {
            error.hint(format!("did you mean `{} == {text}`?", owner.name))
        } else if let Some(header) = text
            .strip_prefix("sip.")
            .filter(|header| FieldRef::find(&format!("{}{header}", field::HEADER_PREFIX)).is_some())
        {
            error.hint(format!("for a header write `{}{header}`", field::HEADER_PREFIX))
        } else {
            error
        })
    }

    /// The right side of `contains` and `matches`.
    fn search(&mut self, operator: Operator) -> Result<Test> {
        let is_pattern = operator == Operator::Matches;
        let (token, text) = self.value(is_pattern)?;
        Ok(if is_pattern { Test::Matches(Pattern::new(text, token.range.clone())?) } else { Test::Contains(text) })
    }

    /// The right side of `==` and `!=`, and a member of a set.
    fn exact(&mut self, field: &FieldRef) -> Result<Operand> {
        let (token, text) = self.value(false)?;
        let operand = self.operand(field, token, &text)?;
        if let Values::Only(list) = field.field().values
            && !list.contains(&text.as_str())
        {
            let error = FilterError::new(token.range.clone(), format!("`{field}` is never {}", quoted(&text)));
            return Err(error.hint(format!("it is one of: {}", list.join(", "))));
        }
        Ok(operand)
    }

    /// A value that others can be less or greater than.
    fn ordered(&mut self, field: &FieldRef) -> Result<Operand> {
        let (token, text) = self.value(false)?;
        if token.kind == TokenKind::Word
            && field.field().kind == Kind::Text
            && let Some(number) = Operand::read(Kind::Number, &text)
        {
            return Ok(number);
        }
        match self.operand(field, token, &text)? {
            Operand::Network(network) if !network.is_one_address() => {
                Err(FilterError::new(token.range.clone(), "a network has no order")
                    .hint(format!("write `{field} == {network}`")))
            }
            operand => Ok(operand),
        }
    }

    /// `{ member, member, … }`
    fn set(&mut self, field: &FieldRef) -> Result<Vec<Member>> {
        let open = self.next_range()?;
        if !self.take(TokenKind::OpenSet) {
            return Err(FilterError::new(open, "`in` takes a set").hint(r#"as in `sip.status in {180, 400..499}`"#));
        }
        let mut members = Vec::new();
        loop {
            members.push(self.member(field)?);
            match self.next()? {
                Some(token) if token.kind == TokenKind::Comma => {}
                Some(token) if token.kind == TokenKind::CloseSet => return Ok(members),
                Some(token) => {
                    let message = format!("a `,` or `}}` is expected, not {}", quoted(self.text(token)));
                    return Err(FilterError::new(token.range.clone(), message));
                }
                None => return Err(FilterError::new(open, "the set is not closed").hint("a `}` is missing")),
            }
        }
    }

    fn member(&mut self, field: &FieldRef) -> Result<Member> {
        let is_range = self.tokens.get(1).is_some_and(|token| token.kind == TokenKind::To);
        if !is_range {
            return self.exact(field).map(Member::One);
        }
        let start = self.next_range()?.start;
        let first = self.ordered(field)?;
        self.next()?;
        let range = start..self.next_range()?.end;
        let last = self.ordered(field)?;
        match eval::order(first.value(), &last) {
            Some(order) if order.is_le() => Ok(Member::Range(first, last)),
            Some(_) => Err(FilterError::new(range, "the range is empty: it ends before it begins")),
            None => Err(FilterError::new(range, "the ends of the range are of different kinds")),
        }
    }

    /// The next token, which is to be a value, and its text without quotes.
    fn value(&mut self, for_pattern: bool) -> Result<(&'a Token, String)> {
        let Some(token) = self.next()? else {
            return Err(FilterError::new(self.end(), "a value is missing"));
        };
        let text = self.text(token);
        match token.kind {
            TokenKind::Text | TokenKind::RawText => {
                Ok((token, unquote(self.source, token.range.clone(), for_pattern)?))
            }
            TokenKind::Word if text.contains('.') && FieldRef::find(text).is_some() => {
                Err(FilterError::new(token.range.clone(), "a field cannot be compared with another field")
                    .hint(format!("if the text is meant, write `\"{text}\"`")))
            }
            TokenKind::Word => Ok((token, text.to_owned())),
            _ => {
                let error = FilterError::new(token.range.clone(), format!("a value is expected, not {}", quoted(text)));
                Err(if text.starts_with(char::is_alphabetic) {
                    error.hint(format!("if the text is meant, write `\"{text}\"`"))
                } else {
                    error
                })
            }
        }
    }

    fn operand(&self, field: &FieldRef, token: &Token, text: &str) -> Result<Operand> {
        let kind = field.field().kind;
        Operand::read(kind, text).ok_or_else(|| {
            let (what, example) = match kind {
                Kind::Number => ("a number", "digits, as 200 or 1.5"),
                Kind::Time => ("a time", "as \"2026-03-01T10:00:00Z\""),
                Kind::Address => ("an IP address", "as 192.0.2.7, 10.0.0.0/8 or 2001:db8::1"),
                Kind::Flag => ("true or false", "as true"),
                Kind::Text | Kind::Presence => ("a value", ""),
            };
            FilterError::new(token.range.clone(), format!("{} is not {what}", quoted(text)))
                .hint(format!("`{field}` takes {what}: {example}"))
        })
    }

    /// For a token that stands where `and`, `or`, `)` or the end should.
    fn unexpected_after_test(&self, token: &Token) -> FilterError {
        let error = FilterError::new(
            token.range.clone(),
            format!("`and` or `or` is expected, not {}", quoted(self.text(token))),
        );
        match token.kind {
            TokenKind::Close => FilterError::new(token.range.clone(), "this parenthesis was never opened"),
            TokenKind::Word => error.hint("text with spaces goes in quotes"),
            _ => error,
        }
    }

    /// Where the next token is; the end of the expression when there is none.
    fn next_range(&mut self) -> Result<Range<usize>> {
        match self.tokens.first() {
            Some(token) => Ok(token.range.clone()),
            None => self.lex_error.take().map_or(Ok(self.end()), Err),
        }
    }

    fn end(&self) -> Range<usize> {
        let end = self.source.trim_end().len();
        end..end
    }
}

fn one_or(mut members: Vec<Expr>, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match members.pop() {
        Some(only) if members.is_empty() => only,
        Some(last) => {
            members.push(last);
            many(members)
        }
        None => many(members),
    }
}

/// The field that is known for the value `text`; `sip.method` before `sip.cseq.method`.
fn usual_owner(text: &str) -> Option<&'static Field> {
    FIELDS.iter().filter(|field| field.values.list().contains(&text)).min_by_key(|field| field.name.len())
}

/// Refuses operators that the field's values do not have.
fn check_kind(field: &FieldRef, operator: Operator, range: Range<usize>) -> Result<()> {
    let kind = field.field().kind;
    let allowed = match operator {
        Operator::Equal | Operator::NotEqual => kind != Kind::Presence,
        Operator::Contains | Operator::Matches => kind == Kind::Text,
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual | Operator::In => {
            matches!(kind, Kind::Text | Kind::Number | Kind::Time | Kind::Address)
        }
    };
    if allowed {
        return Ok(());
    }
    let (is, hint) = match kind {
        Kind::Text => ("text", String::new()),
        Kind::Number => ("a number", format!("as `{field} == 200` or `{field} in {{200..299}}`")),
        Kind::Time => ("a time", format!("as `{field} >= \"2026-03-01T10:00:00Z\"`")),
        Kind::Address => ("an address", format!("for a network write `{field} == 10.0.0.0/8`")),
        Kind::Flag => ("true or false", format!("write `{field}` or `!{field}`")),
        Kind::Presence => ("only there or not", format!("write `{field}` or `!{field}`")),
    };
    let operator = operator.as_str();
    Err(FilterError::new(range, format!("`{operator}` does not go with `{field}`, which is {is}")).hint(hint))
}
