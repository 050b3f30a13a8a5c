use std::borrow::Cow;
#[derive(PartialEq)]
pub enum Status { Delivered, Displayed, Other }
pub struct Imdn<'a> { pub message_id: Cow<'a, str>, s: Status }
impl Imdn<'_> { pub fn status(&self) -> &Status { &self.s } }
pub fn parse(b: &[u8]) -> Result<Imdn<'_>, ()> { let t = std::str::from_utf8(b).map_err(|_| ())?; let id = t.split_once("<message-id>").and_then(|x| x.1.split_once('<')).ok_or(())?.0; let s = if t.contains("<delivered") { Status::Delivered } else if t.contains("<displayed") { Status::Displayed } else { Status::Other }; Ok(Imdn { message_id: id.into(), s }) }
