use std::borrow::Cow;
pub struct Uri<'a>(&'a str);
impl<'a> Uri<'a> {
    pub fn parse(t: &'a str) -> Option<Self> {
        Some(Uri(t))
    }
    pub fn key(&self) -> String {
        let t = self.0.split([';', '?']).next().unwrap_or_default().to_ascii_lowercase();
        if let Some(r) = t.strip_prefix("sip:+") {
            format!("tel:+{}", r.split('@').next().unwrap_or_default())
        } else {
            t
        }
    }
}
pub struct NameAddr<'a> {
    d: Option<&'a str>,
    u: &'a str,
    rest: &'a str,
}
impl<'a> NameAddr<'a> {
    pub fn parse(t: &'a str) -> Option<Self> {
        let t = t.trim();
        match t.split_once('<') {
            Some((d, r)) => {
                let (u, rest) = r.split_once('>')?;
                Some(NameAddr { d: Some(d.trim().trim_matches('"')), u, rest })
            }
            None => {
                let (u, rest) = t.split_once(';').unwrap_or((t, ""));
                Some(NameAddr { d: None, u, rest })
            }
        }
    }
    pub fn display_name(&self) -> Option<Cow<'a, str>> {
        self.d.map(Cow::Borrowed)
    }
    pub fn uri(&self) -> &'a str {
        self.u
    }
    pub fn has_param(&self, n: &str) -> bool {
        self.rest.split(';').any(|p| p.trim().split('=').next() == Some(n))
    }
}
pub fn split_values(t: &str) -> impl Iterator<Item = &str> {
    std::iter::once(t)
}
