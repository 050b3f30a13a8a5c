//! The background thread: in go capture sets, out come their analyses and what to show of them, one
//! after the other.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use rcshark::Analysis;
use rcshark::capture::{FrameReader, Input, OpenError, OpenOptions, Progress, open};

use crate::digest::CaptureDigest;

/// One capture set to read.
pub struct Job {
    pub inputs: Vec<Input>,
    /// Watched by the window, which may cancel the reading through it.
    pub progress: Arc<Progress>,
}

/// A capture that was read, wholly or until it was cancelled.
pub struct Read {
    pub analysis: Analysis,
    pub digest: CaptureDigest,
    /// Only what comes before this byte was read, since the user cancelled.
    pub cancelled_at_byte: Option<u64>,
}

/// What became of a job.
pub type Outcome = Result<Box<Read>, OpenError>;

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
    let frames = open(&job.inputs, &options)?;
    Ok(Box::new(Read::new(frames, &job.progress)))
}

impl Read {
    fn new(frames: FrameReader, progress: &Progress) -> Read {
        let analysis = rcshark::analyze(frames);
        let digest = CaptureDigest::new(&analysis);
        let stopped = progress.is_cancelled() && progress.read_bytes() < progress.total_bytes();
        Read { analysis, digest, cancelled_at_byte: stopped.then(|| progress.read_bytes()) }
    }
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

    #[test]
    fn a_capture_that_was_cancelled_on_the_way_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chat.pcap");
        // A classic pcap file, little-endian, microseconds, Ethernet; one frame of 4 bytes at time 0.
        let mut bytes = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]);
        std::fs::write(&path, &bytes).unwrap();
        let read = |cancel: bool| {
            let options = OpenOptions::default();
            let frames = open(&[Input::Path(path.clone())], &options).unwrap();
            if cancel {
                options.progress.cancel();
            }
            Read::new(frames, &options.progress)
        };
        let (whole, cancelled) = (read(false), read(true));
        assert_eq!((whole.digest.counts.frames, whole.cancelled_at_byte), (1, None));
        assert_eq!(cancelled.digest.counts.frames, 0);
        assert!(cancelled.cancelled_at_byte.is_some_and(|byte| byte < bytes.len() as u64));
    }
}
