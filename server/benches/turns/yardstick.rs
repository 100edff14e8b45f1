//! The yardstick: what axum does with a WebSocket that sends every frame back, and nothing else.

use std::process::Command;

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::any;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;

use crate::process::{Fault, Kind, Server};

/// Makes this program the echo server.
pub const ARGUMENT: &str = "--yardstick";

/// Starts the echo as a process of its own, as the server is one.
pub fn start() -> Result<Server, Fault> {
    Server::start(Kind::Echo, Command::new(std::env::current_exe()?).arg(ARGUMENT))
}

/// Serves until it is killed.
pub async fn serve() -> Result<(), Fault> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("the echo listens on http://{}/", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // As the server does.
        let _ = stream.set_nodelay(true);
    });
    let router = Router::new().route("/v1/ws", any(|upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(echo) }));
    Ok(axum::serve(listener, router).await?)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Message::Text(_)) && socket.send(message).await.is_err() {
            return;
        }
    }
}
