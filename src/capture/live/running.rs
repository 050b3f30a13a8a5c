//! A capture that goes on: its threads, and its file.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tempfile::TempPath;

use super::listen::Listener;
use super::recorder::{self, Recorder};
use super::{LiveError, LiveOptions, LiveStatus};
use crate::capture::Input;

/// A capture that goes on, until its limits are reached or [`LiveCapture::stop`]. Dropped, it stops; a temporary file goes
/// with it.
pub struct LiveCapture {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// What is captured, in words: the file, or the devices.
    name: Arc<str>,
    path: Arc<Path>,
    /// Removes the file, if it is a temporary one that has a name.
    temporary: Mutex<Option<TempPath>>,
}

/// What the threads share.
pub(super) struct Shared {
    pub stop: AtomicBool,
    pub recorder: Recorder,
}

impl LiveCapture {
    /// Begins to capture.
    ///
    /// # Errors
    /// A device cannot be opened, the filter makes no sense for it, or the file cannot be made. Nothing is captured then.
    pub fn start(options: &LiveOptions) -> Result<LiveCapture, LiveError> {
        // All devices first: with one that cannot be opened, no file is made.
        let listeners = options
            .interfaces
            .iter()
            .map(|interface| Listener::open(interface, options))
            .collect::<Result<Vec<_>, _>>()?;
        if listeners.is_empty() {
            return Err(LiveError::NoneGiven);
        }
        let (file, path, temporary) = recorder::create(options.file.as_deref())?;
        let name = match &options.file {
            Some(path) => path.display().to_string(),
            None => options.interfaces.join(", "),
        };
        let fail = |source| LiveError::File { path: path.to_path_buf(), source };
        let recorder = Recorder::new(file, options.limits).map_err(fail)?;
        let shared = Arc::new(Shared { stop: AtomicBool::new(false), recorder });
        let threads = Mutex::default();
        let mut live =
            LiveCapture { shared, threads, name: name.into(), path: path.into(), temporary: Mutex::new(temporary) };
        for mut listener in listeners {
            let shared = Arc::clone(&live.shared);
            let name = format!("capturing on {}", listener.interface);
            let listen = move || listener.run(&shared);
            let thread = thread::Builder::new().name(name).spawn(listen).map_err(LiveError::Thread)?;
            live.threads.get_mut().unwrap_or_else(PoisonError::into_inner).push(thread);
        }
        Ok(live)
    }

    /// Does it still go on?
    pub fn is_running(&self) -> bool {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|thread| !thread.is_finished())
    }

    pub fn status(&self) -> LiveStatus {
        self.shared.recorder.status()
    }

    /// Writes what was gathered; how many bytes the file has.
    pub fn flush(&self) -> u64 {
        self.shared.recorder.flush()
    }

    /// What was captured so far, to be opened like any other capture. It can be read as long as this lives.
    pub fn recording(&self) -> Input {
        let len_bytes = self.flush();
        Input::Recording { path: Arc::clone(&self.path), name: Arc::clone(&self.name), len_bytes }
    }

    /// Lets it end: what was received up to now is still written. Returns at once.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }

    /// Stops it, and waits until all is written.
    pub fn finish(&self) -> LiveStatus {
        self.stop();
        for thread in self.threads.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // A thread that panicked has written what it had.
            let _ = thread.join();
        }
        self.flush();
        self.status()
    }

    /// Stops it, and removes a temporary file at once, whoever else may still hold this: nothing more can be opened.
    pub fn close(&self) {
        self.finish();
        self.temporary.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

impl Drop for LiveCapture {
    fn drop(&mut self) {
        self.finish();
    }
}
