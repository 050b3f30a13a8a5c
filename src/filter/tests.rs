//! The language by example.

use std::cell::RefCell;
use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// A message as a table: a field's name → its values. Notes which fields it was asked for.
#[derive(Default)]
struct Table {
    values: HashMap<String, Vec<Stored>>,
    asked: RefCell<Vec<String>>,
}

enum Stored {
    Text(&'static str),
    Number(f64),
    Time(i64),
    Address(IpAddr),
    Flag(bool),
}

impl Lookup for Table {
    fn values(&self, field: &FieldRef, visit: &mut dyn FnMut(Value<'_>)) {
        self.asked.borrow_mut().push(field.to_string());
        for value in self.values.get(&field.to_string().to_ascii_lowercase()).into_iter().flatten() {
            visit(match value {
                Stored::Text(text) => Value::Text(text),
                Stored::Number(number) => Value::Number(*number),
                Stored::Time(nanos) => Value::Time(Time(*nanos)),
                Stored::Address(address) => Value::Address(*address),
                Stored::Flag(flag) => Value::Flag(*flag),
            });
        }
    }
}

/// A retransmitted INVITE of Alice's, sent at 2026-03-01T10:00:00.005318001Z.
fn invite() -> Table {
    let address = |text: &str| Stored::Address(text.parse().unwrap());
    let mut values = HashMap::new();
    let mut set = |name: &str, list: Vec<Stored>| values.insert(name.to_owned(), list);
    set("sip", vec![Stored::Flag(true)]);
    set("msrp", vec![Stored::Flag(false)]);
    set("protocol", vec![Stored::Text("sip")]);
    set("frame.number", vec![Stored::Number(88.0)]);
    set("frame.time", vec![Stored::Time(1_772_359_200_005_318_001)]);
    set("ip.addr", vec![address("192.0.2.7"), address("2001:db8::1")]);
    set("port", vec![Stored::Number(5060.0), Stored::Number(40_000.0)]);
    set("retransmission", vec![Stored::Flag(true)]);
    set("sip.method", vec![Stored::Text("INVITE")]);
    set("sip.from", vec![Stored::Text("\"Alice\" <sip:alice@ims.example>;tag=5x")]);
    set("from", vec![Stored::Text("sip:alice@ims.example")]);
    set("sip.header.expires", vec![Stored::Text("600")]);
    set("sip.header.require", vec![Stored::Text("recipient-list-invite"), Stored::Text("100rel")]);
    set("sip.header.x-empty", vec![Stored::Text("")]);
    set("session.contribution_id", vec![Stored::Text("abcdef58")]);
    set("body", vec![Stored::Text("v=0\r\no=- \\ \"\u{fc}")]);
    Table { values, asked: RefCell::default() }
}

fn is_taken(source: &str) -> bool {
    let filter = Filter::parse(source).unwrap_or_else(|error| panic!("{}", render(&error, source, false)));
    filter.matches(&invite())
}

#[test]
fn expressions_and_what_they_say_of_an_invite() {
    for (source, expected) in [
        ("", true),
        ("  ", true),
        // Operators as symbols and as words.
        (r#"sip.method == "INVITE" && session.contribution_id contains "58""#, true),
        ("sip.method eq INVITE and session.contribution_id contains 58", true),
        ("sip.method ne INVITE or msrp", false),
        ("not msrp", true),
        ("!msrp && !!sip", true),
        ("sip.method == INVITE OR msrp", true),
        // A field alone.
        ("sip", true),
        ("msrp", false),
        ("sip.reason", false),
        ("sip.header.X-Empty", true),
        ("retransmission", true),
        ("retransmission == false", false),
        ("retransmission != FALSE", true),
        // Case.
        ("sip.method == invite", false),
        ("sip.method contains inv", false),
        ("sip.method matches inv", true),
        ("sip.method ~ ^inv", true),
        ("SIP.Method == INVITE", true),
        // Patterns; a backslash needs no doubling, but may have it.
        (r#"from matches "alice|bob""#, true),
        (r#"from matches "^sip:\w+@""#, true),
        (r#"from matches "^sip:\\w+@""#, true),
        (r#"from matches r"\.example$""#, true),
        (r#"from matches "\.org""#, false),
        // Numbers.
        ("frame.number == 88", true),
        ("frame.number >= 88.5", false),
        ("frame.number in {1..87, 89..99}", false),
        ("frame.number in { 1 .. 87, 88 }", true),
        // Several values: any of them; of != all.
        ("port == 5060 && port == 40000", true),
        ("port != 5060", false),
        ("port != 2855", true),
        ("port < 1024", false),
        ("!(sip.reason == x)", true),
        ("sip.reason != x", false),
        ("sip.header.require in {timer, 100rel}", true),
        ("sip.header.require not in {timer, 100rel}", false),
        // Text that holds a number.
        ("sip.header.Expires > 60", true),
        (r#"sip.header.Expires > "7""#, false),
        ("sip.header.Expires in {0..1000}", true),
        ("sip.header.Require > 0", false),
        // Addresses.
        ("ip.addr == 192.0.2.7", true),
        ("ip.addr == 192.0.2.0/24 && ip.addr == 2001:db8::/32", true),
        ("ip.addr == 10.0.0.0/8", false),
        ("ip.addr != 10.0.0.0/8", true),
        ("ip.addr in {192.0.2.1..192.0.2.9}", true),
        ("ip.addr > 192.0.2.7", false),
        // Times.
        (r#"frame.time >= "2026-03-01T10:00:00Z""#, true),
        ("frame.time < 2026-03-01T11:00:00+01:00", false),
        (r#"frame.time in {"2026-03-01 09:00:00".."2026-03-01 11:00:00"}"#, true),
        (r#"frame.time == "2026-03-01T10:00:00.005318001Z""#, true),
        // Precedence.
        ("sip or sip and msrp", true),
        ("(sip or sip) and msrp", false),
        ("not msrp and msrp", false),
        ("not sip.method == BYE", true),
        // Escapes.
        (r#"body contains "\\ \"""#, true),
        (r#"body contains "\r\no=""#, true),
        (r#"body contains "\u00fc" && body contains ü"#, true),
        (r#"body contains "\x76=0""#, true),
    ] {
        assert_eq!(is_taken(source), expected, "{source}");
    }
}

#[test]
fn only_what_the_answer_needs_is_looked_up() {
    let message = invite();
    let filter = Filter::parse("msrp && body contains x || sip.method == INVITE || to == y").unwrap();
    assert!(filter.matches(&message));
    assert_eq!(*message.asked.borrow(), ["msrp", "sip.method"]);
}

#[test]
fn the_normal_form() {
    for (source, normal) in [
        ("", ""),
        ("sip.Method eq INVITE and not(msrp)", r#"sip.method == "INVITE" && !msrp"#),
        ("(sip or msrp) and ((port==1)and port==2)", "(sip || msrp) && port == 1 && port == 2"),
        ("not sip.header.Subject ~ \"\\d\t\"", r#"!(sip.header.Subject matches "\\d\t")"#),
        ("ip.addr not in {10.1.2.3/8,::1}", "!(ip.addr in {10.0.0.0/8, ::1})"),
        ("sip.header.Expires in {1..2.50,\"5\"}", r#"sip.header.Expires in {1..2.5, "5"}"#),
        (
            "frame.time > 2026-03-01 && retransmission==1",
            r#"frame.time > "2026-03-01T00:00:00.000000000Z" && retransmission == true"#,
        ),
    ] {
        assert_eq!(Filter::parse(source).unwrap().to_string(), normal, "{source}");
    }
}

fn refused(source: &str) -> String {
    render(&Filter::parse(source).expect_err(source), source, false)
}

#[test]
fn errors_point_at_the_place() {
    let all: Vec<String> = [
        "sip.metod == INVITE",
        "INVITE",
        "sip.Subject contains lunch",
        "sip.header. == x",
        "sip.status contains 4",
        "sip.status == abc",
        "ip.addr == 10.0.0.0/33",
        "ip.addr < 10.0.0.0/8",
        "frame.time > yesterday",
        "sip == true",
        "protocol == SIP",
        "from == \"alice",
        r#"from == "a\d""#,
        "from matches \"(a\"",
        "from = alice",
        "from ==",
        "from == and to == b",
        "from == sip.to",
        "from == two words",
        "\"alice\"",
        "(sip and (msrp)",
        "sip)",
        "sip &&",
        "sip.status in 5",
        "sip.status in {4 5}",
        "sip.status in {499..400}",
        "sip.status not == 5",
    ]
    .map(refused)
    .into();
    insta::assert_snapshot!(all.join("\n"), @r##"
    error: there is no field `sip.metod`
      |
    1 | sip.metod == INVITE
      | ^^^^^^^^^
      |
      = help: did you mean `sip.method`?
    error: there is no field `INVITE`
      |
    1 | INVITE
      | ^^^^^^
      |
      = help: did you mean `sip.method == INVITE`?
    error: there is no field `sip.Subject`
      |
    1 | sip.Subject contains lunch
      | ^^^^^^^^^^^
      |
      = help: for a header write `sip.header.Subject`
    error: there is no field `sip.header.`
      |
    1 | sip.header. == x
      | ^^^^^^^^^^^
      |
      = help: the header's name is missing, as in `sip.header.Subject`
    error: `contains` does not go with `sip.status`, which is a number
      |
    1 | sip.status contains 4
      |            ^^^^^^^^
      |
      = help: as `sip.status == 200` or `sip.status in {200..299}`
    error: `abc` is not a number
      |
    1 | sip.status == abc
      |               ^^^
      |
      = help: `sip.status` takes a number: digits, as 200 or 1.5
    error: `10.0.0.0/33` is not an IP address
      |
    1 | ip.addr == 10.0.0.0/33
      |            ^^^^^^^^^^^
      |
      = help: `ip.addr` takes an IP address: as 192.0.2.7, 10.0.0.0/8 or 2001:db8::1
    error: a network has no order
      |
    1 | ip.addr < 10.0.0.0/8
      |           ^^^^^^^^^^
      |
      = help: write `ip.addr == 10.0.0.0/8`
    error: `yesterday` is not a time
      |
    1 | frame.time > yesterday
      |              ^^^^^^^^^
      |
      = help: `frame.time` takes a time: as "2026-03-01T10:00:00Z"
    error: `==` does not go with `sip`, which is only there or not
      |
    1 | sip == true
      |     ^^
      |
      = help: write `sip` or `!sip`
    error: `protocol` is never `SIP`
      |
    1 | protocol == SIP
      |             ^^^
      |
      = help: it is one of: sip, msrp
    error: the string has no end
      |
    1 | from == "alice
      |         ^^^^^^
      |
      = help: close it with `"`
    error: there is no escape `\d`
      |
    1 | from == "a\d"
      |           ^^
      |
      = help: write `\\` for a backslash, or r"…" for a string without escapes
    error: the pattern cannot be used: found open group without closing ')'
      |
    1 | from matches "(a"
      |              ^^^^
    error: there is no operator `=`
      |
    1 | from = alice
      |      ^
      |
      = help: write `==`
    error: a value is missing
      |
    1 | from ==
      |        ^
    error: a value is expected, not `and`
      |
    1 | from == and to == b
      |         ^^^
      |
      = help: if the text is meant, write `"and"`
    error: a field cannot be compared with another field
      |
    1 | from == sip.to
      |         ^^^^^^
      |
      = help: if the text is meant, write `"sip.to"`
    error: `and` or `or` is expected, not `words`
      |
    1 | from == two words
      |             ^^^^^
      |
      = help: text with spaces goes in quotes
    error: a value alone asks nothing
      |
    1 | "alice"
      | ^^^^^^^
      |
      = help: search the bodies: `body contains "alice"`
    error: the parenthesis is not closed
      |
    1 | (sip and (msrp)
      | ^
      |
      = help: a `)` is missing
    error: this parenthesis was never opened
      |
    1 | sip)
      |    ^
    error: a field is missing
      |
    1 | sip &&
      |       ^
      |
      = help: as `sip.method`
    error: `in` takes a set
      |
    1 | sip.status in 5
      |               ^
      |
      = help: as in `sip.status in {180, 400..499}`
    error: a `,` or `}` is expected, not `5`
      |
    1 | sip.status in {4 5}
      |                  ^
    error: the range is empty: it ends before it begins
      |
    1 | sip.status in {499..400}
      |                ^^^^^^^^
    error: `not` behind a field is for `in` only
      |
    1 | sip.status not == 5
      |                ^^
      |
      = help: write `not` before the field, or use `!=`
    "##);
}

#[test]
fn control_characters_reach_no_terminal() {
    for source in ["\u{1b}[31m", "from == \"\u{1b}[31m", "from \u{7}", "from == \"\\\u{1b}\""] {
        let shown = refused(source);
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    }
}

#[test]
fn limits_are_errors() {
    let deep = |n: usize| format!("{}sip{}", "(".repeat(n), ")".repeat(n));
    assert!(Filter::parse(&deep(MAX_NESTING)).is_ok());
    assert!(Filter::parse(&deep(MAX_NESTING + 1)).is_err());
    assert!(Filter::parse(&"!".repeat(MAX_EXPRESSION_BYTES)).is_err());
    assert!(Filter::parse(&"ä".repeat(MAX_EXPRESSION_BYTES)).is_err());
    assert!(Filter::parse("body matches \"(a{1000}){1000}\"").is_err());
    // A long chain is no nesting.
    assert!(Filter::parse(&["sip"; 400].join(" or ")).is_ok());
}

#[test]
fn the_help_names_every_field() {
    let help = help();
    for field in FIELDS {
        assert!(help.contains(&format!("\n  {}", field.name)), "{}", field.name);
    }
    assert!(help.lines().all(|line| line.len() <= 110));
}

/// Pieces of which some expressions are right and most are wrong in an interesting way.
fn expression() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "sip",
        "sip.method",
        "sip.header.X-A",
        "ip.addr",
        "frame.time",
        "size",
        "retransmission",
        "protocol",
        " ",
        " ",
        "==",
        "!=",
        "<",
        ">=",
        "contains",
        "~",
        "in",
        "{",
        "}",
        ",",
        "..",
        "(",
        ")",
        "!",
        "&&",
        "or",
        "not",
        "INVITE",
        "\"a b\"",
        "r\"\\d\"",
        "\"\\",
        "7",
        "-1.50",
        "10.0.0.0/8",
        "::1",
        "2026-03-01",
        "true",
        "msrp",
        "ü",
        "\u{1b}",
    ]);
    prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.join(" "))
}

/// Expressions that are right.
fn right_expression() -> impl Strategy<Value = String> {
    let text =
        any::<String>().prop_map(|text| format!("{:?}", text.chars().filter(|c| *c != '\0').collect::<String>()));
    let test = prop_oneof![
        Just("sip".to_owned()),
        "sip\\.header\\.[A-Za-z-]{1,8}",
        any::<u32>().prop_map(|n| format!("size < {n}")),
        any::<[u8; 4]>().prop_map(|a| format!("ip.addr != {}/{}", std::net::Ipv4Addr::from(a), a[0] % 33)),
        any::<i32>().prop_map(|s| format!("frame.time == \"{}\"", Time(i64::from(s) * 1_000_000_001))),
        text.prop_filter("only our escapes", |text| !text.contains("\\u{") && !text.contains("\\'"))
            .prop_map(|text| format!("from contains {text}")),
        "[a-z.*+\\[\\]\\\\]{1,6}".prop_map(|pattern| format!("to matches r\"{pattern}\"")),
        (0u8..9, 9u8..20).prop_map(|(a, b)| format!("port in {{{a}..{b}, {b}}}")),
    ];
    test.prop_recursive(5, 40, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("!({a})")),
            inner.clone().prop_map(|a| format!("not {a}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} and {b})")),
            (inner.clone(), inner.clone(), inner).prop_map(|(a, b, c)| format!("{a} || {b} && {c}")),
        ]
    })
}

fn check(source: &str) {
    match Filter::parse(source) {
        Ok(filter) => {
            let normal = filter.to_string();
            let again = Filter::parse(&normal).unwrap_or_else(|error| panic!("{}", render(&error, &normal, false)));
            assert_eq!((&again, again.to_string()), (&filter, normal));
            assert_eq!(again.matches(&invite()), filter.matches(&invite()));
        }
        Err(error) => {
            assert!(source.get(error.range.clone()).is_some(), "{error:?} in {source:?}");
            render(&error, source, true);
        }
    }
    for cursor in 0..=source.len() + 1 {
        for completion in complete(source, cursor) {
            assert!(source.get(completion.range.clone()).is_some(), "{completion:?} in {source:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_or_refused_at_a_place(source in any::<String>()) {
        check(&source);
    }

    #[test]
    fn any_row_of_tokens_is_read_or_refused_at_a_place(source in expression()) {
        check(&source);
    }

    #[test]
    fn what_is_read_is_written_and_read_again(source in right_expression()) {
        check(&source);
    }
}
