//! Something that is worked out once: at once where that is quick, else by a thread while the window goes on.

use std::sync::mpsc::{self, Receiver, TryRecvError};
use std::thread;

pub enum Deferred<T> {
    Pending(Receiver<T>),
    Ready(T),
    /// The thread broke off.
    Lost,
}

impl<T: Send + 'static> Deferred<T> {
    /// Runs `make` here when it `is_quick`, else in a thread that calls `wake` at its end.
    pub fn new(
        is_quick: bool,
        make: impl FnOnce() -> T + Send + 'static,
        wake: impl FnOnce() + Send + 'static,
    ) -> Deferred<T> {
        if is_quick {
            return Deferred::Ready(make());
        }
        let (sender, receiver) = mpsc::channel();
        let run = move || {
            // Nobody listens once something else is shown.
            let _ = sender.send(make());
            wake();
        };
        // Without a thread the sender is gone, which is read as lost.
        let _ = thread::Builder::new().name("working out a view".into()).spawn(run);
        Deferred::Pending(receiver)
    }

    /// What `receiver` will get; without a sender it is lost.
    pub fn awaited(receiver: Receiver<T>) -> Deferred<T> {
        Deferred::Pending(receiver)
    }

    /// What was worked out, once it is there.
    pub fn poll(&mut self) -> Option<&mut T> {
        if let Deferred::Pending(receiver) = self {
            match receiver.try_recv() {
                Ok(made) => *self = Deferred::Ready(made),
                Err(TryRecvError::Disconnected) => *self = Deferred::Lost,
                Err(TryRecvError::Empty) => {}
            }
        }
        match self {
            Deferred::Ready(made) => Some(made),
            Deferred::Pending(_) | Deferred::Lost => None,
        }
    }

    /// Did the thread break off?
    pub fn is_lost(&self) -> bool {
        matches!(self, Deferred::Lost)
    }

    pub fn is_pending(&self) -> bool {
        matches!(self, Deferred::Pending(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_works_it_out_and_wakes() {
        let (sender, receiver) = mpsc::channel();
        let mut deferred = Deferred::new(false, || 7, move || sender.send(()).unwrap_or_default());
        receiver.recv().unwrap();
        assert_eq!(deferred.poll(), Some(&mut 7));
        assert_eq!(Deferred::new(true, || 8, || ()).poll(), Some(&mut 8));
    }
}
