//! How a long walk is told to stop: by its caller, at once, whatever it is doing.

use crate::error::GraphError;

/// Steps between two looks: a step is tens of nanoseconds, so this is well under a millisecond.
const EVERY: u32 = 1 << 12;

/// Asks its caller now and then whether the answer is still wanted.
#[derive(Clone, Copy)]
pub struct Guard<'a> {
    stop: &'a (dyn Fn() -> bool + Sync),
    steps: u32,
}

impl std::fmt::Debug for Guard<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("steps", &self.steps).finish_non_exhaustive()
    }
}

impl<'a> Guard<'a> {
    /// Stops when `stop` says so.
    pub fn new(stop: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { stop, steps: 0 }
    }

    /// Counts one step.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`] soon after `stop` said so.
    #[inline]
    pub fn step(&mut self) -> Result<(), GraphError> {
        self.steps += 1;
        if self.steps < EVERY {
            return Ok(());
        }
        self.steps = 0;
        self.ask()
    }

    /// Asks at once: for pieces of work that are as long as many steps.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`] if `stop` says so.
    pub fn ask(&self) -> Result<(), GraphError> {
        if (self.stop)() { Err(GraphError::Cancelled) } else { Ok(()) }
    }
}
