//! The display-filter language of `rcshark messages --filter` and of the desktop program, after Wireshark's.
//!
//! In goes an expression such as `sip.method == INVITE && from matches "alice"`; out comes a [`Filter`] that says of
//! any [`Lookup`] (a message with its surroundings) whether it is wanted, or a [`FilterError`] that points into the
//! expression. What a field's values are is the lookup's affair: this folder knows names, kinds and operators only.
//!
//! What Wireshark's users should know:
//!
//! - A field with several values (`ip.addr`, a repeated header) satisfies a test when *any* of its values does. `!=`
//!   alone asks it of *all*: the field is there and no value is equal (as Wireshark since 3.6). `!(f == x)` also takes
//!   messages without the field.
//! - `==`, `!=`, `contains` and `in` are case-sensitive, `matches` is not (in ASCII); its pattern may match anywhere.
//! - A field alone asks whether it is there; a flag (`retransmission`) alone, whether it is true.
//! - `<`, `<=`, `>`, `>=` and ranges on a text field compare as numbers when given an unquoted number
//!   (`sip.header.Expires > 60`; a value that is no number fails), else by the bytes.
//! - `not` binds before `and`, `and` before `or`. The empty expression takes everything.

mod complete;
mod error;
mod eval;
mod expr;
mod field;
mod help;
mod lex;
mod literal;
mod parse;

use std::fmt;
use std::net::IpAddr;

use crate::capture::Time;

pub use complete::{Completion, complete};
pub use error::{FilterError, render};
pub use field::{FIELDS, Field, FieldId, FieldRef, Kind, Values};
pub use help::help;
pub use literal::MAX_REGEX_BYTES;
pub use parse::{MAX_EXPRESSION_BYTES, MAX_NESTING};

/// An expression ready to be asked about messages. Its text form ([`fmt::Display`]) is the normal form: fields by their
/// first names, operators as symbols, values quoted; it parses to the same filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    /// `None`: the empty expression.
    expr: Option<expr::Expr>,
}

impl Filter {
    /// Reads an expression; the error says where it is wrong and, where it can, what was meant.
    pub fn parse(source: &str) -> Result<Filter, FilterError> {
        Ok(Filter { expr: parse::parse(source)? })
    }

    /// Whether `message` is wanted. Fields are looked up only as far as the answer needs them, from left to right.
    pub fn matches(&self, message: &impl Lookup) -> bool {
        self.expr.as_ref().is_none_or(|expr| eval::holds(expr, message))
    }
}

impl std::str::FromStr for Filter {
    type Err = FilterError;

    fn from_str(source: &str) -> Result<Filter, FilterError> {
        Filter::parse(source)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.as_ref().map_or(Ok(()), |expr| expr.fmt(f))
    }
}

/// Something a filter can be asked about.
pub trait Lookup {
    /// Calls `visit` with each value of `field`, in any order; not at all where the field is not there. The values are
    /// of the field's [`Kind`]; one of another kind equals nothing and has no order.
    fn values(&self, field: &FieldRef, visit: &mut dyn FnMut(Value<'_>));
}

/// One value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Text(&'a str),
    /// Whole numbers are exact up to 2^53.
    Number(f64),
    Time(Time),
    Address(IpAddr),
    /// Also the value of the fields `sip` and `msrp`; where false, the field counts as not there.
    Flag(bool),
}

#[cfg(test)]
mod tests;
