//! Reason (RFC 3326).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub protocol: String,
    pub cause: Option<u16>,
    pub text: Option<String>,
}
impl Reason {
    pub fn first(value: &str) -> Option<Reason> {
        let cause = value.split(';').find_map(|p| p.trim().strip_prefix("cause=")).and_then(|c| c.trim().parse().ok());
        Some(Reason { protocol: "SIP".into(), cause, text: None })
    }
}
