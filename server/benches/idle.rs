//! What idle visitors cost: `cargo bench --bench idle [CONNECTIONS]` starts the real server, connects, and reads its memory.
//!
//! Each visitor says hello and then nothing, as most do. Needs as many open files as connections: `ulimit -n 25000`.

#[path = "turns/process.rs"]
#[expect(dead_code, reason = "the benchmark of turns asks the servers for more")]
mod process;

use futures_util::{SinkExt, StreamExt};
use process::{Fault, ORIGIN};
use sidedoor::config::Config;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};

const CONNECTIONS: usize = 10_000;
const HELLO: &str = r#"{"type":"hello","visitor":null,"after":0,"locale":"en-US","page":{"url":"https://shop.example/pricing?utm_source=ig","title":"Pricing | Shop","referrer":"https://www.instagram.com/"}}"#;

#[tokio::main]
async fn main() -> Result<(), Fault> {
    let connections = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(CONNECTIONS);
    let folder = tempfile::tempdir()?;
    let limits = |config: &mut Config| {
        config.limits.connections = connections + 100;
        config.limits.connections_per_address = connections + 100;
    };
    let server = process::start_server(folder.path(), "idle", limits).await?;
    let address = server.address;

    // The first hundred pay for what all share: threads' stacks, the allocator's first pages.
    let mut visitors = Vec::with_capacity(connections);
    for _ in 0..100 {
        visitors.push(connect(address).await?);
    }
    let before = server.resident_kib()?;
    println!("memory with 100 visitors     {before:>8} KiB");
    for n in 100..connections {
        visitors.push(connect(address).await?);
        if n % 1_000 == 0 {
            eprint!("\r{n} connected");
        }
    }
    eprintln!("\r{} connected", visitors.len());
    let after = server.resident_kib()?;
    let each = (after.saturating_sub(before)) as f64 / (connections - 100) as f64;
    println!("memory with {connections:>6} visitors  {after:>8} KiB");
    println!("one idle visitor             {each:>8.2} KiB");
    Ok(())
}

async fn connect(address: std::net::SocketAddr) -> Result<WebSocketStream<TcpStream>, Fault> {
    let mut request = format!("ws://{address}/v1/ws?site=shop").into_client_request()?;
    request.headers_mut().insert("origin", HeaderValue::from_static(ORIGIN));
    let stream = TcpStream::connect(address).await?;
    let small = WebSocketConfig::default().read_buffer_size(1_024);
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(small)).await?;
    socket.send(Message::text(HELLO)).await?;
    socket.next().await.ok_or("the server should say welcome")??;
    Ok(socket)
}
