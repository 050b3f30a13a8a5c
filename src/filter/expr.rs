//! The parsed expression and its normal form.

use std::fmt;

use super::FieldRef;
use super::lex::Operator;
use super::literal::{Operand, Pattern};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// `||`; no member is itself an `Any`.
    Any(Vec<Expr>),
    /// `&&`; no member is itself an `All`.
    All(Vec<Expr>),
    Not(Box<Expr>),
    Present(FieldRef),
    Test(FieldRef, Test),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Equal(Operand),
    NotEqual(Operand),
    Order(Order, Operand),
    Contains(String),
    Matches(Pattern),
    In(Vec<Member>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// One member of a set.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Member {
    One(Operand),
    /// From the first to the second, both included.
    Range(Operand, Operand),
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Any(members) => join(f, members, " || "),
            Expr::All(members) => join(f, members, " && "),
            Expr::Not(inner) if matches!(**inner, Expr::Present(_) | Expr::Not(_)) => write!(f, "!{inner}"),
            Expr::Not(inner) => write!(f, "!({inner})"),
            Expr::Present(field) => field.fmt(f),
            Expr::Test(field, test) => write!(f, "{field} {test}"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, members: &[Expr], separator: &str) -> fmt::Result {
    for (i, member) in members.iter().enumerate() {
        f.write_str(if i > 0 { separator } else { "" })?;
        match member {
            Expr::Any(_) => write!(f, "({member})")?,
            _ => write!(f, "{member}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Equal(operand) => write!(f, "{} {operand}", Operator::Equal.as_str()),
            Test::NotEqual(operand) => write!(f, "{} {operand}", Operator::NotEqual.as_str()),
            Test::Order(order, operand) => write!(f, "{} {operand}", order.operator().as_str()),
            Test::Contains(text) => write!(f, "contains {}", Operand::Text(text.clone())),
            Test::Matches(pattern) => write!(f, "matches {pattern}"),
            Test::In(members) => {
                f.write_str("in {")?;
                for (i, member) in members.iter().enumerate() {
                    f.write_str(if i > 0 { ", " } else { "" })?;
                    match member {
                        Member::One(operand) => operand.fmt(f)?,
                        Member::Range(first, last) => write!(f, "{first}..{last}")?,
                    }
                }
                f.write_str("}")
            }
        }
    }
}

impl Order {
    fn operator(self) -> Operator {
        match self {
            Order::Less => Operator::Less,
            Order::LessOrEqual => Operator::LessOrEqual,
            Order::Greater => Operator::Greater,
            Order::GreaterOrEqual => Operator::GreaterOrEqual,
        }
    }
}
