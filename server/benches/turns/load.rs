//! The two ways of asking: each client as fast as it is answered, or all at a fixed rate.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::client::Client;
use crate::process::{Fault, Server, own_cpu};

/// Visitors who chat at the same time.
pub const CLIENTS: usize = 200;

/// How a closed loop went.
pub struct Closed {
    /// Answered turns (or echoed frames) a second.
    pub per_second: f64,
    /// CPU time of the server for each, in microseconds.
    pub server_cpu_us: f64,
    /// CPU time of the load generator for each, in microseconds.
    pub client_cpu_us: f64,
}

impl Closed {
    /// What one costs, on both sides.
    pub fn cpu_us(&self) -> f64 {
        self.server_cpu_us + self.client_cpu_us
    }
}

/// What all clients of a run share.
#[derive(Default)]
struct Run {
    answered: AtomicU64,
    over: AtomicBool,
}

/// Each client says the next line as soon as the one before is answered.
pub async fn closed(server: &Server, label: &str, warm_up: Duration, measured: Duration) -> Result<Closed, Fault> {
    let run = Arc::new(Run::default());
    let mut clients = JoinSet::new();
    for client in connect(server).await? {
        clients.spawn(keep_asking(client, Arc::clone(&run)));
    }
    watch(&run, &mut clients, &format!("{label} (warming up)"), warm_up).await?;
    let (turns, server_cpu, client_cpu) = (run.answered.load(Ordering::Relaxed), server.cpu()?, own_cpu()?);
    let begun = Instant::now();
    watch(&run, &mut clients, label, measured).await?;
    let (seconds, turns) = (begun.elapsed().as_secs_f64(), run.answered.load(Ordering::Relaxed) - turns);
    let (server_cpu, client_cpu) = (server.cpu()? - server_cpu, own_cpu()? - client_cpu);
    run.over.store(true, Ordering::Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    let each_us = |cpu: Duration| cpu.as_secs_f64() * 1e6 / turns as f64;
    Ok(Closed {
        per_second: turns as f64 / seconds,
        server_cpu_us: each_us(server_cpu),
        client_cpu_us: each_us(client_cpu),
    })
}

async fn keep_asking(mut client: Client, run: Arc<Run>) -> Result<(), Fault> {
    while !run.over.load(Ordering::Relaxed) {
        client.turn().await?;
        run.answered.fetch_add(1, Ordering::Relaxed);
        client.rest().await?;
    }
    Ok(())
}

/// All clients together say `rate` lines a second. Gives every wait from when a line was due, sorted: a client that is still
/// waiting when its next line is due makes that one late, as it would be for a visitor who arrives then.
pub async fn open(server: &Server, label: &str, rate: f64, measured: Duration) -> Result<Vec<Duration>, Fault> {
    let run = Arc::new(Run::default());
    let every = Duration::from_secs_f64(CLIENTS as f64 / rate);
    let begin = Instant::now() + Duration::from_millis(500);
    let mut clients = JoinSet::new();
    let (done, mut waits_of) = tokio::sync::mpsc::unbounded_channel();
    for (index, client) in connect(server).await?.into_iter().enumerate() {
        let first = begin + every.mul_f64(index as f64 / CLIENTS as f64);
        let (run, done) = (Arc::clone(&run), done.clone());
        clients.spawn(async move {
            // The first second settles the clients; it is not counted.
            let waits = keep_time(client, &run, first, every, begin + Duration::from_secs(1), begin + measured).await?;
            let _ = done.send(waits);
            Ok(())
        });
    }
    drop(done);
    watch(&run, &mut clients, label, measured).await?;
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    let mut waits = Vec::new();
    while let Some(some) = waits_of.recv().await {
        waits.extend(some);
    }
    waits.sort_unstable();
    if waits.is_empty() { Err("nothing was measured".into()) } else { Ok(waits) }
}

async fn keep_time(
    mut client: Client,
    run: &Run,
    first: Instant,
    every: Duration,
    from: Instant,
    until: Instant,
) -> Result<Vec<Duration>, Fault> {
    let mut waits = Vec::new();
    let mut due = first;
    while due < until {
        sleep_until(due).await;
        client.turn().await?;
        if due >= from {
            waits.push(due.elapsed());
        }
        run.answered.fetch_add(1, Ordering::Relaxed);
        client.rest().await?;
        due += every;
    }
    Ok(waits)
}

/// The wait that this share of the sorted ones does not exceed.
pub fn at(waits: &[Duration], share: f64) -> Duration {
    let last = waits.len().saturating_sub(1);
    waits.get((last as f64 * share).ceil() as usize).copied().unwrap_or_default()
}

async fn connect(server: &Server) -> Result<Vec<Client>, Fault> {
    let mut clients = Vec::with_capacity(CLIENTS);
    for index in 0..CLIENTS {
        clients.push(Client::connect(server, index).await?);
    }
    Ok(clients)
}

/// Shows how it goes for so long. A client that fails ends the run.
async fn watch(run: &Run, clients: &mut JoinSet<Result<(), Fault>>, label: &str, time: Duration) -> Result<(), Fault> {
    const EVERY: Duration = Duration::from_millis(500);
    let begun = Instant::now();
    let turns = run.answered.load(Ordering::Relaxed);
    while begun.elapsed() < time {
        tokio::select! {
            () = sleep(EVERY.min(time.saturating_sub(begun.elapsed()))) => {}
            Some(ended) = clients.join_next() => ended??,
        }
        let seconds = begun.elapsed().as_secs_f64();
        let rate = (run.answered.load(Ordering::Relaxed) - turns) as f64 / seconds;
        eprint!("\r\x1b[K{label}: {seconds:.1} s of {:.0}, {rate:.0}/s", time.as_secs_f64());
        std::io::stderr().flush()?;
    }
    eprint!("\r\x1b[K");
    Ok(())
}
