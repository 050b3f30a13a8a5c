//! Fingerprints of certificates, as SDP tells them (RFC 8122 §5): `SHA-256 4A:AD:B9:…`.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// What is said when it is another's.
pub const UNLIKE: &str = "the far end's certificate is not the one of its a=fingerprint";

/// That of a certificate (DER).
pub fn of(certificate: &[u8]) -> String {
    format!("SHA-256 {}", digits(&Sha256::digest(certificate)))
}

/// Is one of those that were told that of the certificate (DER)? One of an unknown hash function is not.
pub fn matches(told: &[String], certificate: &[u8]) -> bool {
    told.iter().any(|told| {
        let Some((function, expected)) = told.trim().split_once(' ') else { return false };
        let got = match function.to_ascii_lowercase().as_str() {
            // RFC 4572, which older devices follow, has it first.
            "sha-1" => digits(&Sha1::digest(certificate)),
            "sha-256" => digits(&Sha256::digest(certificate)),
            "sha-384" => digits(&Sha384::digest(certificate)),
            "sha-512" => digits(&Sha512::digest(certificate)),
            _ => return false,
        };
        got.eq_ignore_ascii_case(expected.trim())
    })
}

fn digits(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_digests_in_any_case() {
        let own = of(b"abc");
        assert!(own.starts_with("SHA-256 BA:78:16:BF:"), "{own}");
        let told = |text: &str| matches(&[text.to_owned()], b"abc");
        assert!(told(&own.to_lowercase()));
        assert!(told("SHA-1 A9:99:3E:36:47:06:81:6A:BA:3E:25:71:78:50:C2:6C:9C:D0:D8:9D"));
        for wrong in ["SHA-1 A9:99", "MD2 00", "SHA-256", "", "SHA-256  "] {
            assert!(!told(wrong), "{wrong}");
        }
        assert!(!matches(&[], b"abc"));
        assert!(matches(&["MD2 00".into(), own], b"abc"));
    }
}
