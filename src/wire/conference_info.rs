pub struct D {
    pub entity: Option<String>,
}
pub fn parse(b: &[u8]) -> Result<D, ()> {
    let t = String::from_utf8_lossy(b);
    let e = t
        .split_once("<conference-info")
        .and_then(|x| x.1.split_once("entity=\""))
        .and_then(|x| x.1.split_once('"'))
        .map(|x| x.0.to_owned());
    Ok(D { entity: e })
}
