//! The player: one plan being played. Messages and time come in, messages go out; it owns no socket and asks no clock.
//!
//! Call a `handle_*`, then drain [`Player::poll_action`], and call [`Player::handle_timeout`] when [`Player::poll_timeout`] says so.
//! `now` is the time since the replay began and never runs backwards. A step is done when all it waits for has happened; what was
//! expected and does not come is waited for with patience, and then the others go on without it. What nobody expected is answered
//! by itself, and never breaks a run.

mod answers;
mod ended;
mod msrp;
mod protection;
mod refresh;
mod relay;
mod requests;
mod respond;
mod responses;
mod schedule;
mod score;
mod serve;
mod sip;
mod state;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::mem::take;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashMap;

use super::came::Came;
use super::dialog::Dialog;
use super::digits;
use super::fresh::Fresh;
use super::identifiers::{Identifiers, Scope};
use super::judge::{self, Difference};
use super::local::Local;
use super::plan::{Act, Kind, Side};
use super::settings::{Route, Settings};
use super::transaction::{Client, Server};
use super::verdict::{Outcome, Verdict};

pub use ended::Ended;
pub use protection::Shown;
use schedule::never;
pub use score::Score;
use state::{ClientEntry, LegState, Progress, ServerEntry, StepState, Task};

/// A connection, by the number its driver gave it.
pub type ConnectionId = u64;

/// Where a SIP message goes or came from. `flow` is the connection, or 0: over UDP, or where one is still to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    pub address: SocketAddr,
    pub flow: ConnectionId,
}

/// What the player wants done.
#[derive(Clone, Debug)]
pub enum Action {
    Sip {
        to: Hop,
        bytes: Vec<u8>,
    },
    /// Opens an MSRP connection for a leg; then comes [`Player::handle_connected`] or [`Player::handle_closed`].
    Connect {
        leg: usize,
        address: SocketAddr,
        /// Over TLS, and the fingerprints that the far end told of its certificate.
        tls: Option<Vec<String>>,
    },
    Msrp {
        connection: ConnectionId,
        bytes: Vec<u8>,
    },
    /// Closes an MSRP connection once all is written.
    Close {
        connection: ConnectionId,
        leg: usize,
    },
    /// Messages with this Call-ID are for this player.
    Call {
        call_id: String,
    },
    /// So are invitations with this Contribution-ID.
    Group {
        contribution_id: String,
    },
    /// Messages to this MSRP session are for this leg.
    Session {
        session_id: String,
        leg: usize,
    },
}

/// Longest time that a captured pause adds to the patience.
const MAX_PATIENCE_PAUSE: Duration = Duration::from_secs(30);
/// Credentials are sent so often for one request.
const MAX_ATTEMPTS: usize = 3;
/// So long data that is still on the way is waited for when a session ends.
const LINGER: Duration = Duration::from_millis(700);
/// What nobody expected is listed so many times, then only counted.
const MAX_EXTRAS: usize = 200;
/// Chunks of one message that are kept.
const MAX_PARTIAL_BYTES: usize = 64 * 1024 * 1024;
/// Requests of a far end that are remembered; more are a flood.
const MAX_SERVERS: usize = 20_000;

/// One plan being played.
pub struct Player {
    score: Arc<Score>,
    settings: Arc<Settings>,
    route: Route,
    local: Local,
    ids: Identifiers,
    legs: Vec<LegState>,
    steps: Vec<StepState>,
    clients: Vec<ClientEntry>,
    by_branch: HashMap<String, usize>,
    servers: Vec<ServerEntry>,
    by_key: HashMap<String, usize>,
    agenda: BinaryHeap<Reverse<(Duration, Task)>>,
    /// Entries of the agenda that belong to steps.
    step_tasks: usize,
    actions: VecDeque<Action>,
    to_pass: Vec<usize>,
    begun: bool,
    /// Others register first: what comes after registrations waits for [`Player::release`].
    held: bool,
    started: bool,
    /// Steps that are not settled.
    open: usize,
    impatience: u32,
    extras: Vec<(usize, String)>,
    extras_count: usize,
    notes: Vec<String>,
    stopped: Option<String>,
    finished_at: Option<Duration>,
    hanging_up: bool,
    /// Who called first, for a side without a target.
    caller: Option<Hop>,
    /// Routes of requests outside dialogs, as the registrar gave them (RFC 3608).
    service_route: Vec<String>,
    pub latencies: Vec<Duration>,
}

impl Player {
    pub fn new(score: Arc<Score>, settings: Arc<Settings>, route: Route, local: Local, fresh: Fresh) -> Player {
        let plan = &score.plan;
        let hosts = settings.hosts.iter().map(|(_, to)| to.clone()).collect();
        let mut ids = Identifiers::new(Arc::clone(&score.originals), plan.legs.len(), hosts, fresh);
        let mut legs = Vec::with_capacity(plan.legs.len());
        for (index, leg) in plan.legs.iter().enumerate() {
            let own_tag = ids.fresh.hex(12);
            ids.learn(Scope::Leg(index), &leg.own_tag, &own_tag);
            let mut dialog = Dialog { own_tag, cseq: (ids.fresh.number() % 10_000) as u32, ..Dialog::default() };
            if leg.caller {
                dialog.call_id = [&ids.fresh.hex(24), "@", &digits::ip_text(local.sip.ip())].concat();
                ids.learn(Scope::Everywhere, &leg.call_id, &dialog.call_id);
            }
            legs.push(LegState { dialog, ..LegState::default() });
        }
        let steps = plan.steps.iter().map(|step| StepState {
            progress: Progress::Open,
            waiting: step.after.len(),
            passed: false,
            due: None,
            sent_at: None,
            holds: false,
            outcome: None,
            server: None,
        });
        Player {
            steps: steps.collect(),
            open: plan.steps.len(),
            legs,
            ids,
            settings,
            route,
            local,
            clients: vec![],
            by_branch: HashMap::new(),
            servers: vec![],
            by_key: HashMap::new(),
            agenda: BinaryHeap::new(),
            step_tasks: 0,
            actions: VecDeque::new(),
            to_pass: vec![],
            begun: false,
            held: false,
            started: false,
            impatience: 0,
            extras: vec![],
            extras_count: 0,
            notes: vec![],
            stopped: None,
            finished_at: None,
            hanging_up: false,
            caller: None,
            service_route: vec![],
            latencies: vec![],
            score,
        }
    }

    pub fn side(&self) -> Side {
        self.score.plan.side
    }

    /// Begins to play.
    pub fn start(&mut self, now: Duration) {
        if self.begun {
            return;
        }
        self.begun = true;
        if !self.held || self.score.registrations > 0 {
            self.play_first(now);
        }
    }

    /// What waits for nothing.
    fn play_first(&mut self, now: Duration) {
        let plays_first = self.score.plan.steps.first().is_some_and(|step| step.act == Act::Send);
        self.started = plays_first;
        let first: Vec<usize> = (0..self.steps.len()).filter(|&step| self.steps[step].waiting == 0).collect();
        first.into_iter().for_each(|step| self.come_due(step, now));
        self.settle_passed(now);
    }

    /// After its own registrations the player waits until [`Player::release`]: those it plays with register as well.
    pub fn hold(&mut self) {
        self.held = true;
    }

    pub fn is_held(&self) -> bool {
        self.held
    }

    /// Are all registered that this plan lets register? Those who were refused, or got no answer, count too.
    pub fn has_registered(&self) -> bool {
        let last = self.score.registrations.checked_sub(1);
        last.is_none_or(|last| self.steps[last].progress != Progress::Open)
    }

    /// The others have registered too: what comes after registrations begins.
    pub fn release(&mut self, now: Duration) {
        self.held = false;
        match self.score.registrations.checked_sub(1) {
            Some(last) => {
                self.to_pass.push(last);
                self.settle_passed(now);
            }
            None if self.begun => self.play_first(now),
            None => {}
        }
    }

    /// Nothing was sent or received yet.
    pub fn is_untouched(&self) -> bool {
        !self.started
    }

    /// The first message: from now on there is something to wait for.
    fn wake(&mut self, now: Duration) {
        if !self.started {
            self.started = true;
            let due = (0..self.steps.len())
                .filter(|&step| self.steps[step].waiting == 0 && self.steps[step].progress == Progress::Open);
            let due: Vec<usize> = due.filter(|&step| self.score.plan.steps[step].act == Act::Expect).collect();
            due.into_iter().for_each(|step| self.be_patient(step, now));
        }
    }

    pub fn poll_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    pub fn poll_timeout(&self) -> Option<Duration> {
        self.agenda.peek().map(|Reverse((at, _))| *at)
    }

    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(&Reverse((at, task))) = self.agenda.peek() {
            if at > now {
                break;
            }
            self.agenda.pop();
            match task {
                Task::Run(step) => {
                    self.step_tasks -= 1;
                    self.run(step, now);
                }
                Task::Patience(step) => {
                    self.step_tasks -= 1;
                    self.lose_patience(step, now);
                }
                Task::Client(client) => self.client_timeout(client, now),
                Task::Server(server) => self.server_timeout(server, now),
                Task::CloseMsrp(leg) => self.close_msrp(leg, now),
                Task::Refresh(leg) => self.refresh(leg, now),
                Task::HangUp => self.hang_up(now),
                Task::EndLeg(leg) => self.end_leg(leg, "the far end ended the session before", now),
            }
        }
        self.settle_passed(now);
        self.look_whether_done(now);
    }

    fn push(&mut self, at: Duration, task: Task) {
        if matches!(task, Task::Run(_) | Task::Patience(_)) {
            self.step_tasks += 1;
        }
        self.agenda.push(Reverse((at, task)));
    }

    /// Sends a message of a step with the faults that were asked for.
    fn emit(&mut self, step: Option<usize>, action: Action) {
        use super::mutate::Fault;
        let score = Arc::clone(&self.score);
        let faults: &[Fault] = step.map_or(&[], |step| &score.plan.steps[step].faults);
        if faults.is_empty() {
            self.actions.push_back(action);
            return;
        }
        let mut action = action;
        if let Action::Sip { bytes, .. } | Action::Msrp { bytes, .. } = &mut action {
            *bytes = faults.iter().fold(std::mem::take(bytes), |bytes, fault| fault.apply(bytes));
            if bytes.is_empty() {
                return;
            }
        }
        if faults.contains(&Fault::Duplicate) {
            self.actions.push_back(action.clone());
        }
        self.actions.push_back(action);
    }

    fn extra(&mut self, leg: usize, what: impl Into<String>) {
        self.extras_count += 1;
        if self.extras.len() < MAX_EXTRAS {
            self.extras.push((leg, what.into()));
        }
    }

    fn note(&mut self, text: String) {
        if self.notes.len() < MAX_EXTRAS && !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Ends the run before its time.
    pub fn stop(&mut self, why: &str, now: Duration) {
        if self.finished_at.is_none() {
            if self.open > 0 || !self.begun {
                self.stopped = Some(why.to_owned());
            }
            self.begun = true;
            self.finish(now);
        }
    }

    /// When the last step was settled.
    pub fn finished_at(&self) -> Option<Duration> {
        self.finished_at
    }

    /// Was the run cut short?
    pub fn is_stopped(&self) -> bool {
        self.stopped.is_some()
    }

    /// Nothing has gone wrong so far.
    pub fn is_good_so_far(&self) -> bool {
        self.steps.iter().all(|step| step.outcome.as_ref().is_none_or(Outcome::is_good))
    }

    /// When there will be nothing more to say or to answer, once the last step is done.
    pub fn gone_at(&self) -> Option<Duration> {
        let finished = self.finished_at?;
        let waits = self.clients.iter().any(|one| one.step.is_none() && !one.transaction.is_done());
        let answers = !self.settings.transport.is_reliable() && !self.servers.is_empty();
        let linger = match (waits, answers) {
            (true, _) => Duration::from_secs(3),
            (false, true) => LINGER,
            (false, false) => Duration::ZERO,
        };
        Some(finished + self.settings.linger + linger)
    }

    /// There is nothing more to say or to answer: only what became of the steps is kept.
    pub fn end(&mut self) -> Ended {
        let missing = || Outcome::Missing { why: "the run was not finished".into() };
        let mut notes = take(&mut self.notes);
        if self.extras_count > self.extras.len() {
            notes.push(format!("{} messages came that no step expected", self.extras_count));
        }
        let verdict = Verdict {
            outcomes: take(&mut self.steps).into_iter().map(|step| step.outcome.unwrap_or_else(missing)).collect(),
            extras: take(&mut self.extras),
            notes,
            stopped: self.stopped.take(),
        };
        let (finished_at, latencies) = (self.finished_at, take(&mut self.latencies));
        Ended { score: Arc::clone(&self.score), verdict, finished_at, latencies }
    }
}
