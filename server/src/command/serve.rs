//! `sidedoor serve`: runs the server until it is told to stop.

use std::path::Path;

use clap::ValueEnum;
use sidedoor::app::App;
use sidedoor::understand::{TrainingProcess, Understand};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::arguments::LogFormat;
use super::output::say;
use super::{Failure, Outcome, load_config, runtime, without_secret};

pub(super) fn serve(config: Option<&Path>, log_format: LogFormat) -> Outcome {
    let loaded = load_config(config)?;
    let is_demo = loaded.file.is_none() && loaded.config.sites.iter().any(|site| site.id == "demo");
    let listen = loaded.config.listen.clone();
    runtime()?.block_on(async {
        let listener = TcpListener::bind(&listen).await.map_err(|error| {
            Failure::new(format!(
                "{listen} cannot be listened on: {error}; set \"listen\" (or SIDEDOOR_LISTEN) to a free address"
            ))
        })?;
        let mut config = loaded.config;
        let bound = listener.local_addr()?;
        // Port 0 asks for any free port, and the demo's own page must be allowed to speak to it.
        if is_demo {
            config.adopt_port(bound.port());
        }
        let mail = config.smtp.url.clone();
        let database = config.database_url.clone();
        let intents = config.intents.clone();
        let app = App::build(config, training_process(loaded.file.as_deref(), log_format)?).await?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        if is_demo {
            say!("Sidedoor runs a demo shop: http://{bound}/");
            match intents {
                Some(folder) => say!("  intents   {} (edit a file and it is live)", folder.display()),
                None => say!("  intents   built in (write your own with `sidedoor init`)"),
            }
            say!("  database  {}", without_secret(&database));
            say!("  mail      {}", without_secret(&mail));
            if let Some(door) = app.first_staff_door().await? {
                say!("  staff     {} (the inbox; press the button)", door.url);
            }
            say!("Stop it with Ctrl+C.");
        } else {
            say!("Sidedoor listens on http://{bound}/");
        }
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        Ok(app.run(listener, stop).await?)
    })
}

/// This program, as what trains for the server.
fn training_process(config: Option<&Path>, log_format: LogFormat) -> Result<TrainingProcess, Failure> {
    let mut arguments = vec!["train".into()];
    if let Some(format) = log_format.to_possible_value() {
        arguments.extend(["--log-format".into(), format.get_name().into()]);
    }
    if let Some(config) = config {
        arguments.extend(["--config".into(), config.into()]);
    }
    Ok(TrainingProcess::new(std::env::current_exe()?, arguments))
}

/// What that process does.
pub(super) fn train(config: Option<&Path>) -> Outcome {
    Ok(Understand::train(load_config(config)?.config)?)
}
