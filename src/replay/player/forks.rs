//! INVITEs that fork: each far end that answers makes a dialog of its own, told by its To tag (RFC 3261 §12.1, §13.2.2.4). Each planned
//! dialog is a leg; one that nobody planned is ended as soon as it stands.

use std::time::Duration;

use super::*;
use crate::replay::body::path_session_id;
use crate::replay::dialog::tag;
use crate::replay::plain;
use crate::session::msrp_media;
use crate::wire::msrp;
use crate::wire::sip::{Message, Name};

/// A dialog that a 2xx of a far end made and no leg is for.
pub(super) struct Unplanned {
    /// The INVITE, by its place in `clients`, and the tag of the far end.
    invite: usize,
    tag: String,
    /// What the far end calls its MSRP session.
    session_id: Option<String>,
    /// The ACK, for when the 2xx comes again.
    ack: (Vec<u8>, Hop),
}

/// So many dialogs that nobody planned are acknowledged and ended. A user has a handful of devices; more are a flood.
const MAX_UNPLANNED: usize = 64;

impl Player {
    /// The INVITE of a leg was sent or came: its other forks begin with what is known of the dialog so far.
    pub(super) fn fork(&mut self, leg: usize) {
        let score = Arc::clone(&self.score);
        if score.forks[leg].len() == 1 {
            return;
        }
        let is_caller = score.plan.legs[leg].caller;
        if is_caller {
            // Who rang before credentials were asked for answers anew.
            self.legs[leg].dialog.peer_tag.clear();
        }
        for &fork in score.forks[leg].iter().filter(|&&fork| fork != leg) {
            // One caller has one tag in all of them.
            let own_tag = self.legs[if is_caller { leg } else { fork }].dialog.own_tag.clone();
            self.legs[fork] = self.legs[leg].fork(own_tag);
            self.ids.fork(leg, fork);
        }
    }

    // ---- we called ----

    /// The leg that an answer to an INVITE of ours is of. `None`: a far end rings that no leg is for.
    pub(super) fn leg_of_answer(&mut self, place: usize, message: &Message<'_>) -> Option<usize> {
        let leg = self.clients[place].leg;
        if self.score.forks[leg].len() == 1 || !self.makes_dialog(place) {
            return Some(leg);
        }
        let to_tag = tag(message, Name::To);
        if message.status() >= Some(200) {
            let known = self.score.forks[leg].iter().copied().find(|&fork| self.nearness(fork, &to_tag) == 0);
            return self.leg_of_final(place, message, &to_tag).or(known).or(Some(leg));
        }
        let forks = self.score.forks[leg].iter().copied().filter(|&fork| self.nearness(fork, &to_tag) < 2);
        forks.min_by_key(|&fork| (self.nearness(fork, &to_tag), !self.waits_for(place, fork, message.status())))
    }

    /// Is it an INVITE outside a dialog? One inside has one far end.
    fn makes_dialog(&self, place: usize) -> bool {
        let template = self.clients[place].step.and_then(|step| self.score.sip[step].as_ref());
        template.is_some_and(|template| !template.is_inside)
    }

    /// The leg that waits for a final answer and is the nearest to this one. Devices may ring and answer in another order than
    /// captured: who accepts gets the leg of one who accepted.
    fn leg_of_final(&mut self, place: usize, message: &Message<'_>, to_tag: &str) -> Option<usize> {
        let score = Arc::clone(&self.score);
        let forks = &score.forks[self.clients[place].leg];
        let waiting = forks.iter().copied().filter(|&fork| self.waits_for(place, fork, None));
        let leg = waiting.min_by_key(|&fork| self.nearness(fork, to_tag))?;
        let known = forks.iter().copied().find(|&fork| self.nearness(fork, to_tag) == 0);
        if let Some(known) = known.filter(|&known| known != leg && message.status() < Some(300)) {
            let dialog = std::mem::take(&mut self.legs[known].dialog);
            self.legs[known].dialog = std::mem::replace(&mut self.legs[leg].dialog, dialog);
        }
        Some(leg)
    }

    /// 0: the leg is that of the far end with this tag. 1: its far end is not known yet. 2: it is another one.
    fn nearness(&self, leg: usize, to_tag: &str) -> u8 {
        match self.legs[leg].dialog.peer_tag.as_str() {
            known if known == to_tag => 0,
            "" => 1,
            _ => 2,
        }
    }

    /// Does the leg wait for this provisional answer to an INVITE of ours, or for a final one?
    fn waits_for(&self, place: usize, leg: usize, provisional: Option<u16>) -> bool {
        let Some(step) = self.clients[place].step else { return false };
        self.score.about[step].iter().any(|&answer| {
            let planned = &self.score.plan.steps[answer];
            let is_it = match provisional {
                Some(_) => planned.optional && self.score.status(answer) == provisional,
                None => planned.kind == Kind::Response && !planned.optional,
            };
            planned.leg == leg && is_it && self.is_waited_for(answer)
        })
    }

    /// A final answer came to an INVITE that had one before: the same again, or that of another fork.
    pub(super) fn further_answer(&mut self, place: usize, from: Hop, message: &Message<'_>, now: Duration) {
        match message.status() {
            Some(200..300) => {}
            Some(300..) => return self.acknowledge_refusal(place, message),
            _ => return,
        }
        let entry = &self.clients[place];
        let (first, step, cseq) = (entry.leg, entry.step, entry.cseq);
        let (makes_dialog, to_tag) = (self.makes_dialog(place), tag(message, Name::To));
        let of_leg = |&leg: &usize| {
            let is_it = if makes_dialog { self.legs[leg].dialog.peer_tag == to_tag } else { leg == first };
            let ack = self.legs[leg].ack.as_ref().filter(|(number, ..)| is_it && *number == cseq);
            ack.map(|(_, bytes, to)| (bytes.clone(), *to))
        };
        let unplanned = || self.unplanned.iter().find(|one| one.invite == place && one.tag == to_tag);
        let ack = self.score.forks[first].iter().find_map(of_leg);
        if let Some((bytes, to)) = ack.or_else(|| unplanned().map(|one| one.ack.clone())) {
            return self.actions.push_back(Action::Sip { to, bytes });
        }
        if !makes_dialog {
            return;
        }
        match self.leg_of_final(place, message, &to_tag) {
            Some(leg) => {
                self.legs[leg].peer = Some(from);
                self.final_response(place, leg, step, &Came::new(message), now);
            }
            None => self.end_unplanned(place, from, message, to_tag, now),
        }
    }

    /// Acknowledges a 2xx that makes a dialog nobody planned, and ends that dialog (RFC 3261 §13.2.2.4).
    fn end_unplanned(&mut self, place: usize, from: Hop, message: &Message<'_>, tag: String, now: Duration) {
        if self.unplanned.len() >= MAX_UNPLANNED {
            return self.note("a flood of answers to an INVITE: the rest is not acknowledged".into());
        }
        let (leg, cseq) = (self.clients[place].leg, self.clients[place].cseq);
        let state = &self.legs[leg];
        let (call_id, own_tag) = (state.dialog.call_id.clone(), state.dialog.own_tag.clone());
        let ends = (state.own_address.clone(), state.peer_address.clone());
        let mut dialog = Dialog { call_id, own_tag, cseq, ..Dialog::default() };
        dialog.handle_response(message);
        let to = self.way_along(&dialog, Some(from));
        let [ack_branch, bye_branch] = [self.branch(), self.branch()];
        let write = |method: &str, cseq, branch: &str| {
            plain::inside_dialog(method, &dialog, &self.local, (&ends.0, &ends.1), (cseq, branch), "")
        };
        let (ack, bye) = (write("ACK", cseq, &ack_branch), write("BYE", cseq + 1, &bye_branch));
        let session_id = msrp_media(message).and_then(|media| path_session_id(&media.path).map(str::to_owned));
        self.unplanned.push(Unplanned { invite: place, tag, session_id, ack: (ack.clone(), to) });
        self.actions.push_back(Action::Sip { to, bytes: ack });
        self.send_by_itself(leg, "BYE", (cseq + 1, bye_branch), bye, to, now);
        let status = message.status().unwrap_or(0);
        self.extra(leg, format!("{status} (INVITE) of another far end, which gets ACK and BYE"));
    }

    /// Answers a request in a dialog that nobody planned; false: it is in another one.
    pub(super) fn answer_unplanned(&mut self, from: Hop, message: &Message<'_>) -> bool {
        if self.unplanned.is_empty() {
            return false;
        }
        let (call_id, from_tag) = (message.header(Name::CallId).unwrap_or_default(), tag(message, Name::From));
        let is_it =
            |one: &Unplanned| one.tag == from_tag && self.legs[self.clients[one.invite].leg].dialog.call_id == *call_id;
        let is_unplanned = self.unplanned.iter().any(is_it);
        let answer = match message.method() {
            _ if !is_unplanned => None,
            Some("ACK") => None,
            Some("BYE") => Some((200, "OK")),
            // Our BYE has ended it (RFC 3261 §15.1.1).
            _ => Some((481, "Call/Transaction Does Not Exist")),
        };
        if let Some((status, reason)) = answer {
            let bytes = plain::plain_response(message, status, reason, "", "");
            self.actions.push_back(Action::Sip { to: from, bytes });
        }
        is_unplanned
    }

    /// The INVITE of the leg came to nothing, whoever it forked to.
    pub(super) fn end_forks(&mut self, leg: usize, why: &str, now: Duration) {
        let score = Arc::clone(&self.score);
        score.forks[leg].iter().for_each(|&fork| self.end_leg(fork, why, now));
    }

    // ---- we were called ----

    /// The server transaction in which a leg answers a request: each fork answers the same INVITE for itself.
    pub(super) fn server_of(&mut self, place: usize, leg: usize) -> usize {
        let entry = &self.servers[place];
        if entry.leg == leg {
            return place;
        }
        if let Some(own) = self.legs[leg].invite_server {
            return own;
        }
        let (method, bytes, from) = (entry.method.clone(), entry.bytes.clone(), entry.from);
        let transaction = Server::new(true, self.settings.transport.is_reliable());
        let own_tag = self.legs[leg].dialog.own_tag.clone();
        self.servers.push(ServerEntry { transaction, leg, method, bytes, from, own_tag });
        self.legs[leg].invite_server = Some(self.servers.len() - 1);
        self.servers.len() - 1
    }

    /// Has a request that came been answered finally, by one of the forks at least?
    pub(super) fn is_answered(&self, place: usize) -> bool {
        let entry = &self.servers[place];
        let is_same = |one: &ServerEntry| one.transaction.is_answered() && one.bytes == entry.bytes;
        entry.transaction.is_answered() || self.servers.iter().any(is_same)
    }

    // ---- MSRP ----

    /// The leg that an MSRP message to a session of ours is for. Forks of an INVITE share the path that it offers: the far end's path
    /// tells them apart. `None`: it comes from a far end that nobody planned.
    pub fn leg_of_msrp(&self, leg: usize, message: &msrp::Message<'_>) -> Option<usize> {
        let forks = self.score.forks.get(leg)?;
        if forks.len() == 1 && self.unplanned.is_empty() {
            return Some(leg);
        }
        let own = &self.legs[leg].own_session_id;
        let mut forks = forks.iter().copied().filter(|&fork| self.legs[fork].own_session_id == *own);
        if message.method().is_none() {
            let id = message.transaction_id();
            return forks.find(|&fork| self.legs[fork].msrp_sent.contains_key(id)).or(Some(leg));
        }
        let from_path = message.header("From-Path").unwrap_or_default();
        let id = path_session_id(&from_path);
        if id.is_some() && self.unplanned.iter().any(|one| one.session_id.as_deref() == id) {
            return None;
        }
        // Who speaks before its 2xx came is one whose path is not known yet.
        let nearness = |&fork: &usize| match path_session_id(&self.legs[fork].peer_path) {
            known if known == id => 0,
            None => 1,
            Some(_) => 2,
        };
        forks.min_by_key(nearness).filter(|fork| nearness(fork) < 2).or(Some(leg))
    }
}
