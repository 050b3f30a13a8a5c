//! Who somebody is: the URIs that stand for one user or focus.

use crate::wire::sip::{Message, Name};
use crate::wire::uri::{NameAddr, Uri, split_values};

/// A user, a focus or a group, as one message names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// As on the wire.
    pub uri: String,
    /// The normalised form that joins its spellings, see [`Uri::key`].
    pub key: String,
    pub display_name: Option<String>,
}

impl Identity {
    /// The address of a From, To, Referred-By, … value.
    pub fn parse(value: &str) -> Option<Identity> {
        let address = NameAddr::parse(value)?;
        let display_name = address.display_name().map(|name| name.into_owned()).filter(|name| !name.is_empty());
        Some(Identity { uri: address.uri().to_owned(), key: key(address.uri()), display_name })
    }

    /// A bare URI.
    pub fn from_uri(uri: &str) -> Identity {
        Identity { uri: uri.to_owned(), key: key(uri), display_name: None }
    }

    /// The address of the first field called `name`; of P-Asserted-Identity and P-Preferred-Identity, which may hold two, the first.
    pub fn of_header(message: &Message<'_>, name: Name) -> Option<Identity> {
        let value = message.header(name)?;
        match name {
            Name::PAssertedIdentity | Name::PPreferredIdentity => Identity::parse(split_values(&value).next()?),
            _ => Identity::parse(&value),
        }
    }

    /// An identity that tells nobody who it is (RFC 3323 §4.1.1.3, RFC 4575 §5.6).
    pub fn is_anonymous(&self) -> bool {
        let rest = self.key.split_once(':').map_or(self.key.as_str(), |(_, rest)| rest);
        rest.starts_with("anonymous") || rest.ends_with(".invalid")
    }

    /// Who sent this request or 2xx: what the network asserts or the user prefers, else From.
    pub fn sender(message: &Message<'_>) -> Option<Identity> {
        let from = Identity::of_header(message, Name::From);
        let asserted = [Name::PAssertedIdentity, Name::PPreferredIdentity]
            .into_iter()
            .filter_map(|name| Identity::of_header(message, name))
            .find(|identity| !identity.is_anonymous());
        let Some(mut asserted) = asserted else { return from };
        if asserted.display_name.is_none() {
            asserted.display_name = from.filter(|from| !from.is_anonymous()).and_then(|from| from.display_name);
        }
        Some(asserted)
    }
}

/// The normalised form of a URI; a text that is none stays as it is.
pub fn key(uri: &str) -> String {
    if let Some(number) = plain_number(uri) {
        return ["tel:", number].concat();
    }
    Uri::parse(uri).map_or_else(|| uri.to_owned(), |uri| uri.key())
}

/// The `+` and the digits of the address that nearly every user has: `sip:+12005550100@ims.example.net`, with parameters or without.
/// `None` for any other, which takes a closer look.
fn plain_number(uri: &str) -> Option<&str> {
    let user = uri.strip_prefix("sip:")?;
    let digits = user.strip_prefix('+')?.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = user.split_at(1 + digits);
    let host = rest.strip_prefix('@')?.as_bytes();
    let is_plain = digits > 0 && host.first().is_some_and(u8::is_ascii_alphanumeric) && !host.contains(&b'@');
    is_plain.then_some(number)
}

/// The Contact that carries `isfocus` (RFC 4579 §5.1), if there is one.
pub fn focus_contact(message: &Message<'_>) -> Option<Identity> {
    message.all(Name::Contact).find_map(|contact| {
        let value = contact.value();
        split_values(&value)
            .filter_map(NameAddr::parse)
            .find(|address| address.has_param("isfocus"))
            .map(|address| Identity::from_uri(address.uri()))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_plain_number_has_the_key_that_a_closer_look_finds(uri in "sip:\\+?[0-9]{0,3}[@:;?. ]?@?[a1.:;?@ ]{0,6}") {
            if let Some(number) = plain_number(&uri) {
                prop_assert_eq!(Uri::parse(&uri).map(|uri| uri.key()), Some(["tel:", number].concat()));
            }
        }
    }
}
