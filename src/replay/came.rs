//! A SIP message that came, with what is looked up in it more than once.

use std::cell::OnceCell;

use crate::session::{MsrpMedia, msrp_media};
use crate::wire::sip::Message;

/// A SIP message that came.
pub struct Came<'a> {
    pub message: &'a Message<'a>,
    media: OnceCell<Option<MsrpMedia>>,
}

impl<'a> Came<'a> {
    pub fn new(message: &'a Message<'a>) -> Came<'a> {
        Came { message, media: OnceCell::new() }
    }

    /// The MSRP stream of its SDP.
    pub fn media(&self) -> Option<&MsrpMedia> {
        self.media.get_or_init(|| msrp_media(self.message)).as_ref()
    }
}
