//! Any text as a display filter: an error points into it, and a filter written out parses to itself and can be asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rcshark::capture::Time;
use rcshark::filter::{FieldRef, Filter, Kind, Lookup, Value, complete, render};

/// A message that has two values of every field.
struct Everything;

impl Lookup for Everything {
    fn values(&self, field: &FieldRef, visit: &mut dyn FnMut(Value<'_>)) {
        let values = match field.field().kind {
            Kind::Text => [Value::Text("INVITE sip:alice@example.com"), Value::Text("")],
            Kind::Number => [Value::Number(200.0), Value::Number(-1.5)],
            Kind::Time => [Value::Time(Time(0)), Value::Time(Time(i64::MAX))],
            Kind::Address => {
                [Value::Address([192, 0, 2, 1].into()), Value::Address([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1].into())]
            }
            Kind::Flag | Kind::Presence => [Value::Flag(true), Value::Flag(false)],
        };
        values.into_iter().for_each(visit);
    }
}

fuzz_target!(|source: &str| {
    match Filter::parse(source) {
        Ok(filter) => {
            let written = filter.to_string();
            let again = Filter::parse(&written).expect("the normal form is a filter");
            assert_eq!(again, filter, "{written}");
            assert_eq!(again.to_string(), written);
            assert_eq!(again.matches(&Everything), filter.matches(&Everything));
        }
        Err(error) => {
            assert!(source.get(error.range.clone()).is_some(), "{:?} of {source:?}", error.range);
            let _ = render(&error, source, true);
        }
    }
    for completion in complete(source, source.len() / 2).iter().chain(&complete(source, source.len())) {
        assert!(source.get(completion.range.clone()).is_some());
    }
});
