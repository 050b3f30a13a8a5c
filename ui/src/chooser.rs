//! The file dialog of the desktop, which stays open beside the window.

use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;

/// A dialog that is open.
pub struct Chooser(Receiver<Option<Vec<PathBuf>>>);

/// What became of it.
pub enum Choice {
    Pending,
    /// Nothing was chosen, or the desktop has no dialog.
    Nothing,
    Files(Vec<PathBuf>),
}

impl Chooser {
    /// Opens the dialog; `wake` is called when it is closed.
    pub fn open(wake: impl Fn() + Send + 'static) -> Chooser {
        // Made here, since some systems want that on the main thread; awaited elsewhere, so that the window goes on.
        let dialog = rfd::AsyncFileDialog::new().set_title("Open captures").pick_files();
        let (sender, receiver) = mpsc::channel();
        let wait = move || {
            let files = pollster::block_on(dialog);
            let paths = files.map(|files| files.iter().map(|file| file.path().to_path_buf()).collect());
            // Nobody listens once the window is closed.
            let _ = sender.send(paths);
            wake();
        };
        // Without a thread the sender is gone, which is read as a dialog that was closed.
        let _ = thread::Builder::new().name("file dialog".into()).spawn(wait);
        Chooser(receiver)
    }

    pub fn poll(&self) -> Choice {
        match self.0.try_recv() {
            Ok(Some(paths)) => Choice::Files(paths),
            Ok(None) | Err(TryRecvError::Disconnected) => Choice::Nothing,
            Err(TryRecvError::Empty) => Choice::Pending,
        }
    }
}
