//! The value of From, To and cc (RFC 3862 §4.1): `Formal Name <uri>`.

use super::header::unescape;

/// Who sent or receives the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Without quotes and escapes; empty where there is none.
    pub name: String,
    /// As written, without the angle brackets. A bare URI without brackets is taken, too.
    pub uri: String,
}

impl Address {
    /// Reads a header value whose escapes are still in it.
    pub fn parse(value: &str) -> Address {
        // A URI cannot contain "<", a quoted name can.
        let Some((name, uri)) = value.rsplit_once('<') else {
            return Address { name: String::new(), uri: value.trim().to_owned() };
        };
        let name = name.trim();
        let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
        let uri = uri.split('>').next().unwrap_or_default();
        Address { name: unescape(name).into_owned(), uri: uri.trim().to_owned() }
    }
}
