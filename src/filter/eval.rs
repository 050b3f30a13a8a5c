//! Asks an expression about one message.

use std::cmp::Ordering;

use super::expr::{Expr, Member, Order, Test};
use super::literal::{self, Operand};
use super::{FieldRef, Lookup, Value};

pub(super) fn holds(expr: &Expr, message: &impl Lookup) -> bool {
    match expr {
        Expr::Any(members) => members.iter().any(|member| holds(member, message)),
        Expr::All(members) => members.iter().all(|member| holds(member, message)),
        Expr::Not(inner) => !holds(inner, message),
        Expr::Present(field) => any(message, field, |value| value != Value::Flag(false)),
        Expr::Test(field, Test::NotEqual(operand)) => {
            any(message, field, |_| true) && !any(message, field, |value| equal(value, operand))
        }
        Expr::Test(field, test) => any(message, field, |value| satisfies(value, test)),
    }
}

fn any(message: &impl Lookup, field: &FieldRef, wanted: impl Fn(Value<'_>) -> bool) -> bool {
    let mut found = false;
    message.values(field, &mut |value| found = found || wanted(value));
    found
}

fn satisfies(value: Value<'_>, test: &Test) -> bool {
    match (test, value) {
        (Test::Equal(operand), _) => equal(value, operand),
        (Test::NotEqual(operand), _) => !equal(value, operand),
        (Test::Order(wanted, operand), _) => order(value, operand).is_some_and(|is| match wanted {
            Order::Less => is.is_lt(),
            Order::LessOrEqual => is.is_le(),
            Order::Greater => is.is_gt(),
            Order::GreaterOrEqual => is.is_ge(),
        }),
        (Test::Contains(part), Value::Text(text)) => text.contains(part),
        (Test::Matches(pattern), Value::Text(text)) => pattern.is_match(text),
        (Test::In(members), _) => members.iter().any(|member| match member {
            Member::One(operand) => equal(value, operand),
            Member::Range(first, last) => {
                order(value, first).is_some_and(Ordering::is_ge) && order(value, last).is_some_and(Ordering::is_le)
            }
        }),
        _ => false,
    }
}

fn equal(value: Value<'_>, operand: &Operand) -> bool {
    match (value, operand) {
        (Value::Address(address), Operand::Network(network)) => network.contains(address),
        _ => value == operand.value(),
    }
}

/// Where the value stands to the operand; `None` where the two have no order.
pub(super) fn order(value: Value<'_>, operand: &Operand) -> Option<Ordering> {
    match (value, operand) {
        (Value::Text(text), Operand::Text(other)) => Some(text.cmp(other)),
        // Headers that hold numbers are text to us; an unquoted number asks for their order as numbers.
        (Value::Text(text), Operand::Number(other)) => literal::number(text.trim())?.partial_cmp(other),
        (Value::Number(number), Operand::Number(other)) => number.partial_cmp(other),
        (Value::Time(time), Operand::Time(other)) => Some(time.cmp(other)),
        (Value::Address(address), Operand::Network(other)) => {
            (address.is_ipv4() == other.address().is_ipv4()).then(|| address.cmp(&other.address()))
        }
        _ => None,
    }
}
