//! What a turn costs, end to end: `cargo bench --bench turns [-- --quick]`. What each figure means: `docs/benchmarks.md`.
//!
//! Starts a bare WebSocket echo and the real server, each a process of its own, and has the same clients speak to both in
//! turn: on a machine that others use too, only figures of the same minutes can be compared.

mod client;
mod load;
mod parts;
mod process;
mod script;
mod start;
mod yardstick;

use std::path::Path;
use std::time::{Duration, Instant};

use load::{CLIENTS, Closed};
use process::{Fault, Server};

/// How long each measurement takes, and how often it is repeated.
struct Effort {
    rounds: usize,
    warm_up: Duration,
    closed: Duration,
    open: Duration,
    part: Duration,
    starts: usize,
}

const FULL: Effort = Effort {
    rounds: 3,
    warm_up: Duration::from_secs(2),
    closed: Duration::from_secs(8),
    open: Duration::from_secs(15),
    part: Duration::from_secs(3),
    starts: 5,
};
const QUICK: Effort = Effort {
    rounds: 1,
    warm_up: Duration::from_secs(1),
    closed: Duration::from_secs(3),
    open: Duration::from_secs(4),
    part: Duration::from_secs(1),
    starts: 2,
};

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == yardstick::ARGUMENT) {
        return yardstick::serve().await;
    }
    let effort = if arguments.iter().any(|argument| argument == "--quick") { &QUICK } else { &FULL };
    // Not the system's temporary folder, which is often kept in memory, where `fsync` costs nothing.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    describe_machine(folder.path())?;

    let echo = yardstick::start()?;
    let server = process::start_server(folder.path(), "turns", |_| {}).await?;
    let turns = throughput(effort, &echo, &server).await?;
    latency(effort, &echo, &server, turns.per_second / 2.0).await?;
    drop(server);
    mailing(effort, folder.path()).await?;
    drop(echo);

    parts::print(effort.part, folder.path(), turns.server_cpu_us).await?;
    start::print(effort.starts, folder.path()).await
}

fn describe_machine(folder: &Path) -> Result<(), Fault> {
    if cfg!(debug_assertions) {
        println!("built without optimisation: these figures say nothing");
    }
    let cores = std::thread::available_parallelism()?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown").to_owned();
    println!("machine: {cores} cores, load {load} before the run; fsync of 4 KiB {:.2} ms (median)", fsync_ms(folder)?);
    Ok(())
}

/// What the disk needs to make a page durable: the least that any commit costs.
fn fsync_ms(folder: &Path) -> Result<f64, Fault> {
    use std::io::Write;

    let mut file = std::fs::File::create(folder.join("fsync"))?;
    let mut waits = Vec::new();
    for _ in 0..50 {
        file.write_all(&[7; 4_096])?;
        let begun = Instant::now();
        file.sync_data()?;
        waits.push(begun.elapsed());
    }
    waits.sort();
    Ok(waits[waits.len() / 2].as_secs_f64() * 1_000.0)
}

/// Echo and server by turns; prints both and the ratio, and gives the server's median round.
async fn throughput(effort: &Effort, echo: &Server, server: &Server) -> Result<Closed, Fault> {
    println!(
        "\nclosed loop: {CLIENTS} clients, each waits for its answer; CPU of all cores, each beside its own clients"
    );
    let mut rounds = Vec::with_capacity(effort.rounds);
    for round in 1..=effort.rounds {
        let label = |what| format!("round {round} of {}: {what}", effort.rounds);
        let yardstick = load::closed(echo, &label("echo"), effort.warm_up, effort.closed).await?;
        let ours = load::closed(server, &label("sidedoor"), effort.warm_up, effort.closed).await?;
        rounds.push((ours.per_second / yardstick.per_second, yardstick, ours));
    }
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (least, most) = (rounds[0].0, rounds[rounds.len() - 1].0);
    let (ratio, yardstick, ours) = rounds.swap_remove(rounds.len() / 2);
    let line = |name: &str, it: &Closed, of: &str| {
        println!(
            "  {name:<16} {:>9.0} {of}/s   a {of}: server {:>6.1} µs, clients {:>6.1} µs of CPU",
            it.per_second, it.server_cpu_us, it.client_cpu_us
        );
    };
    line("bare echo", &yardstick, "frame");
    line("sidedoor", &ours, "turn");
    println!("  ratio            {ratio:>9.3} × (median; rounds from {least:.3} to {most:.3})");
    println!(
        "  ratio by CPU     {:>9.3} × (what each costs, clients included; no waiting in it)",
        yardstick.cpu_us() / ours.cpu_us()
    );
    Ok(ours)
}

/// Messages at a fixed rate, whether or not the server keeps up: waits count from when a message was due.
async fn latency(effort: &Effort, echo: &Server, server: &Server, rate: f64) -> Result<(), Fault> {
    println!(
        "\nopen loop: {rate:.0} messages/s from {CLIENTS} clients, half of the above; waits from when each was due"
    );
    for (name, server) in [("sidedoor", server), ("bare echo", echo)] {
        let waits = load::open(server, name, rate, effort.open).await?;
        let ms = |share: f64| load::at(&waits, share).as_secs_f64() * 1_000.0;
        println!(
            "  {name:<16} p50 {:>7.2} ms   p95 {:>7.2} ms   p99 {:>7.2} ms   longest {:>7.2} ms",
            ms(0.5),
            ms(0.95),
            ms(0.99),
            ms(1.0)
        );
    }
    Ok(())
}

/// The same again where staff are written to of good leads: the outbox works beside the turns.
async fn mailing(effort: &Effort, folder: &Path) -> Result<(), Fault> {
    let with_staff = |config: &mut sidedoor::config::Config| {
        config.sites[0].staff = vec!["staff@shop.example".to_owned()];
        config.sites[0].high_value = 40;
    };
    let server = process::start_server(folder, "mailing", with_staff).await?;
    let ours = load::closed(&server, "sidedoor, with mail", effort.warm_up, effort.closed).await?;
    println!(
        "\nclosed loop with staff mailed of each good lead (files)\n  sidedoor         {:>9.0} turn/s",
        ours.per_second
    );
    Ok(())
}
