pub struct Media {
    pub port: u16,
    lines: Vec<String>,
    m: String,
}
impl Media {
    pub fn is_msrp(&self) -> bool {
        self.m.contains("MSRP")
    }
    pub fn attribute(&self, n: &str) -> Option<&str> {
        self.lines.iter().find_map(|l| l.strip_prefix("a=")?.strip_prefix(n)?.strip_prefix(':'))
    }
    pub fn has_attribute(&self, n: &str) -> bool {
        self.lines.iter().any(|l| l.strip_prefix("a=").is_some_and(|r| r.split(':').next() == Some(n)))
    }
}
pub struct Sdp {
    pub media: Vec<Media>,
}
pub fn parse(b: &[u8]) -> Result<Sdp, ()> {
    let t = String::from_utf8_lossy(b);
    let mut media: Vec<Media> = vec![];
    for l in t.lines() {
        if let Some(m) = l.strip_prefix("m=") {
            media.push(Media {
                port: m.split(' ').nth(1).and_then(|p| p.parse().ok()).unwrap_or(0),
                lines: vec![],
                m: m.into(),
            })
        } else if let Some(x) = media.last_mut() {
            x.lines.push(l.into())
        }
    }
    Ok(Sdp { media })
}
