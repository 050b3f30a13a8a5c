//! The manual page of the language, for `--help`.

use std::fmt::Write as _;

use super::field::{FIELDS, FieldId, HEADER_PREFIX};

const OPERATORS: &str = r#"Operators:
  ==  eq        some value is equal (case matters)
  !=  ne        the field is there and no value is equal
  <  <=  >  >=  lt, le, gt, ge; text by its bytes, or as a number beside an unquoted one
  contains      the text is in it (case matters)
  matches  ~    the regular expression matches somewhere in it (ASCII case ignored)
  in {a, b..c}  one of these; b..c from b to c, both included
  FIELD         alone: it is there; a flag: it is true
  !   not       binds tightest
  &&  and
  ||  or        binds loosest; ( ) group

Values:
  INVITE  "with spaces"  r"raw \d+"  200  1.5  true  10.0.0.0/8  "2026-03-01T10:00:00Z"
  In "…": \" \\ \n \r \t \xHH \uHHHH

Examples:
  sip.method == INVITE && session.contribution_id contains "58"
  msrp.status >= 400 or sip.status in {400..699}
  from matches "alice|bob" and not retransmission
"#;

/// Operators, values, examples, and every field with its kind; plain text with lines of up to about 110 columns.
pub fn help() -> String {
    let mut out = format!("{OPERATORS}\nFields:\n");
    for field in FIELDS {
        let name = match field.id {
            FieldId::SipHeader => format!("{HEADER_PREFIX}NAME"),
            _ => field.name.to_owned(),
        };
        // Writing to a String cannot fail.
        _ = writeln!(out, "  {name:<24} {:<9} {}", field.kind.as_str(), field.doc);
    }
    out
}
