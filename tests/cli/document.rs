//! The JSON document against its contract: every field there, of its type.

use serde_json::Value;

use super::{SAMPLES, json};

/// What a field must be.
type Check = fn(&Value) -> bool;

fn text(value: &Value) -> bool {
    value.is_string()
}

fn number(value: &Value) -> bool {
    value.is_u64()
}

fn flag(value: &Value) -> bool {
    value.is_boolean()
}

fn list(value: &Value) -> bool {
    value.is_array()
}

fn object(value: &Value) -> bool {
    value.is_object()
}

/// RFC 3339 with nine digits, UTC.
fn time(value: &Value) -> bool {
    value.as_str().is_some_and(|time| {
        let shape: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        shape == "0000-00-00T00:00:00.000000000Z"
    })
}

fn frames(value: &Value) -> bool {
    value.as_array().is_some_and(|frames| frames.iter().all(|frame| frame.as_u64().is_some_and(|frame| frame >= 1)))
}

fn or_null(value: &Value, check: Check) -> bool {
    value.is_null() || check(value)
}

const CAPTURE: &[(&str, Check)] = &[
    ("path", text),
    ("frames", number),
    ("first", time),
    ("last", time),
    ("link_types", list),
    ("sip_messages", number),
    ("msrp_messages", number),
    ("problems", list),
];
const PROBLEM: &[(&str, Check)] =
    &[("kind", text), ("frame", |v| or_null(v, number)), ("bytes", number), ("detail", text)];
const SESSION: &[(&str, Check)] = &[
    ("id", text),
    ("kind", |v| v == "group" || v == "one-to-one"),
    ("contribution_ids", list),
    ("conversation_id", |v| or_null(v, text)),
    ("focus_uri", |v| or_null(v, text)),
    ("uri_key", |v| or_null(v, text)),
    ("subject", |v| or_null(v, text)),
    ("predecessor", |v| or_null(v, text)),
    ("started", time),
    ("ended", |v| or_null(v, time)),
    ("end_cause", |v| or_null(v, text)),
    ("joined_by", list),
    ("legs", list),
    ("subscriptions", list),
    ("participants", list),
    ("messages", list),
    ("notifications", list),
    ("statements", object),
];
const JOINT: &[(&str, Check)] = &[("key", text), ("value", text), ("frames", frames)];
const LEG: &[(&str, Check)] = &[
    ("call_id", text),
    ("from_tag", text),
    ("to_tag", text),
    ("direction", |v| {
        ["client-to-focus", "focus-to-client", "client-to-client", "unknown"].contains(&v.as_str().unwrap_or_default())
    }),
    ("participant", |v| or_null(v, text)),
    ("outcome", |v| ["established", "rejected", "cancelled", "unanswered"].contains(&v.as_str().unwrap_or_default())),
    ("final_status", |v| or_null(v, number)),
    ("invited", |v| or_null(v, time)),
    ("established", |v| or_null(v, time)),
    ("ended", |v| or_null(v, time)),
    ("ended_by", |v| v.is_null() || ["client", "focus", "unknown"].contains(&v.as_str().unwrap_or_default())),
    ("msrp", |v| or_null(v, object)),
    ("frames", frames),
];
const MSRP: &[(&str, Check)] = &[
    ("local_path", |v| or_null(v, text)),
    ("remote_path", |v| or_null(v, text)),
    ("conference_info_applicable", flag),
];
const PARTICIPANT: &[(&str, Check)] = &[
    ("uri", text),
    ("display_name", |v| or_null(v, text)),
    ("anonymous", flag),
    ("timeline", list),
    ("observed", list),
];
const CHANGE: &[(&str, Check)] = &[
    ("time", time),
    ("state", |v| ["invited", "pending", "connected", "disconnected"].contains(&v.as_str().unwrap_or_default())),
    ("cause", |v| or_null(v, text)),
    ("by", |v| or_null(v, text)),
    ("source", |v| v == "signalling" || v == "notify" || v == "msrp"),
    ("frame", number),
];
const OBSERVED: &[(&str, Check)] = &[
    ("time", time),
    ("observer", |v| or_null(v, text)),
    ("source", |v| v == "notify" || v == "msrp"),
    ("state", |v| or_null(v, text)),
    ("frame", number),
];
const MESSAGE: &[(&str, Check)] = &[
    ("message_id", text),
    ("from", |v| or_null(v, text)),
    ("to", |v| or_null(v, text)),
    ("content_type", text),
    ("size", number),
    ("sha256", |v| v.as_str().is_some_and(|digest| digest.len() == 64)),
    ("sent", time),
    ("frame", number),
    ("chunks", number),
    ("copies", list),
];
const COPY: &[(&str, Check)] = &[
    ("participant", text),
    ("time", time),
    ("frame", number),
    ("response", |v| or_null(v, number)),
    ("delivered", |v| or_null(v, time)),
    ("displayed", |v| or_null(v, time)),
];
const NOTIFICATION: &[(&str, Check)] = &[
    ("time", time),
    ("to", |v| or_null(v, text)),
    ("source", |v| v == "msrp" || v == "notify"),
    ("state", |v| or_null(v, text)),
    ("version", |v| or_null(v, number)),
    ("user_count", |v| or_null(v, number)),
    ("frame", number),
];

/// Checks one object, which counts as seen.
fn check(value: &Value, fields: &[(&str, Check)], seen: &mut usize) {
    *seen += 1;
    for (name, is_right) in fields {
        let field = value.get(name).unwrap_or_else(|| panic!("no {name} in {value:#}"));
        assert!(is_right(field), "{name} is {field} in {value:#}");
    }
}

fn each<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().into_iter().flatten()
}

#[test]
fn every_field_of_the_contract() {
    let documents = json(&[&["analyze", "--format", "json"], SAMPLES].concat());
    assert_eq!(documents.as_array().map(Vec::len), Some(SAMPLES.len()));
    let mut seen = [0; 12];
    for document in documents.as_array().into_iter().flatten() {
        assert_eq!(document["schema"], "rcshark.analysis/1");
        assert!(list(&document["findings"]) && list(&document["conversations"]));
        check(&document["capture"], CAPTURE, &mut seen[0]);
        each(&document["capture"], "problems").for_each(|problem| check(problem, PROBLEM, &mut seen[1]));
        for session in each(document, "sessions") {
            check(session, SESSION, &mut seen[2]);
            each(session, "joined_by").for_each(|joint| check(joint, JOINT, &mut seen[3]));
            for leg in each(session, "legs") {
                check(leg, LEG, &mut seen[4]);
                if !leg["msrp"].is_null() {
                    check(&leg["msrp"], MSRP, &mut seen[5]);
                }
            }
            for participant in each(session, "participants") {
                check(participant, PARTICIPANT, &mut seen[6]);
                each(participant, "timeline").for_each(|one| check(one, CHANGE, &mut seen[10]));
                each(participant, "observed").for_each(|one| check(one, OBSERVED, &mut seen[11]));
            }
            for message in each(session, "messages") {
                check(message, MESSAGE, &mut seen[7]);
                each(message, "copies").for_each(|copy| check(copy, COPY, &mut seen[8]));
            }
            each(session, "notifications").for_each(|one| check(one, NOTIFICATION, &mut seen[9]));
        }
    }
    assert!(seen.iter().all(|&seen| seen > 0), "not everything was there to be checked: {seen:?}");
}
