use memchr::memmem::Finder;

use crate::rules::look::Look;
use crate::rules::rule::rule;
use crate::rules::{Case, Judge};
use crate::timeline::State;

rule! {
    /// ## What it checks
    /// A client that was asked to, and has taken a chat message, tells of the delivery in the same session.
    ///
    /// ## Why it matters
    /// The sender believes that the message is still on its way.
    ///
    /// ## Example
    /// A message with `positive-delivery` is answered with 200, and in the minute after it no notification comes: broken.
    ///
    /// ## Source
    /// OMA CPM 5.2.2; RFC 5438 §7.2
    pub CPM_MSRP_IMDN_IN_SESSION: Error = "cpm-msrp-imdn-in-session", ["5.2.2-3.b"], check;
}

fn check(case: &Case<'_>, judge: &mut Judge) {
    let statement = "5.2.2-3.b";
    let wait = case.profile.timings.imdn;
    let words = Words::default();
    for message in case.timeline.messages.iter().filter(|message| case.is_group() && message.complete) {
        let mut asks_for_it = None;
        for copy in message.copies.iter().filter(|copy| copy.response == Some(200)) {
            if copy.delivered.is_some() {
                judge.pass(statement);
                continue;
            }
            if !*asks_for_it.get_or_insert_with(|| words.asks(case, message.transfer)) {
                continue;
            }
            let participant = &case.timeline.participants[copy.participant];
            let left = participant
                .timeline
                .iter()
                .find(|change| change.at > copy.message && change.state == State::Disconnected);
            let stayed = left.map_or(f64::MAX, |change| case.seconds_between(copy.message, change.at));
            if case.lossy || case.seconds_captured_after(copy.message) <= wait || stayed <= wait {
                judge.undecided(statement, "needs more of the session after the message");
                continue;
            }
            let who = &participant.identity.uri;
            let what = format!(
                "{who} took message {} and did not tell of its delivery within {wait:.0} s",
                message.message_id
            );
            judge.fail(statement, copy.message, what).also(message.sent);
        }
    }
}

/// What is looked for.
struct Words {
    blank_line: Finder<'static>,
    delivery: Finder<'static>,
}

impl Default for Words {
    fn default() -> Words {
        Words { blank_line: Finder::new("\r\n\r\n"), delivery: Finder::new("positive-delivery") }
    }
}

impl Words {
    /// Does the message ask to be told of its delivery?
    fn asks(&self, case: &Case<'_>, transfer: u32) -> bool {
        let transfer = &case.sessions().msrp.transfers[transfer as usize];
        // Nearly always the headers of the envelope are in the first packet.
        let first = Look::new(case, transfer).filter(|_| transfer.more().is_empty());
        let headers = first.and_then(|look| self.headers(look.body()));
        headers.map(|headers| self.asks_for_delivery(headers)).unwrap_or_else(|| {
            let body = transfer.body(case.messages());
            self.asks_for_delivery(self.headers(&body).unwrap_or(&body))
        })
    }

    /// What stands before the first blank line.
    fn headers<'b>(&self, body: &'b [u8]) -> Option<&'b [u8]> {
        self.blank_line.find(body).map(|end| &body[..end])
    }

    fn asks_for_delivery(&self, headers: &[u8]) -> bool {
        self.delivery.find(headers).is_some()
    }
}
