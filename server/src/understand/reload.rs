//! Watches the folder of intents and reloads it when a file changes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::registry::Understand;
use crate::metrics::Metrics;

/// An editor writes a file in several steps; so long after the last of them it is read.
const SETTLE: Duration = Duration::from_millis(150);
/// Network folders report no changes, so the files are looked at now and then as well.
const POLL: Duration = Duration::from_secs(15);

/// Reloads `understand` whenever something below `folder` changes, until `stop`.
pub async fn watch(understand: Arc<Understand>, folder: &Path, metrics: Metrics, stop: CancellationToken) {
    let (changed, mut changes) = mpsc::channel::<()>(1);
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // A full channel already holds the news.
            let _ = changed.try_send(());
        }
    })
    .and_then(|mut watcher| watcher.watch(folder, RecursiveMode::Recursive).map(|()| watcher));
    if let Err(error) = &watcher {
        tracing::warn!(error = %error, "changes to the intents are noticed every {} s only", POLL.as_secs());
    }
    loop {
        reload_if_stale(&understand, &metrics).await;
        tokio::select! {
            () = stop.cancelled() => return,
            Some(()) = changes.recv() => settle(&mut changes).await,
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

async fn settle(changes: &mut mpsc::Receiver<()>) {
    while let Ok(Some(())) = tokio::time::timeout(SETTLE, changes.recv()).await {}
}

/// Saving a file unchanged reloads nothing.
async fn reload_if_stale(understand: &Arc<Understand>, metrics: &Metrics) {
    let (looking, reloading) = (Arc::clone(understand), Arc::clone(understand));
    if let Ok(false) = tokio::task::spawn_blocking(move || looking.is_stale()).await {
        return;
    }
    match tokio::task::spawn_blocking(move || reloading.reload()).await {
        Ok(Ok(())) => {
            metrics.reload("taken");
            tracing::info!("the intents were reloaded");
        }
        Ok(Err(refusal)) => {
            metrics.reload("refused");
            tracing::error!("the changed intents were refused; the ones before stay in service:\n{refusal}");
        }
        Err(broke) => tracing::error!(error = %broke, "reloading the intents failed; the ones before stay in service"),
    }
}
