//! MSRP along a leg: connections, SEND with its 200 at every hop, REPORT.

use std::net::SocketAddr;

use super::MessageId;
use super::cast::NodeId;
use super::dialog::{Dialog, Leg};
use super::stage::Stage;
use super::text::{Chunk, Entity, Headers, Msrp};
use crate::script::DEFAULT_CHUNK;

/// How a message is sent.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// Body bytes per chunk.
    pub chunk: usize,
    pub success_report: bool,
    /// The status of the responses.
    pub status: &'static str,
}

impl Default for Manner {
    fn default() -> Self {
        Self { chunk: DEFAULT_CHUNK, success_report: false, status: "200 OK" }
    }
}

type End = (NodeId, SocketAddr);

impl Stage {
    /// The active side of each dialog opens the connection and sends the empty SEND that binds it (RFC 4975 §5.4).
    pub fn connect(&mut self, leg: &mut Leg) {
        let from_near = leg.from_near;
        // From the client on, whoever called.
        for hop in leg.hops(true) {
            let dialog = &mut leg.dialogs[hop];
            let near_active = from_near || dialog.near.client;
            let (active, passive) = dialog.sides(near_active);
            let source = SocketAddr::new(self.nodes[active.node].ip, self.ephemeral_port(active.node));
            let destination = SocketAddr::new(self.nodes[passive.node].ip, passive.msrp_port);
            self.open((active.node, source), (passive.node, destination));
            dialog.msrp = Some(if near_active { (source, destination) } else { (destination, source) });
            if let Some(record) = &mut dialog.record {
                let (caller, callee) =
                    if from_near { (&dialog.near, &dialog.far) } else { (&dialog.far, &dialog.near) };
                record.msrp_path_caller = Some(caller.msrp_path.clone());
                record.msrp_path_callee = Some(callee.msrp_path.clone());
                record.msrp_tcp = Some(format!("{source} -> {destination}"));
            }
            self.send_hop(dialog, near_active, None, Manner::default());
        }
    }

    pub fn disconnect(&mut self, leg: &mut Leg, from_near: bool) {
        for hop in leg.hops(from_near) {
            let dialog = &mut leg.dialogs[hop];
            let (from, to) = ends(dialog, from_near);
            self.close(from, to);
            dialog.msrp = None;
        }
    }

    /// Sends a message from one end of the leg to the other. Returns the copies in order.
    pub fn send(&mut self, leg: &Leg, from_near: bool, entity: &Entity, manner: Manner) -> Vec<MessageId> {
        let hops = leg.hops(from_near);
        hops.into_iter().map(|hop| self.send_hop(&leg.dialogs[hop], from_near, Some(entity), manner)).collect()
    }

    fn send_hop(&mut self, dialog: &Dialog, from_near: bool, entity: Option<&Entity>, manner: Manner) -> MessageId {
        let (from, to) = ends(dialog, from_near);
        let (sender, receiver) = dialog.sides(from_near);
        let mut headers = Headers::default();
        headers.add("To-Path", receiver.msrp_path.as_str());
        headers.add("From-Path", sender.msrp_path.as_str());
        let message_id = self.random.hex(20);
        headers.add("Message-ID", message_id.as_str());
        if entity.is_some() {
            if manner.success_report {
                headers.add("Success-Report", "yes");
            }
            headers.add("Failure-Report", "yes");
        }
        let total = entity.map_or(0, |entity| entity.body().len());
        let chunks = self.chunks(total, manner.chunk);
        let transactions = chunks.iter().map(|chunk| chunk.transaction.clone()).collect::<Vec<_>>();
        let send = Msrp { start: "SEND".to_owned(), headers, body: entity.cloned(), chunks };
        let id = self.msrp(from, to, "SEND", send);

        let mut back = Headers::default();
        back.add("To-Path", sender.msrp_path.as_str());
        back.add("From-Path", receiver.msrp_path.as_str());
        let responses = transactions.into_iter().map(Chunk::whole).collect();
        let response = Msrp { start: manner.status.to_owned(), headers: back.clone(), body: None, chunks: responses };
        let what = format!("{} SEND", manner.status.split(' ').next().unwrap_or_default());
        self.msrp(to, from, &what, response);
        if manner.success_report {
            back.add("Message-ID", message_id);
            back.add("Byte-Range", format!("1-{total}/{total}"));
            back.add("Status", "000 200 OK");
            let chunks = vec![Chunk::whole(self.random.hex(16))];
            self.msrp(to, from, "REPORT", Msrp { start: "REPORT".to_owned(), headers: back, body: None, chunks });
        }
        id
    }

    fn chunks(&mut self, total: usize, size: usize) -> Vec<Chunk> {
        let count = total.div_ceil(size).max(1);
        let open_range = count > 1 && self.random.chance(0.5);
        (0..count).map(|_| Chunk { bytes: size, open_range, ..Chunk::whole(self.random.hex(16)) }).collect()
    }
}

fn ends(dialog: &Dialog, from_near: bool) -> (End, End) {
    let (near, far) = dialog.msrp.unwrap_or_else(|| panic!("{}: no MSRP connection", dialog.call_id));
    let (near, far) = ((dialog.near.node, near), (dialog.far.node, far));
    if from_near { (near, far) } else { (far, near) }
}
