//! Takes connections and serves them, with the limits on number and time that `axum::serve` does not have.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutWriter;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::Shared;
use super::limit::{Connection, Limiter, Refused};
use super::pace::Pace;
use crate::config::Config;

/// How long to wait before accepting again when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// So many connections are told at once why they are refused; the others are only closed.
const MAX_REFUSALS: usize = 64;
/// How long a refused client may take to read why.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);
/// So much of what a refused client has sent is read away, or the kernel would drop the answer with it.
const MAX_REFUSED_BYTES: u64 = 64 * 1024;

/// What stands at a listener's door.
#[derive(Clone)]
pub struct Door {
    config: Arc<Config>,
    limiter: Arc<Limiter>,
    refusals: Arc<Semaphore>,
    pace: Pace,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Door {
    /// A door with these limits.
    #[must_use]
    pub fn new(shared: &Shared, limiter: Arc<Limiter>) -> Self {
        Self {
            config: Arc::clone(&shared.config),
            limiter,
            refusals: Arc::new(Semaphore::new(MAX_REFUSALS)),
            pace: shared.pace,
            stop: shared.stop.clone(),
            tasks: shared.tasks.clone(),
        }
    }
}

/// Serves `router` on `listener` until the door is shut; then ends idle connections and lets busy ones finish.
///
/// Every connection is counted from here on, and tracked by the door's tasks; one that was upgraded to a WebSocket is the
/// socket's own task.
pub async fn serve(listener: TcpListener, router: Router, door: Door) {
    loop {
        let accepted = tokio::select! {
            () = door.stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match door.limiter.accept(peer.ip(), &door.config.trusted_proxies) {
                Ok(counted) => {
                    let serving = connection(stream, peer, router.clone(), counted, door.pace, door.stop.clone());
                    door.tasks.spawn(serving);
                }
                Err(refused) => {
                    if let Ok(permit) = Arc::clone(&door.refusals).try_acquire_owned() {
                        door.tasks.spawn(async move {
                            let _ = tokio::time::timeout(REFUSAL_TIMEOUT, refuse(stream, refused)).await;
                            drop(permit);
                        });
                    }
                }
            },
            Err(error) => {
                tracing::warn!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Answers whatever will be asked.
async fn refuse(mut stream: TcpStream, refused: Refused) -> std::io::Result<()> {
    let (status, wait, why) = match refused {
        Refused::Address(wait) => {
            ("429 Too Many Requests", wait.as_secs().max(1), "too many connections from this address\n")
        }
        Refused::Server => ("503 Service Unavailable", 5, "this server has as many visitors as it may\n"),
    };
    let answer = format!(
        "HTTP/1.1 {status}\r\nretry-after: {wait}\r\ncontent-type: text/plain; charset=utf-8\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{why}",
        why.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    tokio::io::copy(&mut stream.take(MAX_REFUSED_BYTES), &mut tokio::io::sink()).await?;
    Ok(())
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    counted: Arc<Connection>,
    pace: Pace,
    stop: CancellationToken,
) {
    // Acks are small frames that somebody waits for.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(pace.write));
    let service = {
        let counted = Arc::clone(&counted);
        service_fn(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(Arc::clone(&counted));
            router.clone().oneshot(request.map(Body::new))
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(pace.head)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = counted.evicted() => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = %error, "a connection ended early");
    }
}
