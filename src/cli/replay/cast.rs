//! Plans → players: those of each copy, each with its settings, and how long they may take.

use std::sync::Arc;
use std::time::Duration;

use super::Options;
use super::identities::{Identities, of_copy};
use crate::replay::{Act, Fresh, Hub, Local, Plan, Player, Route, Score, Settings};

/// Everything that players are made of.
pub(super) struct Cast {
    pub(super) scores: Vec<Arc<Score>>,
    settings: Arc<Settings>,
    identities: Option<Identities>,
    /// Between the beginnings of two copies.
    pause: Duration,
    copies: usize,
    limit: Duration,
}

/// Where one side is: the number of its endpoint, its addresses, and where it may send to.
pub(super) struct Place {
    pub(super) endpoint: usize,
    pub(super) local: Local,
    pub(super) route: Route,
}

impl Cast {
    pub(super) fn new(options: &Options, settings: Settings, plans: Vec<Plan>) -> anyhow::Result<Cast> {
        let identities = options.identities.as_deref().map(Identities::read).transpose()?;
        let mut hosts: Vec<String> = settings.hosts.iter().map(|(from, _)| from.clone()).collect();
        hosts.extend(identities.iter().flat_map(|identities| identities.originals.iter().cloned()));
        let pause = Duration::from_secs_f64(options.rate.map_or(0.0, |rate| 1.0 / rate));
        let length = plans.iter().map(|plan| played_length(plan, &settings)).max().unwrap_or_default();
        let last_start = pause * (options.copies - 1) as u32;
        Ok(Cast {
            limit: options.timeout.unwrap_or(Duration::from_secs(60) + length + last_start),
            scores: plans.into_iter().map(|plan| Arc::new(Score::new(plan, hosts.clone()))).collect(),
            settings: Arc::new(settings),
            identities,
            pause,
            copies: options.copies,
        })
    }

    /// When the run is ended, at the latest.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// The hub with the players of all copies. `places`: of each side, in the order of the plans.
    pub(super) fn hub(self, places: Vec<Place>, mut fresh: impl FnMut() -> Fresh + 'static) -> Hub {
        let (copies, pause) = (self.copies, self.pause);
        let all_call = self.scores.iter().all(|score| calls(score));
        let mut players = move |copy: usize| {
            let settings = of_copy(&self.settings, copy, self.identities.as_ref());
            let players = self.scores.iter().zip(&places).map(|(score, place)| {
                let start = if calls(score) { pause * copy as u32 } else { Duration::ZERO };
                let (score, route) = (Arc::clone(score), place.route.clone());
                let player = Player::new(score, Arc::clone(&settings), route, place.local, fresh());
                (player, place.endpoint, start)
            });
            players.collect()
        };
        let mut hub = Hub::default();
        match all_call {
            true => hub.add_later(copies, pause, players),
            // Who is called waits from the beginning.
            false => (0..copies).for_each(|copy| hub.add(players(copy))),
        }
        hub
    }
}

/// Does this side begin?
fn calls(score: &Score) -> bool {
    score.plan.steps.first().is_some_and(|step| step.act == Act::Send)
}

/// How long a plan takes when nothing goes wrong.
fn played_length(plan: &Plan, settings: &Settings) -> Duration {
    let mut previous = plan.steps.first().map_or(Duration::ZERO, |step| step.at);
    let mut sum = Duration::ZERO;
    for step in &plan.steps {
        // What the far end does takes its time, however fast we are.
        let pause = step.at.saturating_sub(previous).min(settings.max_pause);
        sum = sum.saturating_add(if step.act == Act::Send { settings.speed.scale(pause) } else { pause });
        previous = previous.max(step.at);
    }
    sum
}
