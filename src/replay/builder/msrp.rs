//! The MSRP of one end of a call: its connection, messages with their responses, REPORTs.

use super::{Builder, Draft};
use crate::replay::plan::{Act, Kind, Step};
use crate::session::Transfer;
use crate::view::label;
use crate::wire::Messages;
use crate::wire::msrp;
use crate::wire::sip;

impl Builder<'_> {
    pub(super) fn add_msrp(&mut self, msrp: u32, first_end_is_own: bool, leg: usize, established: usize, order: u32) {
        let (messages, all) = (&self.analysis.messages, &self.analysis.sessions.msrp);
        let session = &all.sessions[msrp as usize];
        let transfers: Vec<&Transfer> = session.transfers.iter().map(|&index| &all.transfers[index as usize]).collect();
        let opens = self.opens_connection(leg, established);
        let connect = self.drafts.len();
        let at = self.drafts[established].step.at;
        self.drafts.push(Draft {
            order: (order, 1),
            step: Step {
                leg,
                act: if opens { Act::Send } else { Act::Expect },
                kind: Kind::Connect,
                at,
                after: vec![],
                needs: vec![],
                about: None,
                optional: false,
                message: vec![],
                chunks: vec![],
                answer: 200,
                label: "MSRP connection".into(),
                frame: 0,
                faults: vec![],
            },
            needs: vec![established],
            about: None,
        });
        for transfer in transfers {
            let act = if transfer.from_first_end == first_end_is_own { Act::Send } else { Act::Expect };
            let other = if act == Act::Send { Act::Expect } else { Act::Send };
            let Some(last) = transfer.chunks().last() else { continue };
            let sent = self.draft(last, leg, act, Kind::Msrp, vec![connect], None);
            let step = &mut self.drafts[sent].step;
            (step.message, step.chunks) = whole_message(transfer, messages);
            step.answer = transfer.response.map_or(200, |(_, status)| status);
            step.label = label(self.analysis, &messages[transfer.first]);
            if let (Some((response, _)), Act::Send) = (transfer.response, act) {
                self.draft(response, leg, Act::Expect, Kind::MsrpResponse, vec![sent], Some(sent));
            }
            for &report in transfer.reports() {
                self.draft(report, leg, other, Kind::Msrp, vec![connect, sent], None);
            }
        }
    }

    /// Does the played end open the MSRP connection (RFC 4975 §5.4, RFC 6135 §4)? By the captured offer and answer.
    pub(super) fn opens_connection(&self, leg: usize, established: usize) -> bool {
        let mut own = None;
        let mut own_offers = false;
        for draft in self.drafts[..=established].iter().filter(|draft| draft.step.leg == leg) {
            let Some(message) = sip::Message::parse(&draft.step.message[..]) else { continue };
            let Some(media) = crate::session::msrp_media(&message) else { continue };
            if draft.step.act == Act::Send {
                own = media.setup;
                own_offers = draft.step.kind == Kind::Request;
            } else if draft.step.kind == Kind::Response {
                // The answer decides.
                return match media.setup {
                    Some(crate::wire::sdp::Setup::Passive) => true,
                    Some(crate::wire::sdp::Setup::Active) => false,
                    _ => true,
                };
            }
        }
        match own {
            Some(crate::wire::sdp::Setup::Active) => true,
            Some(crate::wire::sdp::Setup::Passive) => false,
            _ => own_offers,
        }
    }
}

/// A transfer as one message with its whole body, and the lengths of its chunks where it had several.
fn whole_message(transfer: &Transfer, messages: &Messages) -> (Vec<u8>, Vec<usize>) {
    let first = messages.raw(&messages[transfer.first]).into_owned();
    if transfer.more().is_empty() {
        return (first, vec![]);
    }
    let lengths =
        transfer.chunks().map(|id| messages[id].msrp().map_or(0, |summary| summary.body.len as usize)).collect();
    let Some(message) = msrp::Message::parse(&first[..]) else { return (first, vec![]) };
    let body = message.body_range();
    let mut whole = first[..body.start].to_vec();
    whole.extend_from_slice(&transfer.body(messages));
    let flag = if transfer.end == msrp::EndFlag::Aborted { '#' } else { '$' };
    whole.extend_from_slice(format!("\r\n-------{}{flag}\r\n", message.transaction_id()).as_bytes());
    (whole, lengths)
}
