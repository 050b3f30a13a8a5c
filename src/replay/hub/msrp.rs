//! MSRP of the hub: streams cut into messages, players found by session-id.

use std::time::Duration;

use super::{Hub, Output};
use crate::replay::player::{ConnectionId, Player, Shown};
use crate::replay::{body, plain};
use crate::wire::cut::Cut;
use crate::wire::msrp;

impl Hub {
    pub fn handle_connected(&mut self, now: Duration, number: usize, leg: usize, connection: ConnectionId) {
        self.streams.entry(connection).or_default().owners.push((number, leg));
        if let Some(player) = self.player(number) {
            player.handle_connected(now, leg, connection);
            self.after(number, now);
        }
    }

    /// A far end opened an MSRP connection over TLS, and has shown this certificate (DER).
    pub fn handle_secured(&mut self, connection: ConnectionId, certificate: Option<Vec<u8>>) {
        self.streams.entry(connection).or_default().shown = Shown { is_tls: true, certificate };
    }

    pub fn handle_refused(&mut self, now: Duration, number: usize, leg: usize, why: &str) {
        if let Some(player) = self.player(number) {
            player.handle_closed(now, leg, why);
            self.after(number, now);
        }
    }

    /// The next bytes of an MSRP connection.
    pub fn handle_msrp_bytes(&mut self, now: Duration, connection: ConnectionId, bytes: &[u8]) {
        let mut stream = self.streams.remove(&connection).unwrap_or_default();
        stream.buffer.extend_from_slice(bytes);
        let mut at = 0;
        loop {
            let len = match msrp::cut(&stream.buffer[at..], &mut stream.msrp, false) {
                Cut::Message { len, .. } => {
                    if let Some(message) = msrp::Message::parse(&stream.buffer[at..at + len]) {
                        let owner = self.owner(&message);
                        if let Some((number, leg)) = owner.filter(|owner| !stream.owners.contains(owner)) {
                            let player = self.slots[number].player();
                            if let Some(why) = player.and_then(|player| player.objection(leg, &stream.shown)) {
                                self.handle_refused(now, number, leg, &why);
                                return self.outputs.push_back(Output::Close { connection });
                            }
                            stream.owners.push((number, leg));
                        }
                        self.handle_msrp(now, connection, owner, &message);
                    }
                    len
                }
                Cut::KeepAlive { len } => len,
                Cut::Skip { len, .. } => {
                    self.garbage_bytes += len as u64;
                    len
                }
                Cut::NeedMore => break,
            };
            stream.msrp = msrp::Scan::default();
            at += len;
        }
        stream.buffer.drain(..at);
        // A player that closed the connection meanwhile found no stream to be let go of.
        let had_owners = !stream.owners.is_empty();
        let speaks = |player: &Player, leg| player.speaks_over(leg, connection);
        stream.owners.retain(|&(number, leg)| self.slots[number].player().is_some_and(|player| speaks(player, leg)));
        if had_owners && stream.owners.is_empty() {
            self.outputs.push_back(Output::Close { connection });
        }
        self.streams.insert(connection, stream);
    }

    fn owner(&self, message: &msrp::Message<'_>) -> Option<(usize, usize)> {
        let to_path = message.header("To-Path")?;
        let id = body::path_session_id(&to_path)?;
        let &(number, leg) = self.sessions.get(id)?;
        Some((number, self.slots[number].player()?.leg_of_msrp(leg, message)?))
    }

    fn handle_msrp(
        &mut self,
        now: Duration,
        connection: ConnectionId,
        owner: Option<(usize, usize)>,
        message: &msrp::Message<'_>,
    ) {
        let player = owner.and_then(|(number, leg)| Some((number, leg, self.player(number)?)));
        match player {
            Some((number, leg, player)) => {
                player.handle_msrp(now, leg, connection, message);
                self.after(number, now);
            }
            None => {
                self.strangers += 1;
                if matches!(message.method(), Some(method) if method != "REPORT") {
                    // RFC 4975 §7.2: no such session.
                    let to_path = message.header("To-Path").unwrap_or_default().into_owned();
                    let bytes = plain::msrp_response(message, 481, &to_path);
                    self.outputs.push_back(Output::Write { connection, bytes });
                }
            }
        }
    }

    /// An MSRP connection was closed by the far end.
    pub fn handle_closed(&mut self, now: Duration, connection: ConnectionId, why: &str) {
        let owners = self.streams.remove(&connection).map(|stream| stream.owners).unwrap_or_default();
        for (number, leg) in owners {
            if let Some(player) = self.player(number).filter(|player| player.speaks_over(leg, connection)) {
                player.handle_closed(now, leg, why);
                self.after(number, now);
            }
        }
    }
}
