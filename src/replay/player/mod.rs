//! The player: one plan being played. Messages and time come in, messages go out; it owns no socket and asks no clock.
//!
//! Call a `handle_*`, then drain [`Player::poll_action`], and call [`Player::handle_timeout`] when [`Player::poll_timeout`] says so.
//! `now` is the time since the replay began and never runs backwards. A step is done when all it waits for has happened; what was
//! expected and does not come is waited for with patience, and then the others go on without it. What nobody expected is answered
//! by itself, and never breaks a run.

mod answers;
mod msrp;
mod relay;
mod requests;
mod respond;
mod responses;
mod serve;
mod sip;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashMap;

use super::compose::Local;
use super::dialog::Dialog;
use super::identifiers::{Identifiers, Scope};
use super::judge::{self, Difference};
use super::plan::{Act, Kind, Plan, Side};
use super::settings::{Route, Settings};
use super::transaction::{Client, Server};
use super::verdict::{Outcome, Verdict};
use crate::wire;

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

/// A plan with what is looked up in it while it is played; shared by all copies.
pub struct Score {
    pub plan: Plan,
    /// Steps that come after each, and those that need it.
    followers: Vec<Vec<usize>>,
    dependents: Vec<Vec<usize>>,
    /// Responses to each request, the ACK of each 2xx.
    about: Vec<Vec<usize>>,
    /// The messages of the steps, opened.
    sip: Vec<Option<wire::sip::Message<'static>>>,
    msrp: Vec<Option<wire::msrp::Message<'static>>>,
    /// What MSRP steps are about.
    class: Vec<String>,
    /// How long after its predecessors each step came.
    gap: Vec<Duration>,
    /// Of each leg: the requests and the MSRP messages that are expected, in order.
    requests: Vec<Vec<usize>>,
    messages: Vec<Vec<usize>>,
    /// The first step of each leg.
    first: Vec<Option<usize>>,
    /// Has the leg steps of MSRP?
    speaks_msrp: Vec<bool>,
}

impl Score {
    pub fn new(plan: Plan) -> Score {
        let count = plan.steps.len();
        let legs = plan.legs.len();
        let mut score = Score {
            followers: vec![vec![]; count],
            dependents: vec![vec![]; count],
            about: vec![vec![]; count],
            sip: plan.steps.iter().map(|step| wire::sip::Message::parse(step.message.clone())).collect(),
            msrp: plan.steps.iter().map(|step| wire::msrp::Message::parse(step.message.clone())).collect(),
            class: vec![String::new(); count],
            gap: vec![Duration::ZERO; count],
            requests: vec![vec![]; legs],
            messages: vec![vec![]; legs],
            first: vec![None; legs],
            speaks_msrp: vec![false; legs],
            plan,
        };
        for (index, step) in score.plan.steps.iter().enumerate() {
            step.after.iter().for_each(|&before| score.followers[before].push(index));
            step.needs.iter().for_each(|&need| score.dependents[need].push(index));
            step.about.iter().for_each(|&about| score.about[about].push(index));
            let before = step.after.iter().map(|&before| score.plan.steps[before].at).max();
            score.gap[index] = step.at.saturating_sub(before.unwrap_or(step.at));
            score.first[step.leg].get_or_insert(index);
            score.speaks_msrp[step.leg] |= matches!(step.kind, Kind::Connect | Kind::Msrp);
            match (step.act, step.kind) {
                (Act::Expect, Kind::Request) => score.requests[step.leg].push(index),
                (Act::Expect, Kind::Msrp) => score.messages[step.leg].push(index),
                _ => {}
            }
            if step.kind == Kind::Msrp
                && let Some(message) = &score.msrp[index]
            {
                score.class[index] = judge::class(message);
            }
        }
        score
    }

    /// Status of the response that a step is about.
    fn status(&self, step: usize) -> Option<u16> {
        self.sip[step].as_ref()?.status()
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Open,
    /// Waited for in vain so far: others go on, and it may still come.
    Late,
    Settled,
}

struct StepState {
    progress: Progress,
    /// Predecessors that are not passed yet.
    waiting: usize,
    passed: bool,
    /// It may be sent from then on.
    due: Option<Duration>,
    /// What needs it can be.
    holds: bool,
    outcome: Option<Outcome>,
    /// Index into [`Player::servers`] of a request that came.
    server: Option<usize>,
}

/// A request that was sent.
struct ClientEntry {
    transaction: Client,
    leg: usize,
    /// `None` for one that was not planned.
    step: Option<usize>,
    method: String,
    cseq: u32,
    bytes: Vec<u8>,
    to: Hop,
    /// How often credentials were sent.
    attempts: usize,
}

/// A request that came.
struct ServerEntry {
    transaction: Server,
    leg: usize,
    method: String,
    bytes: Vec<u8>,
    from: Hop,
    own_tag: String,
}

/// One leg while it is played.
#[derive(Default)]
struct LegState {
    begun: bool,
    dialog: Dialog,
    /// From and To as we write them, for requests that no template has.
    own_address: String,
    peer_address: String,
    /// Who sent us the last message of the leg.
    peer: Option<Hop>,
    /// The INVITE that we sent or got, by its place in `clients` or `servers`.
    invite_client: Option<usize>,
    invite_server: Option<usize>,
    /// RSeq of the last reliable provisional response.
    rseq: Option<String>,
    /// Our ACK, for a 2xx that comes again.
    ack: Option<(u32, Vec<u8>, Hop)>,
    /// Our last offer or answer, for a re-INVITE that nobody planned.
    sdp: Option<(String, Vec<u8>)>,
    own_session_id: String,
    own_path: String,
    peer_path: String,
    /// Do we open the MSRP connection, by what both sides said?
    own_setup: Option<wire::sdp::Setup>,
    peer_setup: Option<wire::sdp::Setup>,
    own_offers: bool,
    connection: Option<ConnectionId>,
    connecting: bool,
    relay: relay::Relay,
    /// Messages that come in chunks, by Message-ID.
    partial: HashMap<String, Vec<u8>>,
    /// Transactions of ours on the MSRP connection: step and whether it is its last chunk.
    msrp_sent: HashMap<String, (Option<usize>, bool)>,
    /// Next of the expected requests and messages to look at.
    killed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Task {
    Run(usize),
    Patience(usize),
    Client(usize),
    Server(usize),
    /// The leg's session is over: its MSRP connection is closed.
    CloseMsrp(usize),
    /// The run is over, and the far end had its time.
    HangUp,
    /// The leg is over: what is still open on it will not be.
    EndLeg(usize),
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
    sent_at: HashMap<usize, Duration>,
}

impl Player {
    pub fn new(score: Arc<Score>, settings: Arc<Settings>, route: Route, local: Local) -> Player {
        let plan = &score.plan;
        let mut ids = Identifiers::new(plan.legs.len(), settings.hosts.clone());
        let mut legs = vec![];
        for (index, leg) in plan.legs.iter().enumerate() {
            let own_tag = ids.fresh.hex(12);
            ids.learn(Scope::Leg(index), &leg.own_tag, &own_tag);
            let mut dialog = Dialog { own_tag, cseq: (ids.fresh.number() % 10_000) as u32, ..Dialog::default() };
            if leg.caller {
                dialog.call_id = format!("{}@{}", ids.fresh.hex(24), local.sip.ip());
                ids.learn(Scope::Everywhere, &leg.call_id, &dialog.call_id);
            }
            legs.push(LegState { dialog, ..LegState::default() });
        }
        let steps = plan.steps.iter().map(|step| StepState {
            progress: Progress::Open,
            waiting: step.after.len(),
            passed: false,
            due: None,
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
            sent_at: HashMap::new(),
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
        let plays_first = self.score.plan.steps.first().is_some_and(|step| step.act == Act::Send);
        self.started = plays_first;
        let first: Vec<usize> = (0..self.steps.len()).filter(|&step| self.steps[step].waiting == 0).collect();
        first.into_iter().for_each(|step| self.come_due(step, now));
        self.settle_passed(now);
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

    /// All that comes before a step is behind it.
    fn come_due(&mut self, step: usize, now: Duration) {
        if self.steps[step].progress == Progress::Settled {
            self.to_pass.push(step);
            return;
        }
        let planned = &self.score.plan.steps[step];
        match planned.act {
            Act::Send => {
                let pause = self.settings.speed.scale(self.score.gap[step]).min(self.settings.max_pause);
                let delays: Duration = planned.faults.iter().map(super::mutate::Fault::delay).sum();
                let at = now + pause + delays;
                self.steps[step].due = Some(at);
                self.push(at, Task::Run(step));
            }
            Act::Expect => {
                self.steps[step].due = Some(now);
                if self.started {
                    self.be_patient(step, now);
                }
            }
        }
    }

    fn be_patient(&mut self, step: usize, now: Duration) {
        // Each disappointment makes the next one shorter.
        let patience = (self.settings.patience / (1 << self.impatience.min(4))).max(Duration::from_millis(200));
        let at = now + patience + self.score.gap[step].min(MAX_PATIENCE_PAUSE);
        self.push(at, Task::Patience(step));
    }

    fn lose_patience(&mut self, step: usize, now: Duration) {
        if self.steps[step].progress != Progress::Open || self.steps[step].waiting > 0 {
            return;
        }
        let planned = &self.score.plan.steps[step];
        // A transaction that runs knows itself how long it waits.
        let is_awaited = matches!(planned.kind, Kind::Response)
            && planned.about.is_some_and(|request| {
                self.clients.iter().any(|one| one.step == Some(request) && !one.transaction.is_done())
            });
        if is_awaited {
            self.push(now + Duration::from_secs(1), Task::Patience(step));
            return;
        }
        self.impatience += 1;
        self.be_late(step, now);
        self.settle_passed(now);
    }

    /// Others go on without this step. What needs it cannot be for now, so it holds nobody up either.
    fn be_late(&mut self, step: usize, now: Duration) {
        self.steps[step].progress = Progress::Late;
        self.to_pass.push(step);
        let score = Arc::clone(&self.score);
        for &dependent in &score.dependents[step] {
            if self.steps[dependent].due.is_some() && score.plan.steps[dependent].act == Act::Send {
                self.push(now, Task::Run(dependent));
            }
        }
    }

    /// Lets go on what waited for steps that are passed now.
    fn settle_passed(&mut self, now: Duration) {
        while let Some(step) = self.to_pass.pop() {
            if self.steps[step].passed || self.steps[step].waiting > 0 {
                continue;
            }
            self.steps[step].passed = true;
            let score = Arc::clone(&self.score);
            for &follower in &score.followers[step] {
                let state = &mut self.steps[follower];
                state.waiting = state.waiting.saturating_sub(1);
                if state.waiting == 0 {
                    self.come_due(follower, now);
                }
            }
        }
    }

    /// Records what became of a step. `holds`: what needs it can be done.
    fn settle(&mut self, step: usize, outcome: Outcome, holds: bool, now: Duration) {
        if self.steps[step].progress == Progress::Settled {
            return;
        }
        let state = &mut self.steps[step];
        (state.progress, state.holds, state.outcome) = (Progress::Settled, holds, Some(outcome));
        self.open -= 1;
        if self.steps[step].waiting == 0 {
            self.to_pass.push(step);
        }
        let score = Arc::clone(&self.score);
        for &dependent in &score.dependents[step] {
            if self.steps[dependent].progress == Progress::Settled {
                continue;
            }
            if !holds {
                let label = &score.plan.steps[step].label;
                let why = format!("step {} ({label}) was not as it has to be", step + 1);
                self.settle(dependent, never(score.plan.steps[dependent].act, why), false, now);
            } else if self.steps[dependent].due.is_some() && score.plan.steps[dependent].act == Act::Send {
                self.push(now, Task::Run(dependent));
            }
        }
    }

    /// An expected step that came, with what was different.
    fn meet(&mut self, step: usize, differences: Vec<Difference>, holds: bool, now: Duration) {
        let outcome = if differences.is_empty() { Outcome::Expected } else { Outcome::Different { differences } };
        self.settle(step, outcome, holds, now);
    }

    fn run(&mut self, step: usize, now: Duration) {
        let state = &self.steps[step];
        let planned = &self.score.plan.steps[step];
        let is_time = state.waiting == 0 && state.due.is_some_and(|due| due <= now);
        if state.progress == Progress::Settled || !is_time || planned.act != Act::Send || self.hanging_up {
            return;
        }
        // Those that do not hold have settled it.
        if planned.needs.iter().all(|&need| self.steps[need].progress == Progress::Settled) {
            self.perform(step, now);
        } else if state.progress == Progress::Open
            && planned.needs.iter().any(|&need| self.steps[need].progress == Progress::Late)
        {
            self.be_late(step, now);
            self.settle_passed(now);
        }
    }

    /// Does what a step says.
    fn perform(&mut self, step: usize, now: Duration) {
        self.started = true;
        match self.score.plan.steps[step].kind {
            Kind::Request => self.send_request(step, now),
            Kind::Response => self.send_response(step, now),
            Kind::Ack => self.send_planned_ack(step, now),
            Kind::Connect => self.open_msrp(step, now),
            Kind::Msrp => self.send_msrp(step, now),
            Kind::MsrpResponse => self.settle(step, Outcome::Expected, true, now),
        }
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

    /// What is open on a leg will not be.
    fn end_leg(&mut self, leg: usize, why: &str, now: Duration) {
        self.legs[leg].killed = true;
        let score = Arc::clone(&self.score);
        for (step, planned) in score.plan.steps.iter().enumerate().filter(|(_, planned)| planned.leg == leg) {
            if planned.optional {
                self.settle(step, Outcome::Skipped, true, now);
            } else {
                self.settle(step, never(planned.act, why.to_owned()), false, now);
            }
        }
        self.settle_passed(now);
    }

    fn look_whether_done(&mut self, now: Duration) {
        if self.finished_at.is_some() || !self.begun {
            return;
        }
        let all_settled = self.open == 0;
        let is_stuck = self.started
            && self.step_tasks == 0
            && self.to_pass.is_empty()
            && !self.legs.iter().any(|leg| leg.connecting)
            && !self.clients.iter().any(|one| one.step.is_some() && !one.transaction.is_done());
        if all_settled || is_stuck {
            self.finish(now);
        }
    }

    /// What is open now stays undone.
    fn finish(&mut self, now: Duration) {
        if self.finished_at.is_some() {
            return;
        }
        self.finished_at = Some(now);
        let score = Arc::clone(&self.score);
        for (step, planned) in score.plan.steps.iter().enumerate() {
            let outcome = match planned.act {
                _ if planned.optional => Outcome::Skipped,
                Act::Expect => Outcome::Missing { why: "it did not come".into() },
                Act::Send => Outcome::NotRun { why: "what it waits for did not happen".into() },
            };
            self.settle(step, outcome, false, now);
        }
        self.to_pass.clear();
        if self.settings.linger.is_zero() || self.stopped.is_some() {
            self.hang_up(now);
        } else {
            self.push(now + self.settings.linger, Task::HangUp);
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

    pub fn verdict(&self) -> Verdict {
        let missing = || Outcome::Missing { why: "the run was not finished".into() };
        let mut notes = self.notes.clone();
        if self.extras_count > self.extras.len() {
            notes.push(format!("{} messages came that no step expected", self.extras_count));
        }
        Verdict {
            outcomes: self.steps.iter().map(|step| step.outcome.clone().unwrap_or_else(missing)).collect(),
            extras: self.extras.clone(),
            notes,
            stopped: self.stopped.clone(),
        }
    }

    pub fn plan(&self) -> &Plan {
        &self.score.plan
    }
}

/// The outcome of a step that cannot be any more.
fn never(act: Act, why: String) -> Outcome {
    match act {
        Act::Send => Outcome::NotRun { why },
        Act::Expect => Outcome::Missing { why },
    }
}
