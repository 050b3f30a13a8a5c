//! Typed views of single header values through `rsip`, where it was found to read right: values that are only a number or a word and
//! a number. Addresses, Via lists and whole messages are read by our own code, which keeps what rsip refuses or bends.

use rsip::headers::{self, ToTypedHeader, UntypedHeader};

use super::{Message, Name};

impl Message<'_> {
    /// The sequence number and method of CSeq (RFC 3261 §20.16). `None` where the header is missing or makes no sense.
    pub fn cseq(&self) -> Option<(u32, String)> {
        let value = self.header(Name::CSeq)?;
        // rsip wants exactly one space, and takes known methods only.
        let words: Vec<&str> = value.split_ascii_whitespace().collect();
        match headers::CSeq::new(words.join(" ")).typed() {
            Ok(cseq) => Some((cseq.seq, cseq.method.to_string())),
            Err(_) => match words.as_slice() {
                [number, method] => Some((number.parse().ok()?, (*method).to_owned())),
                _ => None,
            },
        }
    }

    /// Expires in seconds (RFC 3261 §20.19).
    pub fn expires_secs(&self) -> Option<u32> {
        headers::Expires::new(self.header(Name::Expires)?.trim()).seconds().ok()
    }

    /// Max-Forwards (RFC 3261 §20.22).
    pub fn max_forwards(&self) -> Option<u32> {
        headers::MaxForwards::new(self.header(Name::MaxForwards)?.trim()).num().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(headers: &str) -> Vec<u8> {
        format!("OPTIONS sip:a@b SIP/2.0\r\n{headers}\r\n\r\n").into_bytes()
    }

    #[test]
    fn numbers_are_read_in_any_spacing_and_for_any_method() {
        let raw = message("CSeq:\r\n 0009   INVITE\r\nExpires: 3600 \r\nMax-Forwards: 0");
        let message_ = Message::parse(raw).expect("a message");
        assert_eq!(message_.cseq(), Some((9, "INVITE".into())));
        assert_eq!((message_.expires_secs(), message_.max_forwards()), (Some(3600), Some(0)));
        let unknown = Message::parse(message("CSeq: 7 NEWMETHOD")).expect("a message");
        assert_eq!(unknown.cseq(), Some((7, "NEWMETHOD".into())));
        assert_eq!((unknown.expires_secs(), unknown.max_forwards()), (None, None));
        for bad in ["CSeq: x INVITE", "CSeq: 1", "CSeq: 99999999999 INVITE", "X: y"] {
            assert_eq!(Message::parse(message(bad)).expect("a message").cseq(), None, "{bad}");
        }
    }

    /// Inside the subset that rsip reads right, it and the summary must agree: each is the other's second opinion.
    #[test]
    fn rsip_and_the_summary_agree() {
        let raw = "INVITE sip:bob@biloxi.com SIP/2.0\r\nVia: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bK776asdhds\r\n\
            Max-Forwards: 70\r\nTo: Bob <sip:bob@biloxi.com>\r\nFrom: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n\
            Call-ID: a84b4c76e66710@pc33.atlanta.com\r\nCSeq: 314159 INVITE\r\nContent-Length: 0\r\n\r\n";
        use rsip::prelude::HeadersExt;
        let theirs = rsip::Request::try_from(raw.as_bytes()).expect("rsip reads it");
        let (ours, _) = crate::wire::sip::datagram(raw.as_bytes()).expect("a message");
        let text = |part: crate::wire::text::HeadPart| std::str::from_utf8(part.of(raw.as_bytes())).expect("UTF-8");
        assert_eq!(theirs.call_id_header().expect("Call-ID").value(), text(ours.call_id));
        assert_eq!(theirs.cseq_header().expect("CSeq").seq().expect("a number"), ours.cseq);
        let tag = theirs.from_header().expect("From").tag().expect("parameters").expect("a tag");
        assert_eq!(tag.value(), text(ours.from_tag));
    }
}
