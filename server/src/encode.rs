//! The thread that owns a slow encoder, and the queue in front of it: what has gathered while it was busy is its next batch.
//!
//! A transformer costs milliseconds a text and cannot be shared between threads, but 32 texts at once cost far less
//! than 32 times one. So one plain thread owns it. A visitor's message waits for it only so long ([`Limits`]); then the
//! caller ranks with the built-in encoder instead, which is counted.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{self, Receiver, SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use sidedoor_matcher::{EncodeError, Encoder, Kernel};
use tokio::sync::oneshot;

/// A sentence encoder that one thread owns (`Encoder` is for those that all threads may ask).
pub trait Model {
    /// Names the model and its version; see [`Encoder::id`].
    fn id(&self) -> &str;

    /// Numbers in one embedding.
    fn dimensions(&self) -> usize;

    /// One row of length 1 (or 0) per text.
    fn encode(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncodeError>;
}

/// How much may wait, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Texts encoded at once. More than this gains little and makes the first wait for the last.
    pub batch: usize,
    /// Requests that may wait; one more is shed at once.
    pub queue: usize,
    /// How long a visitor's message waits for its embedding.
    pub deadline: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        // A queue of 64 is two batches: a third could not be done before the deadline on the machines measured in
        // docs/encoders.md. A third of a second still reads as an answer "at once".
        Self { batch: 32, queue: 64, deadline: Duration::from_millis(300) }
    }
}

/// Why a text was not encoded; rank it with the built-in encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Shed {
    /// The queue is full.
    #[error("too many messages wait for the encoder")]
    Full,
    /// The deadline passed.
    #[error("the encoder did not answer in time")]
    Late,
    /// The model failed on this text, or its thread has ended.
    #[error("the encoder failed")]
    Failed,
}

/// Whether the encoder can be asked, for `/readyz`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It can be asked.
    Ready,
    /// Its last batch failed, with this message; messages are ranked by the built-in encoder meanwhile.
    Failing(String),
    /// Its thread has ended and does not come back; restart the server.
    Stopped,
}

/// What has been done so far, for `/metrics`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Texts encoded.
    pub texts: u64,
    /// Batches they were encoded in.
    pub batches: u64,
    /// Messages shed because the queue was full.
    pub shed_full: u64,
    /// Messages shed because the deadline passed.
    pub shed_late: u64,
    /// Messages shed because the model failed.
    pub shed_failed: u64,
}

/// The front of the thread: cheap to clone. The thread ends when the last front is dropped.
#[derive(Debug, Clone)]
pub struct EncoderThread {
    id: Arc<str>,
    dimensions: usize,
    limits: Limits,
    queue: SyncSender<Job>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    texts: AtomicU64,
    batches: AtomicU64,
    shed_full: AtomicU64,
    shed_late: AtomicU64,
    shed_failed: AtomicU64,
    stopped: AtomicU64,
    failing: Mutex<Option<String>>,
}

#[derive(Debug)]
struct Job {
    texts: Vec<String>,
    reply: oneshot::Sender<Result<Vec<Vec<f32>>, EncodeError>>,
}

impl EncoderThread {
    /// Loads a model on a new thread and waits until it is ready to be asked. Blocks: not for the async threads.
    pub fn start<M, E>(limits: Limits, load: impl FnOnce() -> Result<M, E> + Send + 'static) -> Result<Self, E>
    where
        M: Model,
        E: From<std::io::Error> + Send + 'static,
    {
        let (queue, jobs) = mpsc::sync_channel(limits.queue);
        let (told, loaded) = mpsc::sync_channel(1);
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        thread::Builder::new().name("encoder".into()).spawn(move || match load() {
            Ok(mut model) => {
                let _ = told.send(Ok((Arc::from(model.id()), model.dimensions())));
                let jobs = jobs;
                // Dropped before the queue's end is, so that whoever finds the queue closed finds the status right.
                let stops = StopsWhenDropped(theirs);
                serve(&mut model, &jobs, limits, &stops.0);
            }
            Err(error) => {
                let _ = told.send(Err(error));
            }
        })?;
        match loaded.recv() {
            Ok(Ok((id, dimensions))) => Ok(Self { id, dimensions, limits, queue, shared }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(std::io::Error::other("the encoder's thread ended while it loaded the model").into()),
        }
    }

    /// The embedding of a visitor's message, or why it must be ranked without.
    pub async fn embed(&self, text: &str) -> Result<Vec<f32>, Shed> {
        let (reply, answer) = oneshot::channel();
        match self.queue.try_send(Job { texts: vec![text.to_owned()], reply }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(self.shared.shed(Shed::Full)),
            Err(TrySendError::Disconnected(_)) => return Err(self.shared.shed(Shed::Failed)),
        }
        // On a lapse the receiver is dropped, by which the thread knows that nobody waits any more.
        match tokio::time::timeout(self.limits.deadline, answer).await {
            Err(_) => Err(self.shared.shed(Shed::Late)),
            Ok(Ok(Ok(mut rows))) if rows.len() == 1 => Ok(rows.swap_remove(0)),
            Ok(_) => Err(self.shared.shed(Shed::Failed)),
        }
    }

    /// Whether it can be asked.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.shared.stopped.load(Relaxed) > 0 {
            return Status::Stopped;
        }
        match &*self.shared.failing.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(message) => Status::Failing(message.clone()),
            None => Status::Ready,
        }
    }

    /// What it has done since it was started.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let shared = &self.shared;
        Counters {
            texts: shared.texts.load(Relaxed),
            batches: shared.batches.load(Relaxed),
            shed_full: shared.shed_full.load(Relaxed),
            shed_late: shared.shed_late.load(Relaxed),
            shed_failed: shared.shed_failed.load(Relaxed),
        }
    }
}

/// For training. Blocks until the thread answers, and panics on an async thread; a visitor's message goes through
/// [`EncoderThread::embed`]. Texts go a batch at a time, so that visitors' messages get their turn in between.
impl Encoder for EncoderThread {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncodeError> {
        let mut rows = Vec::with_capacity(texts.len());
        for texts in texts.chunks(self.limits.batch) {
            let (reply, answer) = oneshot::channel();
            let job = Job { texts: texts.iter().map(|&text| text.to_owned()).collect(), reply };
            self.queue.send(job).map_err(|_| stopped())?;
            rows.extend(answer.blocking_recv().map_err(|_| stopped())??);
        }
        Ok(rows)
    }

    fn kernel(&self) -> Kernel {
        Kernel::TRANSFORMER
    }
}

fn stopped() -> EncodeError {
    EncodeError("the encoder's thread has ended; restart the server".into())
}

impl Shared {
    fn shed(&self, reason: Shed) -> Shed {
        let counter = match reason {
            Shed::Full => &self.shed_full,
            Shed::Late => &self.shed_late,
            Shed::Failed => &self.shed_failed,
        };
        counter.fetch_add(1, Relaxed);
        reason
    }
}

/// Also on a panic in the model, which ends the thread.
struct StopsWhenDropped(Arc<Shared>);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.stopped.store(1, Relaxed);
    }
}

/// Until the last front is gone: takes what has gathered, up to a batch, and answers it.
fn serve(model: &mut impl Model, queue: &Receiver<Job>, limits: Limits, shared: &Shared) {
    let mut next = None;
    while let Some(first) = next.take().or_else(|| queue.recv().ok()) {
        let mut texts = first.texts.len();
        let mut jobs = vec![first];
        while let Ok(job) = queue.try_recv() {
            if texts + job.texts.len() > limits.batch {
                next = Some(job);
                break;
            }
            texts += job.texts.len();
            jobs.push(job);
        }
        jobs.retain(|job| !job.reply.is_closed());
        if !jobs.is_empty() {
            answer(model, jobs, shared);
        }
    }
}

fn answer(model: &mut impl Model, jobs: Vec<Job>, shared: &Shared) {
    let texts: Vec<&str> = jobs.iter().flat_map(|job| &job.texts).map(String::as_str).collect();
    let wanted = texts.len();
    let encoded = match model.encode(&texts) {
        Ok(rows) if rows.len() != wanted => Err(EncodeError(format!("{} embeddings for {wanted} texts", rows.len()))),
        encoded => encoded,
    };
    let mut failing = shared.failing.lock().unwrap_or_else(PoisonError::into_inner);
    match encoded {
        Ok(rows) => {
            *failing = None;
            drop(failing);
            shared.texts.fetch_add(wanted as u64, Relaxed);
            shared.batches.fetch_add(1, Relaxed);
            let mut rows = rows.into_iter();
            for job in jobs {
                let rows = rows.by_ref().take(job.texts.len()).collect();
                let _ = job.reply.send(Ok(rows));
            }
        }
        Err(EncodeError(message)) => {
            if failing.as_ref() != Some(&message) {
                tracing::error!(encoder.error = %message, "the encoder failed; messages are ranked by the built-in one");
            }
            *failing = Some(message.clone());
            drop(failing);
            for job in jobs {
                let _ = job.reply.send(Err(EncodeError(message.clone())));
            }
        }
    }
}

#[cfg(test)]
mod tests;
