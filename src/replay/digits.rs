//! Numbers and addresses as text. Each message of ours has several, and by way of `core::fmt` one of them costs more than the line
//! that it stands in.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};

pub fn number(out: &mut Vec<u8>, number: impl itoa::Integer) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

pub fn ip(out: &mut Vec<u8>, address: IpAddr) {
    match address {
        IpAddr::V4(address) => {
            for (place, octet) in address.octets().into_iter().enumerate() {
                if place > 0 {
                    out.push(b'.');
                }
                number(out, octet);
            }
        }
        IpAddr::V6(address) => _ = write!(out, "{address}"),
    }
}

/// `127.0.0.1:5060`, `[::1]:5060`.
pub fn address(out: &mut Vec<u8>, address: SocketAddr) {
    match address {
        SocketAddr::V4(address) => {
            ip(out, (*address.ip()).into());
            out.push(b':');
            number(out, address.port());
        }
        SocketAddr::V6(address) => _ = write!(out, "{address}"),
    }
}

/// As a string of its own.
pub fn address_text(address_of: SocketAddr) -> String {
    let mut text = Vec::with_capacity(24);
    address(&mut text, address_of);
    String::from_utf8(text).unwrap_or_default()
}

pub fn ip_text(address: IpAddr) -> String {
    let mut text = Vec::with_capacity(16);
    ip(&mut text, address);
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_as_they_are_shown() {
        for text in ["127.0.0.1:5060", "255.0.10.9:1", "[::1]:5060", "[2001:db8::7]:65535"] {
            let parsed: SocketAddr = text.parse().expect("an address");
            let (mut whole, mut host) = (vec![], vec![]);
            address(&mut whole, parsed);
            ip(&mut host, parsed.ip());
            assert_eq!(whole, text.as_bytes());
            assert_eq!(host, parsed.ip().to_string().as_bytes());
        }
    }
}
