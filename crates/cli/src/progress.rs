//! What is going on, on standard error, for a person who waits.
//!
//! A bar appears after one second, only on a terminal, never with `--quiet`; what is quicker than that stays silent.

use std::io::Write as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const PATIENCE: Duration = Duration::from_secs(1);

/// A line that changes while something runs; gone when it is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
    appear: Option<tokio::task::JoinHandle<()>>,
}

impl Progress {
    /// A line that appears after a second if `wanted` and standard error is a terminal.
    pub(crate) fn new(wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {msg}") {
            bar.set_style(style);
        }
        let appear = wanted.then(|| {
            let bar = bar.clone();
            tokio::spawn(async move {
                tokio::time::sleep(PATIENCE).await;
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(Duration::from_millis(200));
            })
        });
        Self { bar, appear }
    }

    /// What the line says from now on.
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    /// A handle for callbacks from other threads.
    pub(crate) fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(task) = self.appear.take() {
            task.abort();
        }
        self.bar.finish_and_clear();
    }
}

/// Rows per second so far, for a progress line.
pub(crate) fn rate(rows: u64, since: Instant) -> u64 {
    let millis = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
    rows.saturating_mul(1000) / millis
}

/// Writes a line to standard error. That nobody reads it is no reason to stop.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
