//! The file dialogs of the desktop, which stay open beside the window.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Captures,
    Folder,
    /// A file to write, with a proposal.
    Save(PathBuf),
}

/// A dialog that is open.
pub struct Chooser {
    pub wanted: Wanted,
    receiver: Receiver<Option<Vec<PathBuf>>>,
}

/// What became of it.
pub enum Choice {
    Pending,
    /// Nothing was chosen, or the desktop has no dialog.
    Nothing,
    Paths(Vec<PathBuf>),
}

type Answer = Pin<Box<dyn Future<Output = Option<Vec<PathBuf>>> + Send>>;

impl Chooser {
    /// Opens the dialog; `wake` is called when it is closed.
    pub fn open(wanted: Wanted, wake: impl Fn() + Send + 'static) -> Chooser {
        // Made here, since some systems want that on the main thread; awaited elsewhere, so that the window goes on.
        let dialog = dialog(&wanted);
        let (sender, receiver) = mpsc::channel();
        let wait = move || {
            // Nobody listens once the window is closed.
            let _ = sender.send(pollster::block_on(dialog));
            wake();
        };
        // Without a thread the sender is gone, which is read as a dialog that was closed.
        let _ = thread::Builder::new().name("file dialog".into()).spawn(wait);
        Chooser { wanted, receiver }
    }

    pub fn poll(&self) -> Choice {
        match self.receiver.try_recv() {
            Ok(Some(paths)) => Choice::Paths(paths),
            Ok(None) | Err(TryRecvError::Disconnected) => Choice::Nothing,
            Err(TryRecvError::Empty) => Choice::Pending,
        }
    }
}

fn dialog(wanted: &Wanted) -> Answer {
    let dialog = rfd::AsyncFileDialog::new();
    match wanted {
        Wanted::Captures => {
            let files = dialog.set_title("Open captures").pick_files();
            Box::pin(async move { Some(files.await?.iter().map(|file| file.path().to_path_buf()).collect()) })
        }
        Wanted::Folder => {
            let folder = dialog.set_title("Open a folder of captures").pick_folder();
            Box::pin(async move { Some(vec![folder.await?.path().to_path_buf()]) })
        }
        Wanted::Save(path) => {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let folder = path.parent().map(|folder| folder.to_path_buf()).unwrap_or_default();
            let file = dialog.set_title("Save").set_directory(folder).set_file_name(name).save_file();
            Box::pin(async move { Some(vec![file.await?.path().to_path_buf()]) })
        }
    }
}
