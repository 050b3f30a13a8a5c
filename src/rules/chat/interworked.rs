use crate::rules::rule::rule;
use crate::rules::{Actor, Case, Judge, Severity};
use crate::session::Transfer;
use crate::wire::{cpim, imdn};

rule! {
    /// ## What it checks
    /// An interworking notification tells a sender that its message went on as SMS or MMS. A note says where one comes for a
    /// message that nobody has sent here, or for a recipient who took the message over MSRP.
    ///
    /// ## Why it matters
    /// The sender's client shows an SMS sign at a message that was none.
    ///
    /// ## Example
    /// Bob has answered the message with 200, and his function notifies that it was interworked: a note.
    ///
    /// ## Source
    /// OMA CPM 5.2; RFC 5438, OMA CPM Interworking
    ///
    /// Whether a message left through an interworking function is not seen in SIP and MSRP: that such a notification is
    /// missing is not judged.
    pub CPM_MSRP_IMDN_INTERWORKING_RETURNED: Note = "cpm-msrp-imdn-interworking-returned", ["5.2-5.d", "5.2-8"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let (statement, same) = ("5.2-5.d", "5.2-8");
    let glance = case.glance();
    // An ordinary notification says delivered or displayed.
    let odd = glance.imdn.iter().chain(&glance.cpim).filter(|sent| sent.sender(case) == Actor::ControllingFunction);
    for (transfer, id) in odd.filter_map(|sent| Some((sent.transfer, interworked(case, sent.transfer)?))) {
        let known = case.timeline.messages.iter().find(|message| *message.message_id == *id);
        let is_known = known.is_some() || case.lossy || !case.session.bare_msrp.is_empty();
        let all_took = known.is_some_and(|message| {
            let took = |status: u16| (200..300).contains(&status);
            !message.copies.is_empty() && message.copies.iter().all(|copy| copy.response.is_some_and(took))
        });
        let what = match () {
            () if !is_known => format!("an interworking notification comes for message {id}, which nobody has sent"),
            () if all_took => format!("message {id} was taken over MSRP by all, and is said to be interworked"),
            () => {
                judge.pass(statement);
                judge.same(same, true);
                continue;
            }
        };
        judge.remark(statement, Severity::Note, transfer.first, what);
        judge.same(same, true);
    }
}

/// The message that an interworking notification is about.
fn interworked(case: &Case<'_>, transfer: &Transfer) -> Option<String> {
    let body = transfer.body(case.messages());
    let told = imdn::parse(cpim::parse(&body).ok()?.body()).ok()?;
    let is_interworking = told.extras.iter().any(|extra| extra.name == "interworking-notification");
    is_interworking.then(|| told.message_id.map(|id| id.as_str().trim().to_owned()))?
}
