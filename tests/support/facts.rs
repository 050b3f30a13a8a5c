//! What a document says of the sessions, without when and in which frames: one line per fact, sorted.

use serde_json::{Map, Value};

use super::document::{list, text};

/// Members that speak of frames, or number what is found.
const PLACES: &[&str] = &["id", "frame", "frames", "time", "sent", "started", "findings", "statements", "schema"];

/// Members of which only counts whether they are there: times, and the id of another session.
const PRESENCE: &[&str] = &["answered", "ended", "established", "invited", "delivered", "displayed", "predecessor"];

/// Members of which only the number of elements counts: frames, and ids of sessions.
const NUMBERS: &[&str] = &["notifies"];

/// The facts of a document: `sessions[ID].legs[ID].direction = …`.
pub fn facts(document: &Value) -> Vec<String> {
    let mut facts = vec![];
    for count in ["sip_messages", "msrp_messages"] {
        facts.push(format!("{count} = {}", document["capture"][count]));
    }
    collect("sessions", &document["sessions"], &mut facts);
    facts.sort_unstable();
    facts
}

/// The lines of which one list has more than the other: `-` what is missing, `+` what is new. Empty if they are equal.
pub fn difference(expected: &[String], found: &[String]) -> String {
    let (mut expected, mut found) = (expected.iter().peekable(), found.iter().peekable());
    let mut out = String::new();
    loop {
        let order = match (expected.peek(), found.peek()) {
            (Some(expected), Some(found)) => expected.cmp(found),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => return out,
        };
        let missing = expected.next_if(|_| order.is_le());
        let new = found.next_if(|_| order.is_ge());
        match (missing, new) {
            (Some(line), None) => out.push_str(&format!("  - {line}\n")),
            (None, Some(line)) => out.push_str(&format!("  + {line}\n")),
            _ => {}
        }
    }
}

fn collect(path: &str, value: &Value, facts: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter().filter(|(name, _)| !PLACES.contains(&name.as_str())) {
                collect(&format!("{path}.{name}"), &reduced(name, value), facts);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                match label(element) {
                    Some(label) => {
                        facts.push(format!("{path}[{label}]"));
                        collect(&format!("{path}[{label}]"), element, facts);
                    }
                    None => facts.push(format!("{path}[] = {}", without_places(element))),
                }
            }
        }
        other => facts.push(format!("{path} = {other}")),
    }
}

fn reduced(name: &str, value: &Value) -> Value {
    if PRESENCE.contains(&name) {
        (!value.is_null()).into()
    } else if NUMBERS.contains(&name) {
        list(value).len().into()
    } else {
        value.clone()
    }
}

/// What names an element of a list among the others.
fn label(element: &Value) -> Option<String> {
    if let Value::Array(ids) = &element["contribution_ids"] {
        let mut ids: Vec<&str> = ids.iter().map(text).collect();
        ids.sort_unstable();
        // A session without one is named by its first dialog.
        return Some(if ids.is_empty() { label(&element["legs"][0])? } else { ids.join("+") });
    }
    if element["call_id"].is_string() {
        return Some(["call_id", "from_tag", "to_tag"].map(|name| text(&element[name])).join(" "));
    }
    // Those of copies, messages, participants.
    ["participant", "message_id", "uri"].into_iter().find_map(|name| Some(element[name].as_str()?.to_string()))
}

fn without_places(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !PLACES.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), reduced(name, &without_places(value))))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(elements) => elements.iter().map(without_places).collect(),
        other => other.clone(),
    }
}
