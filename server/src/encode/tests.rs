//! The queue with a model made for the tests, which stops at a gate until it is let through.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use sidedoor_matcher::{EncodeError, Encoder};

use super::{Counters, EncoderThread, Limits, Model, Shed, Status};

const PATIENT: Duration = Duration::from_secs(60);

/// Embeds a text as its length; tells of each batch it gets, and waits at the gate before it answers.
struct Gated {
    started: Sender<usize>,
    gate: Receiver<()>,
}

impl Model for Gated {
    fn id(&self) -> &str {
        "gated-1"
    }

    fn dimensions(&self) -> usize {
        1
    }

    fn encode(&mut self, texts: &[&str]) -> Result<Vec<Vec<f32>>, EncodeError> {
        let _ = self.started.send(texts.len());
        let _ = self.gate.recv();
        if texts.contains(&"breaks") {
            return Err(EncodeError("asked to".into()));
        }
        assert!(!texts.contains(&"panics"), "asked to panic");
        Ok(texts.iter().map(|text| vec![text.len() as f32]).collect())
    }
}

struct Rig {
    front: EncoderThread,
    started: Receiver<usize>,
    gate: Sender<()>,
}

fn rig(limits: Limits) -> Rig {
    let (started, starts) = channel();
    let (gate, gates) = channel();
    let front = EncoderThread::start(limits, || Ok::<_, io::Error>(Gated { started, gate: gates })).unwrap();
    Rig { front, started: starts, gate }
}

impl Rig {
    fn ask(&self, text: &'static str) -> tokio::task::JoinHandle<Result<Vec<f32>, Shed>> {
        let front = self.front.clone();
        tokio::spawn(async move { front.embed(text).await })
    }

    /// Asks for a text and returns once the model has begun with it, alone.
    async fn occupy(&self, text: &'static str) -> tokio::task::JoinHandle<Result<Vec<f32>, Shed>> {
        let asked = self.ask(text);
        tokio::task::yield_now().await;
        assert_eq!(self.started.recv_timeout(PATIENT), Ok(1));
        asked
    }
}

fn patient(batch: usize, queue: usize) -> Limits {
    Limits { batch, queue, deadline: PATIENT }
}

#[tokio::test]
async fn what_gathers_while_the_model_is_busy_is_its_next_batch() {
    let rig = rig(patient(32, 64));
    let first = rig.occupy("a").await;

    let rest: Vec<_> = ["bb", "ccc", "dddd"].into_iter().map(|text| rig.ask(text)).collect();
    tokio::task::yield_now().await;
    rig.gate.send(()).unwrap();
    rig.gate.send(()).unwrap();

    assert_eq!(first.await.unwrap(), Ok(vec![1.0]));
    for (asked, length) in rest.into_iter().zip([2.0, 3.0, 4.0]) {
        assert_eq!(asked.await.unwrap(), Ok(vec![length]));
    }
    assert_eq!(rig.started.recv_timeout(PATIENT), Ok(3));
    assert_eq!(rig.front.counters(), Counters { texts: 4, batches: 2, ..Counters::default() });
}

#[tokio::test]
async fn a_batch_is_never_larger_than_its_limit() {
    let rig = rig(patient(2, 64));
    let first = rig.occupy("a").await;

    let rest: Vec<_> = ["b", "c", "d"].into_iter().map(|text| rig.ask(text)).collect();
    tokio::task::yield_now().await;
    for _ in 0..3 {
        rig.gate.send(()).unwrap();
    }

    assert_eq!(first.await.unwrap(), Ok(vec![1.0]));
    for asked in rest {
        assert_eq!(asked.await.unwrap(), Ok(vec![1.0]));
    }
    assert_eq!(rig.started.iter().take(2).collect::<Vec<_>>(), [2, 1]);
}

#[tokio::test]
async fn a_message_too_many_is_shed_at_once_and_counted() {
    let rig = rig(patient(32, 1));
    let first = rig.occupy("a").await;
    let waiting = rig.ask("b");
    tokio::task::yield_now().await;

    let shed = rig.front.embed("c").await;

    assert_eq!(shed, Err(Shed::Full));
    assert_eq!(rig.front.counters().shed_full, 1);
    rig.gate.send(()).unwrap();
    rig.gate.send(()).unwrap();
    assert_eq!(first.await.unwrap(), Ok(vec![1.0]));
    assert_eq!(waiting.await.unwrap(), Ok(vec![1.0]));
}

#[tokio::test(start_paused = true)]
async fn a_message_past_its_deadline_is_shed_and_not_encoded_any_more() {
    let rig = rig(Limits { batch: 32, queue: 64, deadline: Duration::from_millis(300) });
    let first = rig.occupy("a").await;

    // The test's clock jumps to the next deadline as soon as nothing else can run.
    let late = rig.front.embed("b").await;

    assert_eq!(late, Err(Shed::Late));
    assert_eq!(first.await.unwrap(), Err(Shed::Late));
    assert_eq!(rig.front.counters().shed_late, 2);
    rig.gate.send(()).unwrap();
    rig.gate.send(()).unwrap();
    tokio::task::spawn_blocking({
        let front = rig.front.clone();
        move || front.encode(&["after"]).unwrap()
    })
    .await
    .unwrap();
    assert_eq!(rig.started.recv_timeout(PATIENT), Ok(1), "only \"after\"; nobody waits for \"b\" any more");
    assert_eq!(rig.front.counters().texts, 2);
}

#[tokio::test]
async fn a_failure_is_told_and_forgotten_after_the_next_success() {
    let rig = rig(patient(32, 64));
    rig.gate.send(()).unwrap();

    assert_eq!(rig.front.embed("breaks").await, Err(Shed::Failed));
    assert_eq!(rig.front.status(), Status::Failing("asked to".into()));

    rig.gate.send(()).unwrap();
    assert_eq!(rig.front.embed("works").await, Ok(vec![5.0]));
    assert_eq!(rig.front.status(), Status::Ready);
}

#[tokio::test]
async fn a_panic_in_the_model_sheds_and_shows() {
    let rig = rig(patient(32, 64));
    rig.gate.send(()).unwrap();

    assert_eq!(rig.front.embed("panics").await, Err(Shed::Failed));
    assert_eq!(rig.front.embed("anything").await, Err(Shed::Failed));

    assert_eq!(rig.front.status(), Status::Stopped);
    assert_eq!(rig.front.counters().shed_failed, 2);
}

#[test]
fn training_goes_a_batch_at_a_time_and_keeps_the_order() {
    let rig = rig(patient(2, 64));
    for _ in 0..3 {
        rig.gate.send(()).unwrap();
    }

    let rows = rig.front.encode(&["a", "bb", "ccc", "dddd", "eeeee"]).unwrap();

    assert_eq!(rows, [[1.0], [2.0], [3.0], [4.0], [5.0]]);
    assert_eq!(rig.started.iter().take(3).collect::<Vec<_>>(), [2, 2, 1]);
}

#[test]
fn a_model_that_cannot_be_loaded_is_an_error_not_a_thread() {
    let failed = EncoderThread::start(Limits::default(), || Err::<Gated, _>(io::Error::other("no such file")));

    assert_eq!(failed.unwrap_err().to_string(), "no such file");
}
