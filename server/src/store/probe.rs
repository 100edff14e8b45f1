//! Whether the database takes writes, asked seldom: the answer is public, and each asking costs a write to the disk.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::error::StoreError;

/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(5);
/// A database that takes longer is not one to send visitors to.
const PATIENCE: Duration = Duration::from_secs(3);
/// As much as a short turn writes: a disk that has room for less is full.
const PROBE_BYTES: usize = 4 * 1024;

/// The last answer.
#[derive(Default)]
pub(super) struct Probe(Mutex<Option<(Instant, Result<(), String>)>>);

impl Probe {
    /// The last answer while it is fresh, else what `write` of so many bytes says now.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] with the reason.
    pub(super) async fn ask<W>(&self, write: impl FnOnce(usize) -> W) -> Result<(), StoreError>
    where
        W: Future<Output = Result<(), StoreError>>,
    {
        // Held while asking: whoever asks meanwhile gets the same answer.
        let mut last = self.0.lock().await;
        if let Some((at, answer)) = &*last
            && at.elapsed() < FRESH
        {
            return answer.clone().map_err(StoreError::Unavailable);
        }
        let answer = match timeout(PATIENCE, write(PROBE_BYTES)).await {
            Ok(written) => written.map_err(|error| error.to_string()),
            Err(_) => Err(format!("the database took no write within {} s", PATIENCE.as_secs())),
        };
        *last = Some((Instant::now(), answer.clone()));
        answer.map_err(StoreError::Unavailable)
    }
}
