//! What can be asked for: commands, their options, and the examples in their help.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use sidedoor::model::Role;

use super::leads;

/// The chat that stays up when the platform's DMs are down.
#[derive(Parser)]
#[command(name = "sidedoor", version, about, long_about = None, max_term_width = 100, arg_required_else_help = true)]
pub(super) struct Arguments {
    /// The configuration [default: ./sidedoor.toml, then /etc/sidedoor/sidedoor.toml]
    #[arg(long, global = true, value_name = "FILE", env = "SIDEDOOR_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// How the log looks on standard error
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", env = "SIDEDOOR_LOG_FORMAT")]
    pub(super) log_format: LogFormat,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum LogFormat {
    /// For people
    Text,
    /// One object a line, for programs
    Json,
}

#[derive(Subcommand)]
pub(super) enum Command {
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
pub(super) enum IntentsCommand {
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
pub(super) enum ItemsCommand {
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
pub(super) enum LeadsCommand {
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
pub(super) enum StaffCommand {
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
pub(super) enum RoleName {
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
pub(super) enum OutboxCommand {
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
pub(super) enum EncoderName {
    /// Built in
    Static,
    /// all-MiniLM-L6-v2; needs a build with the feature `bert`
    Bert,
}
