//! SIP transactions (RFC 3261 §17): sending again over UDP, giving up, and telling what repeats from what is new.
//!
//! They own no socket and ask no clock: `now` is the time since the replay began and never runs backwards. What is to be sent again
//! is told by `handle_timeout`; `poll_timeout` says when to call it.

use std::time::Duration;

/// Estimated round trip (RFC 3261 §17.1.1.1).
pub const T1: Duration = Duration::from_millis(500);
/// Longest pause between two retransmissions of what is not an INVITE.
const T2: Duration = Duration::from_secs(4);
/// Timers B, F and H: when a transaction is given up.
const GIVE_UP: Duration = Duration::from_secs(32);

/// A request that was sent.
#[derive(Clone, Debug)]
pub struct Client {
    is_invite: bool,
    state: State,
    interval: Duration,
    resend_at: Option<Duration>,
    give_up_at: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Trying,
    Proceeding,
    Done,
}

/// What a response is to its transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Provisional,
    Final,
    /// A final response again.
    Repeated,
}

/// What a timer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    Resend,
    GiveUp,
}

impl Client {
    /// Begins when the request is sent. `reliable`: not over UDP, nothing is sent again.
    pub fn new(now: Duration, is_invite: bool, reliable: bool) -> Client {
        Client {
            is_invite,
            state: State::Trying,
            interval: T1,
            resend_at: (!reliable).then_some(now + T1),
            give_up_at: Some(now + GIVE_UP),
        }
    }

    pub fn handle_response(&mut self, now: Duration, status: u16) -> Heard {
        match (self.state, status) {
            (State::Done, _) => Heard::Repeated,
            (_, ..200) => {
                self.state = State::Proceeding;
                if self.is_invite {
                    // Who rings may ring for long: the plan's end takes the call back.
                    (self.resend_at, self.give_up_at) = (None, None);
                } else if self.resend_at.is_some() {
                    self.interval = T2;
                    self.resend_at = Some(now + T2);
                }
                Heard::Provisional
            }
            _ => {
                (self.state, self.resend_at, self.give_up_at) = (State::Done, None, None);
                Heard::Final
            }
        }
    }

    pub fn handle_timeout(&mut self, now: Duration) -> Option<Due> {
        if self.give_up_at.is_some_and(|at| at <= now) {
            (self.state, self.resend_at, self.give_up_at) = (State::Done, None, None);
            return Some(Due::GiveUp);
        }
        if self.resend_at.is_some_and(|at| at <= now) {
            self.interval = if self.is_invite { self.interval * 2 } else { (self.interval * 2).min(T2) };
            self.resend_at = Some(now + self.interval);
            return Some(Due::Resend);
        }
        None
    }

    pub fn poll_timeout(&self) -> Option<Duration> {
        [self.resend_at, self.give_up_at].into_iter().flatten().min()
    }

    /// Was it answered provisionally, and not finally?
    pub fn is_proceeding(&self) -> bool {
        self.state == State::Proceeding
    }

    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The INVITE was taken back: a final response has to come soon (RFC 3261 §9.1).
    pub fn expect_end(&mut self, now: Duration) {
        if self.state != State::Done {
            self.give_up_at = Some(now + GIVE_UP);
        }
    }
}

/// A request that was received.
#[derive(Clone, Debug)]
pub struct Server {
    is_invite: bool,
    reliable: bool,
    /// The last response, as it was sent.
    pub response: Vec<u8>,
    pub status: u16,
    interval: Duration,
    resend_at: Option<Duration>,
    give_up_at: Option<Duration>,
}

impl Server {
    pub fn new(is_invite: bool, reliable: bool) -> Server {
        Server { is_invite, reliable, response: vec![], status: 0, interval: T1, resend_at: None, give_up_at: None }
    }

    /// A response was sent. A final one to an INVITE is sent again until the ACK comes: a 2xx over any transport (§13.3.1.4).
    pub fn handle_sent(&mut self, now: Duration, status: u16, response: Vec<u8>) {
        (self.status, self.response) = (status, response);
        if self.is_invite && status >= 200 && (!self.reliable || status < 300) {
            (self.interval, self.resend_at, self.give_up_at) = (T1, Some(now + T1), Some(now + GIVE_UP));
        }
    }

    pub fn handle_ack(&mut self) {
        (self.resend_at, self.give_up_at) = (None, None);
    }

    pub fn handle_timeout(&mut self, now: Duration) -> Option<Due> {
        if self.give_up_at.is_some_and(|at| at <= now) {
            self.handle_ack();
            return Some(Due::GiveUp);
        }
        if self.resend_at.is_some_and(|at| at <= now) {
            self.interval = (self.interval * 2).min(T2);
            self.resend_at = Some(now + self.interval);
            return Some(Due::Resend);
        }
        None
    }

    pub fn poll_timeout(&self) -> Option<Duration> {
        [self.resend_at, self.give_up_at].into_iter().flatten().min()
    }

    pub fn is_answered(&self) -> bool {
        self.status >= 200
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent_at(mut client: Client) -> (Vec<u128>, u64) {
        let (mut now, mut sent) = (Duration::ZERO, vec![0]);
        while let Some(next) = client.poll_timeout() {
            now = next;
            match client.handle_timeout(now) {
                Some(Due::Resend) => sent.push(now.as_millis()),
                Some(Due::GiveUp) => break,
                None => {}
            }
        }
        (sent, now.as_secs())
    }

    #[test]
    fn an_unanswered_invite_is_sent_seven_times_in_32_secs() {
        let (sent, end) = sent_at(Client::new(Duration::ZERO, true, false));
        assert_eq!((sent, end), (vec![0, 500, 1500, 3500, 7500, 15500, 31500], 32));
    }

    #[test]
    fn other_requests_are_sent_every_four_seconds_at_last() {
        let (sent, end) = sent_at(Client::new(Duration::ZERO, false, false));
        assert_eq!(sent, [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
        assert_eq!(end, 32);
    }

    #[test]
    fn over_tcp_nothing_is_sent_again_but_a_2xx() {
        assert_eq!(sent_at(Client::new(Duration::ZERO, true, true)).0, [0]);
        let mut server = Server::new(true, true);
        server.handle_sent(Duration::ZERO, 486, vec![]);
        assert_eq!(server.poll_timeout(), None);
        server.handle_sent(Duration::ZERO, 200, vec![]);
        assert_eq!(server.handle_timeout(T1), Some(Due::Resend));
        server.handle_ack();
        assert_eq!(server.poll_timeout(), None);
    }

    #[test]
    fn a_final_response_again_is_told_from_the_first() {
        let mut client = Client::new(Duration::ZERO, true, false);
        let heard = [180, 200, 200].map(|status| client.handle_response(T1, status));
        assert_eq!(heard, [Heard::Provisional, Heard::Final, Heard::Repeated]);
        assert_eq!(client.poll_timeout(), None);
    }
}
