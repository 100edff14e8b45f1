//! The servers that are measured: started, asked for their memory and their CPU time, and ended.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sidedoor::config::{Config, Limits, Smtp};

/// Why the benchmark stops.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

pub const ORIGIN: &str = "https://shop.example";
const READY_WITHIN: Duration = Duration::from_secs(60);
/// Linux counts CPU time in hundredths of a second on every platform that we run on.
const TICK: Duration = Duration::from_millis(10);

/// Which server it is, and so what its clients say.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Echo,
    Sidedoor,
}

/// A running server; ends with its value.
pub struct Server {
    child: Child,
    pub kind: Kind,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a program that prints the address it listens on.
    pub fn start(kind: Kind, command: &mut Command) -> Result<Self, Fault> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("the server's output is not to be had")?).lines();
        let address = lines.find_map(|line| {
            let line = line.ok()?;
            let address = line.split_once("http://")?.1.trim_end_matches('/').parse().ok()?;
            Some(address)
        });
        let Some(address) = address else {
            let _ = child.kill();
            return Err(format!("the server ended with {} before it listened", child.wait()?).into());
        };
        // Whatever else it prints must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, kind, address })
    }

    /// The process's CPU time by now, or this process's where `None`.
    pub fn cpu(&self) -> Result<Duration, Fault> {
        cpu_of(&self.child.id().to_string())
    }

    /// Resident memory in KiB.
    pub fn resident_kib(&self) -> Result<u64, Fault> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// This process's CPU time by now.
pub fn own_cpu() -> Result<Duration, Fault> {
    cpu_of("self")
}

fn cpu_of(process: &str) -> Result<Duration, Fault> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The program's name stands in brackets and may hold anything; after it, time in user mode and kernel mode are the
    // twelfth and the thirteenth.
    let after_name = stat.rsplit_once(')').ok_or("no name in stat")?.1;
    let mut times = after_name.split_whitespace().skip(11);
    let mut ticks = || -> Result<u32, Fault> { Ok(times.next().ok_or("no time in stat")?.parse()?) };
    Ok(TICK * (ticks()? + ticks()?))
}

/// Starts `sidedoor serve` with limits that the load does not meet, and waits until it is ready.
pub async fn start_server(folder: &Path, name: &str, change: impl FnOnce(&mut Config)) -> Result<Server, Fault> {
    let mut config = configuration(folder, name)?;
    change(&mut config);
    let file = folder.join(format!("{name}.toml"));
    std::fs::write(&file, toml::to_string(&config)?)?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_sidedoor"));
    command.args(["serve", "--config"]).arg(&file).env("SIDEDOOR_LOG", "error").current_dir(folder);
    let begun = Instant::now();
    let server = Server::start(Kind::Sidedoor, &mut command)?;
    while !is_ready(server.address) {
        if begun.elapsed() > READY_WITHIN {
            return Err("the server is not ready after a minute".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(server)
}

/// The starter intents, one shop, nobody to write to, and no limit that a single address of 200 visitors would reach.
pub fn configuration(folder: &Path, name: &str) -> Result<Config, Fault> {
    const MANY: u32 = 1_000_000;
    Ok(Config {
        listen: "127.0.0.1:0".to_owned(),
        public_url: "https://chat.shop.example".to_owned(),
        database_url: format!("sqlite://{}", folder.join(format!("{name}.db")).display()),
        smtp: Smtp {
            url: format!("file://{}", folder.join(format!("{name}-mail")).display()),
            from: "Shop <chat@shop.example>".to_owned(),
        },
        limits: Limits {
            connections_per_address: 10_000,
            connects_per_minute: MANY,
            frames_per_second: MANY,
            frame_burst: MANY,
            leads_per_hour: MANY,
            ..Limits::default()
        },
        sites: vec![toml::from_str(&format!("id = \"shop\"\nname = \"Shop\"\norigins = [\"{ORIGIN}\"]"))?],
        ..Config::default()
    })
}

/// Whether `/readyz` says yes.
fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(stream, "GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}
