//! The background thread: in go capture sets, out come their analyses, one after the other.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use rcshark::Analysis;
use rcshark::capture::{Input, OpenError, OpenOptions, Progress, open};

/// One capture set to read.
pub struct Job {
    pub inputs: Vec<Input>,
    /// Watched by the window, which may cancel the reading through it.
    pub progress: Arc<Progress>,
}

/// What became of a job: an analysis, of a part when it was cancelled on the way.
pub type Outcome = Result<Analysis, OpenError>;

/// Reads `jobs` in order, since one analysis keeps all cores busy. Their outcomes come in the same order; `wake` is
/// called for each. The thread ends with the last job, or when nobody listens any more.
pub fn spawn(jobs: Vec<Job>, wake: impl Fn() + Send + 'static) -> Receiver<Outcome> {
    let (sender, receiver) = mpsc::channel();
    let read_all = move || {
        for job in jobs {
            let sent = sender.send(read(&job));
            wake();
            if sent.is_err() {
                return;
            }
        }
    };
    // Without a thread the sender is gone, and the receiver tells so.
    let _ = thread::Builder::new().name("reading captures".into()).spawn(read_all);
    receiver
}

fn read(job: &Job) -> Outcome {
    if job.progress.is_cancelled() {
        return Err(OpenError::Cancelled);
    }
    let options = OpenOptions { progress: Arc::clone(&job.progress), ..OpenOptions::default() };
    open(&job.inputs, &options).map(rcshark::analyze)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_come_in_order_and_a_cancelled_job_is_not_begun() {
        let job = |path: &str| Job { inputs: vec![Input::Path(path.into())], progress: Arc::default() };
        let jobs = vec![job("missing"), job("never opened")];
        jobs[1].progress.cancel();
        let outcomes: Vec<Outcome> = spawn(jobs, || ()).iter().collect();
        assert!(matches!(&outcomes[..], [Err(OpenError::NotFound { .. }), Err(OpenError::Cancelled)]));
    }
}
