//! Header names: the known ones, their compact forms, and everything else as it stands.

use crate::wire::text::is_name;

/// A SIP header name. `Other` is any name that rcshark has no need to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Name {
    Accept,
    AcceptContact,
    Allow,
    AllowEvents,
    Authorization,
    CallId,
    Contact,
    ContentDisposition,
    ContentEncoding,
    ContentId,
    ContentLength,
    ContentType,
    ContributionId,
    ConversationId,
    CSeq,
    Event,
    Expires,
    From,
    HistoryInfo,
    InReplyToContributionId,
    MaxForwards,
    PAssertedIdentity,
    PAssertedService,
    PCalledPartyId,
    PPreferredIdentity,
    PPreferredService,
    Privacy,
    Reason,
    RecordRoute,
    ReferSub,
    ReferTo,
    ReferredBy,
    Replaces,
    Require,
    RetryAfter,
    Route,
    Server,
    ServiceRoute,
    SessionExpires,
    SessionReplaces,
    Subject,
    SubscriptionState,
    Supported,
    To,
    UserAgent,
    Via,
    Warning,
    Other,
}

/// Every known name as it is usually written, and its compact form (RFC 3261 §7.3.3, 3515, 3841, 3892, 4028, 6665), if it has one.
const NAMES: &[(&str, Option<u8>, Name)] = &[
    ("Accept", None, Name::Accept),
    ("Accept-Contact", Some(b'a'), Name::AcceptContact),
    ("Allow", None, Name::Allow),
    ("Allow-Events", Some(b'u'), Name::AllowEvents),
    ("Authorization", None, Name::Authorization),
    ("Call-ID", Some(b'i'), Name::CallId),
    ("Contact", Some(b'm'), Name::Contact),
    ("Content-Disposition", None, Name::ContentDisposition),
    ("Content-Encoding", Some(b'e'), Name::ContentEncoding),
    ("Content-ID", None, Name::ContentId),
    ("Content-Length", Some(b'l'), Name::ContentLength),
    ("Content-Type", Some(b'c'), Name::ContentType),
    ("Contribution-ID", None, Name::ContributionId),
    ("Conversation-ID", None, Name::ConversationId),
    ("CSeq", None, Name::CSeq),
    ("Event", Some(b'o'), Name::Event),
    ("Expires", None, Name::Expires),
    ("From", Some(b'f'), Name::From),
    ("History-Info", None, Name::HistoryInfo),
    ("InReplyTo-Contribution-ID", None, Name::InReplyToContributionId),
    ("Max-Forwards", None, Name::MaxForwards),
    ("P-Asserted-Identity", None, Name::PAssertedIdentity),
    ("P-Asserted-Service", None, Name::PAssertedService),
    ("P-Called-Party-ID", None, Name::PCalledPartyId),
    ("P-Preferred-Identity", None, Name::PPreferredIdentity),
    ("P-Preferred-Service", None, Name::PPreferredService),
    ("Privacy", None, Name::Privacy),
    ("Reason", None, Name::Reason),
    ("Record-Route", None, Name::RecordRoute),
    ("Refer-Sub", None, Name::ReferSub),
    ("Refer-To", Some(b'r'), Name::ReferTo),
    ("Referred-By", Some(b'b'), Name::ReferredBy),
    ("Replaces", None, Name::Replaces),
    ("Require", None, Name::Require),
    ("Retry-After", None, Name::RetryAfter),
    ("Route", None, Name::Route),
    ("Server", None, Name::Server),
    ("Service-Route", None, Name::ServiceRoute),
    ("Session-Expires", Some(b'x'), Name::SessionExpires),
    ("Session-Replaces", None, Name::SessionReplaces),
    ("Subject", Some(b's'), Name::Subject),
    ("Subscription-State", None, Name::SubscriptionState),
    ("Supported", Some(b'k'), Name::Supported),
    ("To", Some(b't'), Name::To),
    ("User-Agent", None, Name::UserAgent),
    ("Via", Some(b'v'), Name::Via),
    ("Warning", None, Name::Warning),
];

/// Which rows of [`NAMES`] have names of each length: every header of every message that is opened is looked up, and this leaves two
/// or three names to compare.
const ROWS_BY_LEN: [[Option<u8>; MAX_OF_ONE_LEN]; MAX_NAME_BYTES + 1] = {
    let mut table = [[None; MAX_OF_ONE_LEN]; MAX_NAME_BYTES + 1];
    let mut row = 0;
    while row < NAMES.len() {
        let rows = &mut table[NAMES[row].0.len()];
        let mut free = 0;
        while rows[free].is_some() {
            free += 1;
        }
        rows[free] = Some(row as u8);
        row += 1;
    }
    table
};

/// The longest name; the compiler tells when a longer one is added, or more than so many of one length.
const MAX_NAME_BYTES: usize = 25;
const MAX_OF_ONE_LEN: usize = 8;

impl Name {
    /// The name that `text` stands for, in any case, long or compact.
    pub fn of(text: &[u8]) -> Name {
        if let [letter] = text {
            let letter = letter.to_ascii_lowercase();
            return NAMES.iter().find(|(_, compact, _)| *compact == Some(letter)).map_or(Name::Other, |row| row.2);
        }
        let rows = ROWS_BY_LEN.get(text.len()).into_iter().flatten().map_while(|row| *row);
        let mut rows = rows.map(|row| &NAMES[row as usize]);
        rows.find(|(long, _, _)| is_name(text, long)).map_or(Name::Other, |row| row.2)
    }

    /// The name as it is usually written; `None` for [`Name::Other`].
    pub fn as_str(self) -> Option<&'static str> {
        NAMES.iter().find(|row| row.2 == self).map(|row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found_in_any_form() {
        let lower: Vec<String> = NAMES.iter().map(|row| row.0.to_ascii_lowercase()).collect();
        let mut unique = lower.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), NAMES.len());
        for (long, compact, name) in NAMES {
            assert_eq!(Name::of(long.to_uppercase().as_bytes()), *name);
            assert_eq!(name.as_str(), Some(*long));
            if let Some(letter) = compact {
                assert_eq!(Name::of(&[*letter]), *name);
            }
        }
        assert_eq!(Name::of(b"X-Other"), Name::Other);
        assert_eq!(Name::of(b""), Name::Other);
    }
}
