//! What is kept of a player whose run is over.

use std::sync::Arc;
use std::time::Duration;

use super::Score;
use crate::replay::plan::Plan;
use crate::replay::verdict::Verdict;

/// A run that is over.
pub struct Ended {
    pub(super) score: Arc<Score>,
    pub verdict: Verdict,
    /// When the last step was settled.
    pub finished_at: Option<Duration>,
    /// From each request to its final response.
    pub latencies: Vec<Duration>,
}

impl Ended {
    pub fn plan(&self) -> &Plan {
        &self.score.plan
    }
}
