//! The background thread: in go capture sets, out come their analyses and what to show of them, one after the other; behind each
//! what the rules say of it.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use rcshark::Analysis;
use rcshark::capture::{FrameReader, Input, OpenError, OpenOptions, Progress, open};
use rcshark::rules::{self, Profile};

use crate::digest::CaptureDigest;
use crate::findings::Findings;

/// One capture set to read.
pub struct Job {
    /// Told with its news.
    pub number: usize,
    pub inputs: Vec<Input>,
    /// Watched by the window, which may cancel the reading through it.
    pub progress: Arc<Progress>,
}

/// A capture that was read, wholly or until it was cancelled.
pub struct Read {
    pub analysis: Arc<Analysis>,
    pub digest: CaptureDigest,
    /// Only what comes before this byte was read, since the user cancelled.
    pub cancelled_at_byte: Option<u64>,
    /// `None` while the rules are at work.
    pub findings: Option<Arc<Findings>>,
}

/// What became of the job with this number.
pub enum News {
    Read(usize, Outcome),
    Checked(usize, Arc<Findings>),
}

pub type Outcome = Result<Box<Read>, OpenError>;

/// Reads `jobs` in order, since one analysis keeps all cores busy, and checks them by `profile`; `wake` is called for each piece of news. The thread ends with
/// the last job, or when nobody listens any more.
pub fn spawn(jobs: Vec<Job>, profile: Arc<Profile>, wake: impl Fn() + Send + 'static) -> Receiver<News> {
    let (sender, receiver) = mpsc::channel();
    let read_all = move || {
        let tell = |news| {
            let is_heard = sender.send(news).is_ok();
            wake();
            is_heard
        };
        for job in jobs {
            let number = job.number;
            let outcome = read(&job);
            let analysis = outcome.as_ref().ok().map(|read| Arc::clone(&read.analysis));
            if !tell(News::Read(number, outcome)) {
                return;
            }
            if let Some(analysis) = analysis {
                let outcome = rules::check(&analysis, &profile, &rules::all());
                if !tell(News::Checked(number, Arc::new(Findings::new(outcome, &analysis)))) {
                    return;
                }
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
        let analysis = Arc::new(rcshark::analyze(frames));
        let digest = CaptureDigest::new(&analysis);
        let stopped = progress.is_cancelled() && progress.read_bytes() < progress.total_bytes();
        Read { analysis, digest, cancelled_at_byte: stopped.then(|| progress.read_bytes()), findings: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_come_in_order_and_a_cancelled_job_is_not_begun() {
        let job = |number, path: &str| Job { number, inputs: vec![Input::Path(path.into())], progress: Arc::default() };
        let jobs = vec![job(0, "missing"), job(1, "never opened")];
        jobs[1].progress.cancel();
        let news: Vec<News> = spawn(jobs, Arc::default(), || ()).iter().collect();
        assert!(matches!(
            &news[..],
            [News::Read(0, Err(OpenError::NotFound { .. })), News::Read(1, Err(OpenError::Cancelled))]
        ));
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
