//! The `sidedoor` program: `sidedoor serve [--config FILE]`.

use std::path::PathBuf;
use std::process::ExitCode;

use sidedoor::app::App;
use sidedoor::config;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let file = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve"] => None,
        ["serve", "--config", file] => Some(PathBuf::from(file)),
        _ => {
            eprintln!("usage: sidedoor serve [--config FILE]");
            return ExitCode::from(2);
        }
    };
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match serve(file).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(file: Option<PathBuf>) -> Result<(), Box<dyn std::error::Error>> {
    let environment: Vec<(String, String)> = std::env::vars().collect();
    let loaded = config::load(file.as_deref(), &environment)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let listener = TcpListener::bind(&loaded.config.listen).await?;
    let app = App::build(loaded.config).await?;
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    println!("Sidedoor listens on http://{}/", listener.local_addr()?);
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    Ok(app.run(listener, stop).await?)
}
