//! The command line: what can be asked for, and how each answer ends the process.

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
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use sidedoor::config::{self, Config, Loaded};
use sidedoor::model::Role;

/// The chat that stays up when the platform's DMs are down.
#[derive(Parser)]
#[command(name = "sidedoor", version, about, long_about = None, max_term_width = 100, arg_required_else_help = true)]
struct Arguments {
    /// The configuration [default: ./sidedoor.toml, then /etc/sidedoor/sidedoor.toml]
    #[arg(long, global = true, value_name = "FILE", env = "SIDEDOOR_CONFIG")]
    config: Option<PathBuf>,
    /// How the log looks on standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", env = "SIDEDOOR_LOG_FORMAT")]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// One object a line, for programs
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    #[command(
        after_help = "Example:\n  sidedoor serve\n  sidedoor serve --config /etc/sidedoor/sidedoor.toml --log-format json\n\n\
        With no configuration it runs a demo shop on http://127.0.0.1:8080, with its database in ./data\n\
        and mail written to ./data/mail instead of being sent."
    )]
    Serve,
    /// Train what is not kept of earlier trainings; `serve` has this done in a process of its own
    #[command(hide = true, after_help = "Example:\n  sidedoor train --config shop/sidedoor.toml")]
    Train,
    /// Write a commented sidedoor.toml and a starter intents/ folder
    #[command(after_help = "Example:\n  sidedoor init my-shop && cd my-shop && sidedoor serve")]
    Init {
        /// Where to write [default: the current folder]
        dir: Option<PathBuf>,
    },
    /// Check the configuration and the intents, and run the intents' own tests
    #[command(
        after_help = "Example:\n  sidedoor check --config shop/sidedoor.toml\n\nExit code 1 where there is a fault; warnings alone are none."
    )]
    Check,
    /// Show what the bot would understand and answer
    #[command(
        after_help = "Example:\n  sidedoor ask do you ship to spain\n  sidedoor ask --site acme --json \"whn will my ordr come\""
    )]
    Ask {
        /// The site's id [default: the first one]
        #[arg(long, value_name = "ID")]
        site: Option<String>,
        /// The visitor's language, such as es-MX [default: the site's]
        #[arg(long, value_name = "TAG")]
        locale: Option<String>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
        /// The message
        #[arg(required = true, value_name = "TEXT")]
        text: Vec<String>,
    },
    /// Train on a file of examples and rank each line of standard input
    #[command(after_help = "Example:\n  echo '{\"text\":\"where is my parcel\"}' | sidedoor rank examples.jsonl\n\n\
        FILE holds one {\"text\", \"intent\"} a line. Prints {\"ready\":true}, then one\n{\"intent\", \"confidence\", \"accept\"} for each line {\"text\"}, at once and in order.")]
    Rank {
        /// What turns text into vectors
        #[arg(long, value_name = "KIND", default_value = "static")]
        encoder: EncoderName,
        /// The examples' language, such as "es"; without it, the one that their words tell
        #[arg(long, value_name = "TAG")]
        locale: Option<String>,
        /// Examples, JSON lines
        file: PathBuf,
    },
    /// Intents
    #[command(subcommand)]
    Intents(IntentsCommand),
    /// Things that the site sells
    #[command(subcommand)]
    Items(ItemsCommand),
    /// Leads
    #[command(subcommand)]
    Leads(LeadsCommand),
    /// Show what waits to be delivered and what was given up, or try that again
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Example:\n  sidedoor outbox\n  sidedoor outbox --failed --json\n  sidedoor outbox retry 019ab3f2-7c1e-7000-8000-5f0c9b1e2a3d"
    )]
    Outbox {
        /// Only what was given up
        #[arg(long)]
        failed: bool,
        /// Print an array of objects
        #[arg(long)]
        json: bool,
        #[command(subcommand)]
        command: Option<OutboxCommand>,
    },
    /// Who may answer visitors
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Try each dependency for real: database, mail server, intents, ports, DNS
    #[command(after_help = "Example:\n  sidedoor doctor\n  sidedoor doctor --send-to me@shop.example")]
    Doctor {
        /// Send a test mail to this address
        #[arg(long, value_name = "ADDR")]
        send_to: Option<String>,
    },
    /// Copy the database to a file while the server runs
    #[command(after_help = "Example:\n  sidedoor backup sidedoor-2026-11-23.backup")]
    Backup {
        /// The file to write; must not exist
        file: PathBuf,
    },
    /// Restore a backup into an empty database
    #[command(
        after_help = "Example:\n  sidedoor restore sidedoor-2026-11-23.backup\n\nStop the server first. The configured database must not exist, or be empty."
    )]
    Restore {
        /// A file that `sidedoor backup` wrote
        file: PathBuf,
        /// Send the mails that were waiting when the backup was taken, even if some may arrive twice
        #[arg(long)]
        send_unsent: bool,
    },
    /// Delete everything about a person, for good
    #[command(after_help = "Example:\n  sidedoor erase --subject ana@example.com")]
    Erase {
        /// The person's email address
        #[arg(long, value_name = "EMAIL")]
        subject: String,
    },
    /// Print everything about a person as JSON
    #[command(after_help = "Example:\n  sidedoor export --subject ana@example.com > ana.json")]
    Export {
        /// The person's email address
        #[arg(long, value_name = "EMAIL")]
        subject: String,
    },
}

#[derive(Subcommand)]
enum IntentsCommand {
    /// Show what visitors asked and the bot missed, and write a page with it: also which intents are confused
    #[command(
        after_help = "Example:\n  sidedoor intents report --file intents.html\n  sidedoor intents report --site acme --days 7\n\n\
        Prints the missed questions, alike ones together, the commonest first, each with a line to paste into the\n\
        examples of an intent. The page holds the same, and what the examples look like to a model that has not\n\
        seen them. A question that is understood since an intent was added is not listed any more."
    )]
    Report {
        /// The site's id [default: the first one]
        #[arg(long, value_name = "ID")]
        site: Option<String>,
        /// Where to write the page
        #[arg(long, value_name = "FILE", default_value = "intents-report.html")]
        file: PathBuf,
        /// How many days back to look for missed questions
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
    },
}

#[derive(Subcommand)]
enum ItemsCommand {
    /// Write items.toml from a product export, a product feed or product pages; run it again to refresh
    #[command(
        after_help = "Example:\n  sidedoor items import products_export.csv --currency EUR\n  sidedoor items import https://your-shop.com/products/fig-leaf --dry-run\n\n\
        SOURCE is Shopify's product export (CSV), Google's product feed (CSV, TSV or XML), or a page with\nJSON-LD; an address must be https and on one of the site's origins. An export or a feed replaces what\nwas imported before; pages are put beside it. What you wrote yourself stays: keep it in another file,\nwhere an [[item]] of the same name adds to the imported one."
    )]
    Import {
        /// Files or addresses
        #[arg(required = true, value_name = "SOURCE")]
        sources: Vec<String>,
        /// The site's id [default: the first one]
        #[arg(long, value_name = "ID")]
        site: Option<String>,
        /// The currency of prices that name none, such as EUR
        #[arg(long, value_name = "CODE")]
        currency: Option<String>,
        /// Print what would be written, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// Write even if the file was changed by hand
        #[arg(long)]
        overwrite: bool,
    },
}

#[derive(Subcommand)]
enum LeadsCommand {
    /// Print the leads
    #[command(
        after_help = "Example:\n  sidedoor leads export --since 2026-11-01 > leads.csv\n  sidedoor leads export --site acme --format json"
    )]
    Export {
        /// Only this site's
        #[arg(long, value_name = "ID")]
        site: Option<String>,
        /// How
        #[arg(long, default_value = "csv")]
        format: leads::Format,
        /// Only those saved on or after this day (UTC), such as 2026-11-01
        #[arg(long, value_name = "DATE")]
        since: Option<String>,
        /// Those that were kept aside instead: forms whose hidden field was filled in
        #[arg(long)]
        held: bool,
    },
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Make somebody a member; prints and mails their first sign-in link
    #[command(
        after_help = "Example:\n  sidedoor staff add ana@shop.example --owner\n  sidedoor staff add \"Ben <ben@shop.example>\" --role agent --site acme"
    )]
    Add {
        /// Their address, with or without a name
        address: String,
        /// What they may do: a reader looks, an agent answers, an owner does everything
        #[arg(long, value_name = "ROLE", default_value = "agent")]
        role: RoleName,
        /// The same as --role owner
        #[arg(long, conflicts_with = "role")]
        owner: bool,
        /// Only on this site [default: all of them]
        #[arg(long, value_name = "ID")]
        site: Option<String>,
    },
    /// Show who is a member
    #[command(after_help = "Example:\n  sidedoor staff list")]
    List,
    /// Take all rights back, or the links to one conversation
    #[command(
        after_help = "Example:\n  sidedoor staff revoke ana@shop.example\n  sidedoor staff revoke ana@shop.example --conversation 019ab3f2-7c1e-7000-8000-5f0c9b1e2a3d"
    )]
    Revoke {
        /// Their address
        address: String,
        /// Only the links to this conversation
        #[arg(long, value_name = "ID")]
        conversation: Option<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleName {
    /// Does everything
    Owner,
    /// Answers
    Agent,
    /// Looks
    Reader,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Agent => Self::Agent,
            RoleName::Reader => Self::Reader,
        }
    }
}

#[derive(Subcommand)]
enum OutboxCommand {
    /// Try again what was given up, for another five days
    #[command(
        after_help = "Example:\n  sidedoor outbox retry 019ab3f2-7c1e-7000-8000-5f0c9b1e2a3d\n  sidedoor outbox retry --all"
    )]
    Retry {
        /// The tasks' ids, as `sidedoor outbox --failed` shows them
        #[arg(value_name = "ID", required_unless_present = "all")]
        ids: Vec<String>,
        /// Everything that was given up
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EncoderName {
    /// Built in
    Static,
    /// all-MiniLM-L6-v2; needs a build with the feature `bert`
    Bert,
}

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
