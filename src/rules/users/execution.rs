//! Who was added or removed by whom, for the rules about joining-info and disconnection-info (9.2.14.3, RFC 4575 §5.7.2).

use crate::rules::{Case, Document, Judge, Severity};
use crate::session::Identity;
use crate::timeline::{Cause, Change, Referred, Source, State};
use crate::wire::conference_info::{Endpoint, Execution, User};
use crate::wire::uri::Uri;

/// An endpoint in a document over MSRP, and the participant whose it is.
pub struct Listed<'c> {
    pub document: &'c Document,
    pub user: &'c User,
    pub endpoint: &'c Endpoint,
    pub who: Option<usize>,
}

impl<'c> Listed<'c> {
    /// The address that the document gives it.
    pub fn uri(&self) -> &'c str {
        self.user.entity.as_ref().map_or("a user without entity", |entity| entity.as_str())
    }

    /// The last change of its participant that signalling shows before the document, when it leads to this state.
    pub fn change<'k>(&self, case: &Case<'k>, state: State) -> Option<&'k Change> {
        let timeline = &case.timeline.participants[self.who?].timeline;
        let last = timeline.iter().rfind(|change| change.at < self.document.message)?;
        (last.state == state && last.source == Source::Signalling && last.uncertain.is_none()).then_some(last)
    }
}

/// The endpoints in all documents over MSRP: those by NOTIFY need not tell who did it.
pub fn over_msrp<'c>(case: &'c Case<'_>) -> impl Iterator<Item = Listed<'c>> {
    let documents = case.attendance().documents(case).filter(|(document, ..)| !document.is_notify());
    documents.flat_map(|(document, users, listing)| {
        users.users.iter().zip(&listing.who).flat_map(move |(user, who)| {
            user.endpoints.iter().map(move |endpoint| Listed { document, user, endpoint, who: *who })
        })
    })
}

/// Judges a `by`: `may` is the statement that allows it, `shall` the one that says whose it is. `asked` is the change when a REFER
/// asked for it.
pub fn judge_by(
    judge: &mut Judge,
    listed: &Listed<'_>,
    info: &Execution,
    asked: Option<&Change>,
    [may, shall]: [&'static str; 2],
    what: &str,
) {
    let Some(by) = &info.by else { return };
    let (uri, shown) = (listed.uri(), by.as_str().trim());
    let place = || listed.document.at(&by.range);
    if Uri::parse(shown).is_none() {
        let message = format!("by of {uri} is not a URI: {shown}");
        judge.remark(may, Severity::Warning, place(), message);
        return;
    }
    judge.pass(may);
    let shown = Identity::from_uri(shown);
    match asked.and_then(|change| Some((change, change.by.as_deref()?))) {
        Some((change, asker)) => {
            let asker_is = Identity::from_uri(asker);
            let is_asker = asker_is.key == shown.key || shown.is_anonymous() && asker_is.is_anonymous();
            let message = || format!("by of {uri} is {}, the {what} was asked for by {asker}", shown.uri);
            let finding = judge.expect(shall, is_asker, place(), message);
            finding.into_iter().for_each(|finding| _ = finding.expected(asker).also(change.at));
        }
        None if listed.who.is_none() => judge.undecided(shall, "needs the REFER, or the leg of the user"),
        None => {}
    }
}

/// Was a participant removed or added because another one asked for it by a REFER that was captured? The Referred-By of an INVITE does
/// not tell it: all invitations have one.
pub fn is_asked(case: &Case<'_>, who: Option<usize>, change: &Change) -> bool {
    let asked = match change.cause {
        Some(Cause::Added) => Referred::Invite,
        Some(Cause::Booted) => Referred::Bye,
        _ => return false,
    };
    let Some(key) = who.map(|who| case.timeline.participants[who].identity.key.as_str()) else { return false };
    let before = case.timeline.referrals.iter().filter(|referral| referral.at < change.at && referral.asked == asked);
    change.by.is_some() && before.into_iter().any(|referral| referral.targets.iter().any(|target| target.key == key))
}
