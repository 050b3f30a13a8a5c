//! Why something was done: the values of a Reason header (RFC 3326 §2), which conference-info documents hold as well.

use super::name_addr::{NameAddr, split_values};
use super::text::is_token_char;

/// One value: `SIP;cause=200;text="Call completed"`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// Whose codes these are, as written: `SIP`, `Q.850`, … Names of protocols ignore case.
    pub protocol: String,
    /// For `SIP` a status code; `None` also where it is no number.
    pub cause: Option<u16>,
    pub text: Option<String>,
}

impl Reason {
    /// The values of a header, in order. What begins with no token is none and left out; quotes may be missing or too many.
    pub fn parse(header_value: &str) -> impl Iterator<Item = Reason> {
        split_values(header_value).filter_map(Reason::one)
    }

    fn one(value: &str) -> Option<Reason> {
        // A value has the form of an address without brackets.
        let value = NameAddr::parse(value)?;
        let protocol = value.uri();
        protocol.bytes().all(is_token_char).then(|| Reason {
            protocol: protocol.to_owned(),
            cause: value.param("cause").and_then(|cause| cause.trim().parse().ok()),
            text: value.param("text").map(|text| text.into_owned()),
        })
    }

    /// The SIP status code that is the cause.
    pub fn sip_status(&self) -> Option<u16> {
        self.cause.filter(|_| self.protocol.eq_ignore_ascii_case("SIP"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(value: &str) -> Vec<(String, Option<u16>, Option<String>)> {
        Reason::parse(value).map(|reason| (reason.protocol, reason.cause, reason.text)).collect()
    }

    fn reason(protocol: &str, cause: Option<u16>, text: Option<&str>) -> (String, Option<u16>, Option<String>) {
        (protocol.to_owned(), cause, text.map(str::to_owned))
    }

    #[test]
    fn the_examples_of_rfc_3326() {
        for (value, expected) in [
            (
                "SIP ;cause=200 ;text=\"Call completed elsewhere\"",
                reason("SIP", Some(200), Some("Call completed elsewhere")),
            ),
            ("Q.850 ;cause=16 ;text=\"Terminated\"", reason("Q.850", Some(16), Some("Terminated"))),
            ("SIP ;cause=580 ;text=\"Precondition Failure\"", reason("SIP", Some(580), Some("Precondition Failure"))),
        ] {
            assert_eq!(read(value), [expected]);
        }
    }

    #[test]
    fn several_values_and_what_quotes_hide() {
        let value = r#"Q.850;cause=16, sip ; TEXT = "Gone, \"for good\"; really\\" ;cause = 410;x=y"#;
        let expected =
            [reason("Q.850", Some(16), None), reason("sip", Some(410), Some(r#"Gone, "for good"; really\"#))];
        assert_eq!(read(value), expected);
        assert_eq!(Reason::parse(value).map(|reason| reason.sip_status()).collect::<Vec<_>>(), [None, Some(410)]);
    }

    #[test]
    fn values_that_are_not_quite_right() {
        assert_eq!(read("SIP;cause=\"480\";text=Try later"), [reason("SIP", Some(480), Some("Try later"))]);
        assert_eq!(read("SIP;cause=x;text="), [reason("SIP", None, Some(""))]);
        assert_eq!(read("SIP;cause=99999;text=\"open"), [reason("SIP", None, Some("open"))]);
        assert_eq!(read("preemption"), [reason("preemption", None, None)]);
        assert_eq!(read("bad voice quality"), []);
        assert_eq!(read(" , ;cause=200,"), []);
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_what_is_written_comes_back(text: String, cause: u16, junk: String) {
            let _ = read(&junk);
            let text = text.replace(['\r', '\n'], " ");
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            let expected = [reason("SIP", Some(cause), Some(text.as_str()))];
            prop_assert_eq!(read(&format!("SIP;cause={cause};text=\"{escaped}\"")), expected);
        }
    }
}
