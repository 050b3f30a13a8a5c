//! An INVITE that was not captured, made of its answer: what both sides agreed on is in it, what only the INVITE said is lost.

use crate::session::{Transaction, find_body};
use crate::wire::Messages;
use crate::wire::sip::{Message, Method, Name};
use crate::wire::uri::NameAddr;

use super::plain::with_tag;

/// Headers that answers repeat, or that say the same on both sides.
const REPEATED: &[Name] =
    &[Name::ContributionId, Name::ConversationId, Name::SessionExpires, Name::Supported, Name::Allow, Name::Subject];

/// The INVITE that a captured 2xx with SDP is the answer to.
pub fn request(transaction: &Transaction, messages: &Messages) -> Option<Vec<u8>> {
    if transaction.method != Method::Invite {
        return None;
    }
    let answers = transaction.responses.iter().filter_map(|&id| messages.sip(&messages[id]));
    let mut accepted = answers.filter(|message| message.status().is_some_and(|status| (200..300).contains(&status)));
    of_answer(&accepted.next()?)
}

fn of_answer(answer: &Message<'_>) -> Option<Vec<u8>> {
    let sdp = String::from_utf8_lossy(find_body(answer, "application/sdp")?).into_owned();
    let (from, to) = (answer.header(Name::From)?, answer.header(Name::To)?);
    let (caller, callee) = (NameAddr::parse(&from)?, NameAddr::parse(&to)?);
    let (number, _) = answer.cseq()?;
    let mut text = format!(
        "INVITE {} SIP/2.0\r\nFrom: {from}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {number} INVITE\r\nContact: <{}>\r\n",
        callee.uri(),
        with_tag(&to, ""),
        answer.header(Name::CallId)?,
        caller.uri()
    );
    for header in answer.headers().filter(|header| REPEATED.contains(&header.name)) {
        text.push_str(&format!("{}: {}\r\n", header.written_name(), header.value()));
    }
    // The other one of the two opens the connection (RFC 4145 §4).
    let offer = match (sdp.contains("a=setup:passive"), sdp.contains("a=setup:active")) {
        (true, _) => sdp.replace("a=setup:passive", "a=setup:active"),
        (_, true) => sdp.replace("a=setup:active", "a=setup:passive"),
        _ => sdp,
    };
    let offer = other_session_id(&offer);
    text.push_str(&format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{offer}", offer.len()));
    Some(text.into_bytes())
}

/// Both ends of an MSRP session have names of their own.
fn other_session_id(sdp: &str) -> String {
    let line = |line: &str| match line.strip_prefix("a=path:") {
        Some(path) => {
            let uri = path.split_ascii_whitespace().next_back().unwrap_or_default();
            let id = crate::wire::msrp::session_id(uri).unwrap_or_default();
            format!("a=path:{}", uri.replacen(id, &format!("{id}offer"), 1))
        }
        None => line.to_owned(),
    };
    sdp.split("\r\n").map(line).collect::<Vec<_>>().join("\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::msrp_media;

    #[test]
    fn an_answer_tells_what_was_offered() {
        let sdp = "v=0\r\nm=message 9 TCP/MSRP *\r\na=path:msrp://10.0.0.1:9/abc;tcp\r\na=setup:passive\r\n";
        let answer = format!(
            "SIP/2.0 200 OK\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:f@x>;tag=2\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\
             Contribution-ID: id-1\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        );
        let made = of_answer(&Message::parse(answer.as_bytes()).unwrap()).unwrap();
        let invite = Message::parse(&made[..]).unwrap();
        assert_eq!(invite.header(Name::To).as_deref(), Some("<sip:f@x>"));
        assert_eq!(invite.header(Name::ContributionId).as_deref(), Some("id-1"));
        assert_eq!(msrp_media(&invite).unwrap().path, "msrp://10.0.0.1:9/abcoffer;tcp");
    }
}
