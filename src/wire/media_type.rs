pub struct MediaType<'a>(&'a str);
impl<'a> MediaType<'a> {
    pub fn parse(t: &'a str) -> Self {
        MediaType(t)
    }
    pub fn is(&self, e: &str) -> bool {
        self.0.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case(e)
    }
    pub fn parameter(&self, n: &str) -> Option<String> {
        self.0.split(';').skip(1).find_map(|p| {
            let (k, v) = p.split_once('=')?;
            (k.trim() == n).then(|| v.trim().trim_matches('"').to_owned())
        })
    }
}
