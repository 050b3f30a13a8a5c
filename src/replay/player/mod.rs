//! The player: one plan being played. Messages and time come in, messages go out; it owns no socket and asks no clock.
//!
//! Call a `handle_*`, then drain [`Player::poll_action`], and call [`Player::handle_timeout`] when [`Player::poll_timeout`] says so.
//! `now` is the time since the replay began and never runs backwards. A step is done when all it waits for has happened; what was
//! expected and does not come is waited for with patience, and then the others go on without it. What nobody expected is answered
//! by itself, and never breaks a run.

mod action;
mod answers;
mod begin;
mod end;
mod ended;
mod forks;
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

pub use action::{Action, ConnectionId, Hop};
pub use ended::Ended;
use forks::Unplanned;
pub use protection::Shown;
use schedule::never;
pub use score::Score;
use state::{ClientEntry, LegState, Progress, ServerEntry, StepState, Task};

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
    unplanned: Vec<Unplanned>,
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
            if leg.caller && score.forks[index][0] == index {
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
            unplanned: vec![],
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
}
