//! The values of a Warning header (RFC 3261 §20.43): why a request was refused, in words.

use super::name_addr::split_values;

/// One value: `399 focus.example.com "122 Function not allowed"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Warning {
    /// The three digits.
    pub code: String,
    /// Who says so.
    pub agent: String,
    /// Without its quotes and backslashes, runs of white space as one.
    pub text: String,
}

impl Warning {
    /// The values of a header, in order. What has no code and no agent is left out; quotes may be missing.
    pub fn parse(header_value: &str) -> impl Iterator<Item = Warning> {
        split_values(header_value).filter_map(Warning::one)
    }

    fn one(value: &str) -> Option<Warning> {
        let (code, rest) = value.trim().split_once(|space: char| space.is_ascii_whitespace())?;
        let (agent, text) = rest.trim_start().split_once(|space: char| space.is_ascii_whitespace())?;
        let text = text.trim().trim_start_matches('"').trim_end_matches('"').replace('\\', "");
        let text = text.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let is_code = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| Warning { code: code.to_owned(), agent: agent.to_owned(), text })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(value: &str) -> Vec<(String, String)> {
        Warning::parse(value).map(|one| (one.code, one.text)).collect()
    }

    fn pair(code: &str, text: &str) -> (String, String) {
        (code.to_owned(), text.to_owned())
    }

    #[test]
    fn the_examples_of_rfc_3261() {
        let first = "307 isi.edu \"Session parameter 'foo' not understood\"";
        assert_eq!(read(first), [pair("307", "Session parameter 'foo' not understood")]);
        let both = "399 cf \"102 Too many, really\", 301 isi.edu \"Incompatible network address type 'E.164'\"";
        assert_eq!(
            read(both),
            [pair("399", "102 Too many, really"), pair("301", "Incompatible network address type 'E.164'")]
        );
    }

    #[test]
    fn what_is_no_warning_is_left_out() {
        assert_eq!(read("399"), []);
        assert_eq!(read("39 a \"b\""), []);
        assert_eq!(read("399 a b  c"), [pair("399", "b c")]);
    }

    proptest! {
        #[test]
        fn any_text_is_read(value in "\\PC{0,60}") {
            let _ = read(&value);
        }
    }
}
