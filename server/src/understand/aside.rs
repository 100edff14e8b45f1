//! Work that takes long and much memory, away from the threads that serve visitors.

use std::time::Duration;

use tokio::sync::oneshot;

/// The allocator (mimalloc) gives memory back to the system when it has been free for a second and a thread ends.
const UNTIL_GIVEN_BACK: Duration = Duration::from_millis(1_200);

/// The work panicked; the log has the reason.
#[derive(Debug, thiserror::Error)]
#[error("it broke; the log has the reason")]
pub struct Broke;

/// Begins `work` in a thread of its own, whose memory the system has back soon after; gives what it comes to.
///
/// # Errors
/// [`Broke`] where it panics.
pub fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> impl Future<Output = Result<T, Broke>> {
    let (answer, answered) = oneshot::channel();
    std::thread::spawn(move || {
        let done = std::thread::spawn(work).join();
        let _ = answer.send(done);
        std::thread::sleep(UNTIL_GIVEN_BACK);
    });
    async { answered.await.map_err(|_| Broke)?.map_err(|_| Broke) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_it_comes_to_is_given_and_a_panic_is_an_error() {
        assert_eq!(aside(|| 7).await.ok(), Some(7));
        assert!(aside(|| -> i32 { panic!("on purpose") }).await.is_err());
    }
}
