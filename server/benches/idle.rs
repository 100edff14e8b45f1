//! What idle visitors cost: `cargo bench --bench idle [CONNECTIONS]` starts the real server, connects, and reads its memory.
//!
//! Each visitor says hello and then nothing, as most do. Needs as many open files as connections: `ulimit -n 25000`.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use sidedoor::config::{Config, Smtp};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};

const CONNECTIONS: usize = 10_000;
const ORIGIN: &str = "https://shop.example";
const HELLO: &str = r#"{"type":"hello","visitor":null,"after":0,"locale":"en-US","page":{"url":"https://shop.example/pricing?utm_source=ig","title":"Pricing | Shop","referrer":"https://www.instagram.com/"}}"#;

/// The server's process; ends with this one.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let connections = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(CONNECTIONS);
    let folder = tempfile::tempdir()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut config = Config {
        listen: address.to_string(),
        database_url: format!("sqlite://{}", folder.path().join("sidedoor.db").display()),
        smtp: Smtp {
            url: format!("file://{}", folder.path().join("mail").display()),
            from: "Shop <chat@shop.example>".to_owned(),
        },
        sites: vec![toml::from_str(&format!("id = \"shop\"\nname = \"Shop\"\norigins = [\"{ORIGIN}\"]"))?],
        ..Config::default()
    };
    config.limits.connections = connections + 100;
    config.limits.connections_per_address = connections + 100;
    config.limits.connects_per_minute = u32::MAX;
    let file = folder.path().join("sidedoor.toml");
    std::fs::write(&file, toml::to_string(&config)?)?;

    let begun = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_sidedoor"))
        .args(["serve", "--config"])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let server = Server(child);
    while TcpStream::connect(address).await.is_err() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    println!("ready after start            {:>8} ms", begun.elapsed().as_millis());

    // The first hundred pay for what all share: threads' stacks, the allocator's first pages.
    let mut visitors = Vec::with_capacity(connections);
    for _ in 0..100 {
        visitors.push(connect(address).await?);
    }
    let before = resident_kib(&server)?;
    println!("memory with 100 visitors     {before:>8} KiB");
    for n in 100..connections {
        visitors.push(connect(address).await?);
        if n % 1_000 == 0 {
            eprint!("\r{n} connected");
        }
    }
    eprintln!("\r{} connected", visitors.len());
    let after = resident_kib(&server)?;
    let each = (after.saturating_sub(before)) as f64 / (connections - 100) as f64;
    println!("memory with {connections:>6} visitors  {after:>8} KiB");
    println!("one idle visitor             {each:>8.2} KiB");
    Ok(())
}

async fn connect(address: std::net::SocketAddr) -> Result<WebSocketStream<TcpStream>, Box<dyn std::error::Error>> {
    let mut request = format!("ws://{address}/v1/ws?site=shop").into_client_request()?;
    request.headers_mut().insert("origin", HeaderValue::from_static(ORIGIN));
    let stream = TcpStream::connect(address).await?;
    let small = WebSocketConfig::default().read_buffer_size(1_024);
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(small)).await?;
    socket.send(Message::text(HELLO)).await?;
    socket.next().await.ok_or("the server should say welcome")??;
    Ok(socket)
}

fn resident_kib(server: &Server) -> Result<u64, Box<dyn std::error::Error>> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.0.id()))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}
