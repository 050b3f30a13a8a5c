pub struct Part<'a>(String, &'a [u8]);
impl<'a> Part<'a> {
    pub fn content_type(&self) -> Option<String> {
        self.0.lines().find_map(|l| l.strip_prefix("Content-Type: ").map(str::to_owned))
    }
    pub fn body(&self) -> &'a [u8] {
        self.1
    }
}
pub struct M<'a>(Vec<Part<'a>>);
impl<'a> M<'a> {
    pub fn leaves(self) -> impl Iterator<Item = Part<'a>> {
        self.0.into_iter()
    }
}
pub fn parse<'a>(b: &'a [u8], boundary: &str) -> Result<M<'a>, ()> {
    let d = format!("--{boundary}");
    let mut v = vec![];
    let mut at = memchr::memmem::find(b, d.as_bytes()).ok_or(())?;
    loop {
        let s = at + d.len();
        let Some(n) = memchr::memmem::find(&b[s..], d.as_bytes()) else { break };
        let p = &b[s..s + n];
        if let Some(h) = memchr::memmem::find(p, b"\r\n\r\n") {
            v.push(Part(
                String::from_utf8_lossy(&p[..h]).trim_start().into(),
                &p[h + 4..p.len().saturating_sub(2).max(h + 4)],
            ))
        }
        at = s + n;
    }
    Ok(M(v))
}
