use hashbrown::HashSet;

use super::{is_of_cpm, messages_of, name_of};
use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Place};
use crate::wire::MessageId;
use crate::wire::sip::{Method, Name, Summary};

rule! {
    /// ## What it checks
    /// Every From has a tag, every response but 100 a To tag, and a request inside a dialog the tags of that dialog.
    ///
    /// ## Why it matters
    /// The other side finds no dialog for it, and answers 481.
    ///
    /// ## Example
    /// A 200 to the INVITE whose To has no tag: broken.
    ///
    /// ## Source
    /// RFC 3261 §8.1.1.3, §8.2.6.2, §12.1.1, §12.2.1.1
    /// The tags of a dialog are judged where its beginning was captured, without loss. The INVITEs of groups and the answers to them are for
    /// the rules of the specification.
    pub SIP_DIALOG_TAGS: Error = "sip-dialog-tags", [], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    for call in case.calls() {
        let mut known: HashSet<&[u8]> = HashSet::new();
        for &id in call.transactions.iter().flat_map(|one| &one.responses) {
            let Some((summary, head)) = summary(case, id) else { continue };
            known.extend([summary.from_tag.of(head), summary.to_tag.of(head)]);
        }
        // Where no response of a dialog was captured, nothing is known of it.
        let starts = call.transactions.first().is_some_and(|one| !one.requests.is_empty() && one.to_tag.is_empty());
        let is_followed = !case.lossy && starts && !known.is_empty();
        for id in messages_of(case, call) {
            let Some((summary, head)) = summary(case, id) else { continue };
            let (from, to) = (summary.from_tag.of(head), summary.to_tag.of(head));
            let Some(message) = case.sip(id).filter(|_| !case.messages()[id].incomplete) else { continue };
            let what = || name_of(&message);
            let place = |name| Place::header(id, &message, name);
            let lacks_tag = |tag: &[u8], name| tag.is_empty() && message.has(name) && !is_of_cpm(case, id, name);
            let is_inside = match summary.is_request {
                true => matches!(
                    summary.method,
                    Method::Ack | Method::Bye | Method::Notify | Method::Update | Method::Prack
                ),
                false => summary.status > 100,
            };
            if lacks_tag(from, Name::From) {
                judge.report(Actor::Unknown, place(Name::From), format!("From of {} has no tag", what()));
            } else if is_inside && lacks_tag(to, Name::To) {
                judge.report(Actor::Unknown, place(Name::To), format!("To of {} has no tag", what()));
            } else if summary.is_request && !to.is_empty() && is_followed && !known.contains(to) {
                let tag = String::from_utf8_lossy(to).into_owned();
                judge.report(Actor::Unknown, place(Name::To), format!("To tag {tag} of {} is of no dialog", what()));
            }
        }
    }
}

fn summary<'a>(case: &Case<'a>, id: MessageId) -> Option<(&'a Summary, &'a [u8])> {
    let message = &case.messages()[id];
    Some((message.sip()?, case.messages().head(message)))
}
