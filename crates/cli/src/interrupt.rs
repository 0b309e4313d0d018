//! Ctrl-C: the first one cancels what runs, the second one ends the program.
//!
//! Cancelling is dropping the future: DataFusion's operators stop at the next batch, and a write to the lake that was
//! not committed never happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::errors::{Exit, Failure};

/// Listens for Ctrl-C in the background.
#[derive(Clone)]
pub(crate) struct Interrupts {
    pressed: Arc<Notify>,
    pending: Arc<AtomicBool>,
}

impl Interrupts {
    /// Begins to listen. Must be called inside the runtime.
    pub(crate) fn watch() -> Self {
        let interrupts = Self { pressed: Arc::new(Notify::new()), pending: Arc::new(AtomicBool::new(false)) };
        let (pressed, pending) = (Arc::clone(&interrupts.pressed), Arc::clone(&interrupts.pending));
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                if pending.swap(true, Ordering::SeqCst) {
                    // The first did not get through: the program is stuck in a write or a long computation.
                    std::process::exit(i32::from(Exit::Interrupted.code()));
                }
                pressed.notify_waiters();
            }
        });
        interrupts
    }

    /// Runs a future until it is done or Ctrl-C is pressed.
    pub(crate) async fn guard<T>(&self, future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        self.pending.store(false, Ordering::SeqCst);
        let pressed = self.pressed.notified();
        tokio::select! {
            biased;
            outcome = future => outcome,
            () = pressed => Err(Failure::new(Exit::Interrupted, "interrupted", "interrupted")),
        }
    }
}
