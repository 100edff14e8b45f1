//! The command line: what can be asked for, and how each answer ends the process.

mod arguments;
mod ask;
mod backup;
mod check;
mod doctor;
mod init;
mod items;
mod leads;
mod missed;
mod outbox;
mod output;
mod placeholders;
mod rank;
mod report;
mod serve;
mod staff;
mod subject;

use std::fmt;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use sidedoor::config::{self, Config, Loaded};
use sidedoor::model::Role;

use self::arguments::{
    Arguments, Command, IntentsCommand, ItemsCommand, LeadsCommand, LogFormat, OutboxCommand, StaffCommand,
};

/// Why a command did not do what was asked, in words for whoever asked.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    fn new(message: impl fmt::Display) -> Self {
        Self(message.to_string())
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !message.contains(&cause_text) {
                message.push_str(": ");
                message.push_str(&cause_text);
            }
            source = cause.source();
        }
        Self(message)
    }
}

type Outcome = Result<(), Failure>;

/// Parses the arguments, does what they ask, and says how it went: 0 done, 1 failed, 2 wrong use.
pub(crate) fn run() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(arguments.log_format, matches!(arguments.command, Command::Serve | Command::Train));
    let config = arguments.config.as_deref();
    let outcome = match arguments.command {
        Command::Serve => serve::serve(config, arguments.log_format),
        Command::Train => serve::train(config),
        Command::Init { dir } => init::init(dir.as_deref().unwrap_or(Path::new("."))),
        Command::Check => check::check(config),
        Command::Ask { site, locale, json, text } => {
            ask::ask(config, site.as_deref(), locale.as_deref(), json, &text.join(" "))
        }
        Command::Rank { encoder, locale, file } => rank::rank(encoder, locale.as_deref(), &file),
        Command::Intents(IntentsCommand::Report { site, file, days }) => {
            report::report(config, site.as_deref(), &file, days)
        }
        Command::Items(ItemsCommand::Import { sources, site, currency, dry_run, overwrite }) => {
            let asked = items::Import {
                sources: &sources,
                site: site.as_deref(),
                currency: currency.as_deref(),
                dry_run,
                overwrite,
            };
            items::import(config, &asked)
        }
        Command::Leads(LeadsCommand::Export { site, format, since, held }) => {
            leads::export(config, site.as_deref(), format, since.as_deref(), held)
        }
        Command::Outbox { failed, json, command: None } => outbox::list(config, failed, json),
        Command::Outbox { command: Some(OutboxCommand::Retry { ids, all }), .. } => outbox::retry(config, &ids, all),
        Command::Staff(StaffCommand::Add { address, role, owner, site }) => {
            let role = if owner { Role::Owner } else { role.into() };
            staff::add(config, &address, role, site.as_deref())
        }
        Command::Staff(StaffCommand::List) => staff::list(config),
        Command::Staff(StaffCommand::Revoke { address, conversation }) => {
            staff::revoke(config, &address, conversation.as_deref())
        }
        Command::Doctor { send_to } => doctor::doctor(config, send_to.as_deref()),
        Command::Backup { file } => backup::save(config, &file),
        Command::Restore { file, send_unsent } => backup::restore(config, &file, send_unsent),
        Command::Erase { subject } => subject::erase(config, &subject),
        Command::Export { subject } => subject::export(config, &subject),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            if !message.is_empty() {
                eprintln!("sidedoor: {message}");
            }
            ExitCode::FAILURE
        }
    }
}

/// The configuration as it is in force, or every fault in it.
fn load_config(path: Option<&Path>) -> Result<Loaded, Failure> {
    config::load(path, &std::env::vars().collect::<Vec<_>>())
        .map_err(|faults| Failure(faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// The site that is asked about: the one named, or the first.
fn site_named<'a>(config: &'a Config, id: Option<&str>) -> Result<&'a config::Site, Failure> {
    let known = || config.sites.iter().map(|site| site.id.as_str()).collect::<Vec<_>>().join(", ");
    match id {
        None => config.sites.first().ok_or_else(|| Failure::new("no site is configured; add a [[site]]")),
        Some(id) => {
            config.site(id).ok_or_else(|| Failure::new(format!("no site is called \"{id}\"; there is {}", known())))
        }
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    /// The allocator gives back what has been free for a second when a thread ends: after a start or a reload, a thread for
    /// blocking work does so this long after its last use.
    const KEEP_ALIVE: Duration = Duration::from_millis(1_500);
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().thread_keep_alive(KEEP_ALIVE).build()?)
}

/// A URL without its password.
fn without_secret(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if parsed.password().is_some() => {
            let _ = parsed.set_password(Some("…"));
            parsed.to_string()
        }
        _ => url.to_owned(),
    }
}

/// Logs go to standard error: standard output belongs to what a command prints.
fn start_log(format: LogFormat, serving: bool) {
    // Whoever runs a command waits for it, and must see that a long training gets on.
    let level = if serving { "info,sqlx=warn" } else { "warn,sidedoor::understand::trainer=info" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("SIDEDOOR_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let started = match format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).with_current_span(false).try_init(),
    };
    // A second start can only happen in a test, and the first one's log serves as well.
    drop(started);
}
