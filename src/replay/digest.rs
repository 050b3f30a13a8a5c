//! Digest authentication (RFC 7616, with MD5 as in RFC 2617): a challenge and credentials give the header that answers it.

use md5::Digest;

use crate::wire::uri::Uri;

/// One Digest challenge of a WWW-Authenticate or Proxy-Authenticate field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    pub realm: String,
    pub nonce: String,
    pub opaque: Option<String>,
    pub algorithm: Algorithm,
    /// Offers it `qop=auth`? Without, the older computation of RFC 2069 is used.
    pub qop_auth: bool,
    pub stale: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    #[default]
    Md5,
    Md5Session,
    Sha256,
    Sha256Session,
}

impl Algorithm {
    fn parse(text: &str) -> Option<Algorithm> {
        let known = [Algorithm::Md5, Algorithm::Md5Session, Algorithm::Sha256, Algorithm::Sha256Session];
        known.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(text))
    }

    fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Md5Session => "MD5-sess",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha256Session => "SHA-256-sess",
        }
    }

    fn is_session(self) -> bool {
        matches!(self, Algorithm::Md5Session | Algorithm::Sha256Session)
    }

    fn hash(self, text: &str) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match self {
            Algorithm::Md5 | Algorithm::Md5Session => hex(&md5::Md5::digest(text.as_bytes())),
            Algorithm::Sha256 | Algorithm::Sha256Session => hex(&sha2::Sha256::digest(text.as_bytes())),
        }
    }
}

/// Who answers.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub user: String,
    pub password: String,
}

impl Challenge {
    /// Reads one challenge; `None` for another scheme, an unknown algorithm, or a challenge without a nonce.
    pub fn parse(value: &str) -> Option<Challenge> {
        let (scheme, rest) = value.trim().split_once(|c: char| c.is_ascii_whitespace())?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let mut challenge = Challenge::default();
        let mut has_qop = false;
        for (name, value) in parameters(rest) {
            match name.to_ascii_lowercase().as_str() {
                "realm" => challenge.realm = value,
                "nonce" => challenge.nonce = value,
                "opaque" => challenge.opaque = Some(value),
                "algorithm" => challenge.algorithm = Algorithm::parse(&value)?,
                "stale" => challenge.stale = value.eq_ignore_ascii_case("true"),
                "qop" => {
                    has_qop = true;
                    challenge.qop_auth = value.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth"));
                }
                _ => {}
            }
        }
        (!challenge.nonce.is_empty() && (challenge.qop_auth || !has_qop)).then_some(challenge)
    }

    /// Of several challenges the strongest that can be answered (RFC 8760 §2.4 lets the order decide between equals).
    pub fn strongest<'a>(values: impl Iterator<Item = &'a str>) -> Option<Challenge> {
        values
            .filter_map(Challenge::parse)
            .reduce(|best, next| if next.algorithm > best.algorithm { next } else { best })
    }

    /// The value of the Authorization or Proxy-Authorization field for a request.
    pub fn answer(&self, who: &Credentials, method: &str, uri: &str, cnonce: &str, count: u32) -> String {
        let hash = |text: String| self.algorithm.hash(&text);
        let mut a1 = hash(format!("{}:{}:{}", who.user, self.realm, who.password));
        if self.algorithm.is_session() {
            a1 = hash(format!("{a1}:{}:{cnonce}", self.nonce));
        }
        let a2 = hash(format!("{method}:{uri}"));
        let mut value = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{uri}\", algorithm={}",
            quoted(&who.user),
            quoted(&self.realm),
            quoted(&self.nonce),
            self.algorithm.as_str()
        );
        let response = if self.qop_auth {
            value.push_str(&format!(", qop=auth, nc={count:08x}, cnonce=\"{cnonce}\""));
            hash(format!("{a1}:{}:{count:08x}:{cnonce}:auth:{a2}", self.nonce))
        } else {
            hash(format!("{a1}:{}:{a2}", self.nonce))
        };
        value.push_str(&format!(", response=\"{response}\""));
        if let Some(opaque) = &self.opaque {
            value.push_str(&format!(", opaque=\"{}\"", quoted(opaque)));
        }
        value
    }
}

impl Credentials {
    /// Those for the sender of a request: `user` as given, or the user of its address.
    pub fn of(user: Option<&str>, password: &str, sender: &str) -> Credentials {
        let of_uri = || Uri::parse(sender).and_then(|uri| uri.user().map(str::to_owned)).unwrap_or_default();
        Credentials { user: user.map_or_else(of_uri, str::to_owned), password: password.to_owned() }
    }
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// `name=value` pairs between commas; a value may be quoted.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut pairs = vec![];
    let mut rest = text.trim_start();
    while let Some((name, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(inside) => {
                let (mut value, mut escaped, mut end) = (String::new(), false, inside.len());
                for (index, c) in inside.char_indices() {
                    match c {
                        _ if escaped => {
                            value.push(c);
                            escaped = false;
                        }
                        '\\' => escaped = true,
                        '"' => {
                            end = index + 1;
                            break;
                        }
                        _ => value.push(c),
                    }
                }
                (value, inside.get(end..).unwrap_or_default())
            }
            None => {
                let end = after.find(',').unwrap_or(after.len());
                (after[..end].trim().to_owned(), &after[end..])
            }
        };
        pairs.push((name.trim().trim_start_matches(',').trim().to_owned(), value));
        rest = next.trim_start().trim_start_matches(',').trim_start();
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(answer: &str) -> &str {
        answer.split("response=\"").nth(1).unwrap().split('"').next().unwrap()
    }

    #[test]
    fn rfc_2617_section_3_5() {
        let challenge = Challenge::parse(
            "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
             nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
        )
        .unwrap();
        let who = Credentials { user: "Mufasa".into(), password: "Circle Of Life".into() };
        let answer = challenge.answer(&who, "GET", "/dir/index.html", "0a4f113b", 1);
        assert_eq!(response(&answer), "6629fae49393a05397450978507c4ef1");
        assert!(answer.contains("nc=00000001, cnonce=\"0a4f113b\"") && answer.contains("opaque=\"5ccc069c"));
    }

    #[test]
    fn rfc_7616_section_3_9_1() {
        let head = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
        let who = Credentials { user: "Mufasa".into(), password: "Circle of Life".into() };
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (algorithm, expected) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
        ] {
            let challenge = Challenge::parse(&format!("{head}, algorithm={algorithm}")).unwrap();
            assert_eq!(response(&challenge.answer(&who, "GET", "/dir/index.html", cnonce, 1)), expected);
        }
    }

    #[test]
    fn the_strongest_challenge_is_answered_and_what_is_none_is_not() {
        let both = ["Digest realm=\"a\", nonce=\"1\"", "Digest realm=\"a\", nonce=\"2\", algorithm=SHA-256"];
        assert_eq!(Challenge::strongest(both.into_iter()).unwrap().nonce, "2");
        for none in
            ["", "Basic realm=\"x\"", "Digest", "Digest realm=\"x", "Digest =,=,\"", "Digest nonce=1, qop=\"auth-int\""]
        {
            assert_eq!(Challenge::parse(none), None, "{none}");
        }
    }
}
