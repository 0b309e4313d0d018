//! One writer at a time.
//!
//! Two imports at once would each take the other's half-written tables for the leavings of a crash. So a writer holds
//! a lock on the lake for as long as it works. On a local folder it is an advisory lock on a file, which the system
//! releases when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::time::Duration;

use crate::error::{EngineError, Result};
use crate::lake::Lake;

/// Held by the one writer of a lake; released when dropped.
#[derive(Debug)]
pub(crate) struct WriterLock {
    _file: File,
}

impl WriterLock {
    /// Waits for the lock up to `patience`.
    pub(crate) async fn acquire(lake: &Lake, patience: Duration) -> Result<Self> {
        let Some(folder) = lake.local_folder() else {
            return Err(lake.broken(
                "writing to a lake on an object store is not built yet: import into a local folder and copy it, \
                 readers take any object-store URL",
            ));
        };
        let path = folder.join(".headwater.lock");
        let io = |source| EngineError::Io { path: path.clone(), source };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        let deadline = std::time::Instant::now() + patience;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if std::time::Instant::now() < deadline => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(TryLockError::WouldBlock) => {
                    let mut holder = String::new();
                    // Who holds it is a courtesy to the reader of the message; failing to learn it changes nothing.
                    let _ = file.read_to_string(&mut holder);
                    let holder = holder.trim();
                    return Err(lake.broken(format!(
                        "another writer{} is at work and did not finish within {} s; try again when it is done",
                        if holder.is_empty() { String::new() } else { format!(" (process {holder})") },
                        patience.as_secs()
                    )));
                }
                Err(TryLockError::Error(source)) => return Err(io(source)),
            }
        }
        file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).map_err(io)?;
        file.write_all(std::process::id().to_string().as_bytes()).map_err(io)?;
        Ok(Self { _file: file })
    }
}
