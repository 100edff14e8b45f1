//! A request's body, gathered into one buffer of a known size, in a known time.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use futures_util::StreamExt;

/// So much of a body that is too large is read away, so that its sender can read the refusal rather than meet a reset.
const MAX_READ_AWAY_BYTES: usize = 1024 * 1024;

/// Why a body could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotGathered {
    /// It has more bytes than it may.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// Its sender went away or broke the protocol.
    Broken,
}

/// The whole body, where it has at most `most` bytes and comes `within` that time.
///
/// Copied into one buffer: pieces that are kept as they come hold the whole of what they were read into, so that a body of
/// single bytes would take thousands of times its size.
///
/// # Errors
///
/// [`NotGathered`]
pub async fn gather(body: Body, most: usize, within: Duration) -> Result<Vec<u8>, NotGathered> {
    tokio::time::timeout(within, read(body, most)).await.unwrap_or(Err(NotGathered::TooSlow))
}

async fn read(body: Body, most: usize) -> Result<Vec<u8>, NotGathered> {
    let told = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut too_large = told > most;
    let mut gathered = Vec::new();
    let mut came: usize = 0;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| NotGathered::Broken)?;
        came = came.saturating_add(piece.len());
        too_large |= came > most;
        if !too_large {
            gathered.extend_from_slice(&piece);
        } else if came > MAX_READ_AWAY_BYTES {
            break;
        }
    }
    if too_large { Err(NotGathered::TooLarge) } else { Ok(gathered) }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::body::Bytes;
    use futures_util::stream;

    use super::*;

    const SOON: Duration = Duration::from_secs(15);

    fn pieces(count: usize) -> Body {
        Body::from_stream(stream::iter((0..count).map(|_| Ok::<_, Infallible>(Bytes::from_static(b"x")))))
    }

    #[tokio::test]
    async fn a_body_is_gathered_up_to_its_limit_and_no_further() {
        assert_eq!(gather(pieces(10), 10, SOON).await, Ok(b"xxxxxxxxxx".to_vec()));
        assert_eq!(gather(pieces(11), 10, SOON).await, Err(NotGathered::TooLarge));
        assert_eq!(gather(Body::from("too long"), 3, SOON).await, Err(NotGathered::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let silent = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let dribbling = stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some((Ok::<_, Infallible>(Bytes::from_static(b"x")), ()))
        });

        assert_eq!(gather(silent, 10, SOON).await, Err(NotGathered::TooSlow));
        assert_eq!(gather(Body::from_stream(dribbling), 1_000, SOON).await, Err(NotGathered::TooSlow));
    }
}
