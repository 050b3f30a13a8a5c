use std::borrow::Cow;

use crate::rules::look::is_of_type;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::session::Transfer;
use crate::wire::cpim;

rule! {
    /// ## What it checks
    /// The copy of a CPIM message is the same as what the sender sent: body, headers and content type.
    ///
    /// ## Why it matters
    /// Recipients read something else, or under another name, than was written, and their notifications name a message that the sender does not
    /// know.
    ///
    /// ## Example
    /// Alice sends `From: <sip:alice@ims.example>`, and Bob's copy has `From: <sip:carol@ims.example>`: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.6.1; RFC 3862
    ///
    /// What MSRP adds to it (transaction id, Message-ID, chunks, wishes for reports) may differ. `DateTime` may, too: participating functions
    /// set it.
    pub CPM_MSRP_COPY_UNCHANGED: Error = "cpm-msrp-copy-unchanged", ["5.2.6.1-rx-2"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.6.1-rx-2";
    let transfers = &case.sessions().msrp.transfers;
    for message in case.timeline.messages.iter().filter(|message| case.is_group() && message.complete) {
        let Some(sender) = message.sender else { continue };
        let sent = &transfers[message.transfer as usize];
        if !is_cpim(case, sent) {
            continue;
        }
        let mut original = None;
        for copy in &message.copies {
            let received = &transfers[copy.transfer as usize];
            // To another client of the sender its participating function says that it is a copy.
            let is_own = copy.participant == sender;
            if is_own || copy.deferred().is_some() || !received.is_complete(case.messages()) {
                continue;
            }
            let what = if !is_cpim(case, received) {
                Some(Cow::Borrowed("Content-Type"))
            } else if case.glance().insides.is_same(sent.first, received.first) {
                None
            } else {
                let original = original.get_or_insert_with(|| sent.body(case.messages()));
                let is_same = received.is_body(case.messages(), original);
                if is_same { None } else { difference(original, &received.body(case.messages())) }
            };
            let Some(what) = what else {
                judge.pass(statement);
                continue;
            };
            let (id, from, to) = (&message.message_id, case.uri(sender), case.uri(copy.participant));
            let text = format!("copy of message {id} of {from} to {to} differs from the original in {what}");
            judge.fail(statement, received.first, text).also(sent.first);
        }
    }
}

fn is_cpim(case: &Case<'_>, transfer: &Transfer) -> bool {
    is_of_type(case, transfer, "message/cpim")
}

/// What two CPIM messages differ in beside their DateTime: a header, or the body.
fn difference(original: &[u8], copy: &[u8]) -> Option<Cow<'static, str>> {
    let (Ok(one), Ok(other)) = (cpim::parse(original), cpim::parse(copy)) else {
        return Some(Cow::Borrowed("its form"));
    };
    if original[one.body.clone()] != copy[other.body.clone()] {
        return Some(Cow::Borrowed("its body"));
    }
    let headers = |message: &cpim::Message<'_>| -> Vec<(String, String)> {
        let all = message.headers.iter().map(|header| (header.name.to_string(), header.value().into_owned()));
        all.filter(|(name, _)| !name.eq_ignore_ascii_case("DateTime")).collect()
    };
    let content = |message: &cpim::Message<'_>| -> Vec<(String, String)> {
        message.content_headers.iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
    };
    first_difference(&headers(&one), &headers(&other)).or_else(|| first_difference(&content(&one), &content(&other)))
}

/// The name of the first header in which the lists differ.
fn first_difference(one: &[(String, String)], other: &[(String, String)]) -> Option<Cow<'static, str>> {
    let place = (0..one.len().max(other.len())).find(|&place| one.get(place) != other.get(place))?;
    let (name, _) = one.get(place).or(other.get(place))?;
    Some(Cow::Owned(name.clone()))
}
