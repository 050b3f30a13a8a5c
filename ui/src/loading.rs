//! The background thread: in go capture sets, out come their analyses and what to show of them, one after the other; behind each
//! what the rules say of it. While a large one is read, and while a live one goes on, come analyses of what there is so far.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rcshark::Analysis;
use rcshark::capture::{FrameReader, Input, LiveCapture, OpenError, OpenOptions, Pace, Progress, open};
use rcshark::rules::{self, Profile};

use crate::digest::CaptureDigest;
use crate::findings::Findings;

/// The least part of a capture that is looked at first: less is read before anybody looks.
const FIRST_LOOK_BYTES: u64 = 16 << 20;

/// Each look goes over so many times as much as the one before: all of them together cost a seventh of reading the whole.
const LOOK_FACTOR: u64 = 8;

/// How often a live capture is asked whether something has come.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// One capture set to read.
pub struct Job {
    /// Told with its news.
    pub number: usize,
    pub source: Source,
    /// Watched by the window, which may cancel the reading through it, or stop the live capture.
    pub progress: Arc<Progress>,
}

pub enum Source {
    Files(Vec<Input>),
    Live(Arc<LiveCapture>),
}

/// A capture that was read, wholly or until it was cancelled; or what there is of it so far.
pub struct Read {
    pub analysis: Arc<Analysis>,
    pub digest: CaptureDigest,
    /// Only what comes before this byte was read, since the user cancelled.
    pub cancelled_at_byte: Option<u64>,
    /// `None` while the rules are at work.
    pub findings: Option<Arc<Findings>>,
    /// What was read of a live capture.
    pub recording: Option<Input>,
}

/// What became of the job with this number.
pub enum News {
    /// It goes on.
    SoFar(usize, Box<Read>),
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
            let is_heard = match &job.source {
                Source::Files(inputs) => read_files(&job, inputs, &profile, &tell),
                Source::Live(live) => listen(&job, live, &profile, &tell),
            };
            if !is_heard {
                return;
            }
        }
    };
    // Without a thread the sender is gone, and the receiver tells so.
    let _ = thread::Builder::new().name("reading captures".into()).spawn(read_all);
    receiver
}

/// False when nobody listens any more.
fn read_files(job: &Job, inputs: &[Input], profile: &Profile, tell: &impl Fn(News) -> bool) -> bool {
    let outcome = read(job, inputs, tell);
    let analysis = outcome.as_ref().ok().map(|read| Arc::clone(&read.analysis));
    tell(News::Read(job.number, outcome))
        && analysis.is_none_or(|analysis| tell(News::Checked(job.number, check(&analysis, profile))))
}

fn read(job: &Job, inputs: &[Input], tell: &impl Fn(News) -> bool) -> Outcome {
    if job.progress.is_cancelled() {
        return Err(OpenError::Cancelled);
    }
    let options = OpenOptions { progress: Arc::clone(&job.progress), ..OpenOptions::default() };
    let frames = open(inputs, &options)?;
    for part_bytes in first_looks(frames.files().iter().map(|file| file.len_bytes).sum()) {
        let first = Read::new(frames.preview(part_bytes), &Progress::default());
        if !job.progress.is_cancelled() {
            tell(News::SoFar(job.number, Box::new(first)));
        }
    }
    Ok(Box::new(Read::new(frames, &job.progress)))
}

/// How much of a capture set is looked at before all of it is: ever larger parts.
fn first_looks(total_bytes: u64) -> Vec<u64> {
    let parts = std::iter::successors(Some(total_bytes / LOOK_FACTOR), |part| Some(part / LOOK_FACTOR));
    let mut parts: Vec<u64> = parts.take_while(|part| *part >= FIRST_LOOK_BYTES).collect();
    parts.reverse();
    parts
}

/// Analyses what has come, until the capture has ended. False when nobody listens any more.
fn listen(job: &Job, live: &LiveCapture, profile: &Profile, tell: &impl Fn(News) -> bool) -> bool {
    let mut pace = Pace::new();
    loop {
        thread::sleep(ASK_EVERY);
        let is_over = job.progress.is_cancelled() || !live.is_running();
        if is_over {
            live.finish();
        }
        let len_bytes = live.flush();
        if !is_over && !pace.is_due(len_bytes) {
            continue;
        }
        let begin = Instant::now();
        let outcome = read_recording(live, profile);
        pace.done(begin, len_bytes);
        match outcome {
            Ok(read) if !is_over => {
                if !tell(News::SoFar(job.number, read)) {
                    return false;
                }
            }
            outcome => return tell(News::Read(job.number, outcome)),
        }
    }
}

fn read_recording(live: &LiveCapture, profile: &Profile) -> Outcome {
    let recording = live.recording();
    let frames = open(std::slice::from_ref(&recording), &OpenOptions::default())?;
    let mut read = Read::new(frames, &Progress::default());
    read.findings = Some(check(&read.analysis, profile));
    read.recording = Some(recording);
    Ok(Box::new(read))
}

fn check(analysis: &Analysis, profile: &Profile) -> Arc<Findings> {
    Arc::new(Findings::new(rules::check(analysis, profile, &rules::all()), analysis))
}

impl Read {
    fn new(frames: FrameReader, progress: &Progress) -> Read {
        let analysis = Arc::new(rcshark::analyze(frames));
        let digest = CaptureDigest::new(&analysis);
        let stopped = progress.is_cancelled() && progress.read_bytes() < progress.total_bytes();
        let cancelled_at_byte = stopped.then(|| progress.read_bytes());
        Read { analysis, digest, cancelled_at_byte, findings: None, recording: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_come_in_order_and_a_cancelled_job_is_not_begun() {
        let job = |number, path: &str| Job {
            number,
            source: Source::Files(vec![Input::Path(path.into())]),
            progress: Arc::default(),
        };
        let jobs = vec![job(0, "missing"), job(1, "never opened")];
        jobs[1].progress.cancel();
        let news: Vec<News> = spawn(jobs, Arc::default(), || ()).iter().collect();
        assert!(matches!(
            &news[..],
            [News::Read(0, Err(OpenError::NotFound { .. })), News::Read(1, Err(OpenError::Cancelled))]
        ));
    }

    #[test]
    fn of_large_captures_ever_larger_parts_are_looked_at_first() {
        assert_eq!(first_looks(100 << 20), Vec::<u64>::new());
        assert_eq!(first_looks(1 << 30), [16 << 20, 128 << 20]);
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
