//! `sidedoor doctor`: tries each dependency for real, and says what to do where one fails.

use std::net::SocketAddr;
use std::path::Path;

use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;
use sidedoor::channel::email;
use sidedoor::clock::Clock;
use sidedoor::config::{Config, Smtp};
use sidedoor::store::{self, Store};
use sidedoor::understand::{self, SiteIntents, Trainer};
use tokio::net::TcpListener;

use super::output::say;
use super::{Failure, Outcome, load_config, placeholders, runtime, without_secret};

/// How many given-up mails are shown.
const MOST_FAILED: usize = 10;

pub(super) fn doctor(path: Option<&Path>, send_to: Option<&str>) -> Outcome {
    let loaded = load_config(path)?;
    match &loaded.file {
        Some(file) => say!("ok       configuration: {}", file.display()),
        None => say!("ok       configuration: none, the demo site runs"),
    }
    let config = loaded.config;
    let failed = runtime()?.block_on(async {
        let mut report = Report::default();
        database(&config, &mut report).await;
        mail(&config, send_to, &mut report).await;
        intents(&config, &mut report);
        placeholders(&config, &report);
        ports(&config, &mut report).await;
        sender_records(&config.smtp, &mut report).await;
        report.failed
    });
    match failed {
        0 => Ok(()),
        1 => Err(Failure::new("1 thing needs your attention")),
        more => Err(Failure::new(format!("{more} things need your attention"))),
    }
}

/// One line for each thing that was tried.
#[derive(Default)]
struct Report {
    failed: usize,
}

impl Report {
    fn ok(&self, what: &str, found: impl std::fmt::Display) {
        say!("ok       {what}: {found}");
    }

    fn note(&self, what: &str, found: impl std::fmt::Display) {
        say!("note     {what}: {found}");
    }

    /// Runs, but not as it should for visitors.
    fn warn(&self, what: &str, found: impl std::fmt::Display) {
        say!("warning  {what}: {found}");
    }

    fn fail(&mut self, what: &str, found: impl std::fmt::Display) {
        self.failed += 1;
        say!("FAILED   {what}: {found}");
    }
}

async fn database(config: &Config, report: &mut Report) {
    let store = match Store::open(&config.database_url, Clock::system()).await {
        Ok(store) => store,
        Err(error) => return report.fail("database", Failure::from(error).0),
    };
    match store.ping().await {
        Ok(()) => report.ok("database", without_secret(&config.database_url)),
        Err(error) => report.fail("database", Failure::from(error).0),
    }
    match store::outbox::failed(&store, MOST_FAILED).await {
        Ok(failed) if failed.is_empty() => {}
        Ok(failed) => {
            for task in &failed {
                report.fail(
                    "outbox",
                    format!(
                        "{} was given up after {} tries: {}; try again with `sidedoor outbox retry {0}`",
                        task.id, task.attempts, task.error
                    ),
                );
            }
        }
        Err(error) => report.fail("outbox", Failure::from(error).0),
    }
}

async fn mail(config: &Config, send_to: Option<&str>, report: &mut Report) {
    let checked = email::check(&config.smtp, &config.public_url, send_to, &Clock::system()).await;
    for done in &checked.done {
        report.ok("mail", done);
    }
    if let Some(fault) = &checked.fault {
        report.fail("mail", fault);
    }
}

fn intents(config: &Config, report: &mut Report) {
    let trainer = Trainer::new(config);
    report.ok("encoder", trainer.describe());
    for site in &config.sites {
        let site_intents =
            understand::files_of(config, site).and_then(|files| SiteIntents::build(site, &files, &trainer));
        match site_intents {
            Ok(site_intents) => {
                let failed = site_intents.failed_tests().len();
                let found = format!(
                    "{} intents, {failed} of {} tests fail",
                    site_intents.intents.len(),
                    site_intents.intents.tests().len()
                );
                if failed == 0 {
                    report.ok(&format!("site {}", site.id), found)
                } else {
                    report.fail(&format!("site {}", site.id), format!("{found}; see `sidedoor check`"))
                }
            }
            Err(error) => report.fail(&format!("site {}", site.id), error),
        }
        if site.staff.is_empty() {
            report.note(&format!("site {}", site.id), "no staff: nobody is written to; add addresses to \"staff\"");
        }
    }
}

fn placeholders(config: &Config, report: &Report) {
    for (place, found) in placeholders::left_in(config) {
        report.warn(&place, found);
    }
}

async fn ports(config: &Config, report: &mut Report) {
    for (key, listen) in [("listen", Some(&config.listen)), ("metrics_listen", config.metrics_listen.as_ref())] {
        let Some(address) = listen.and_then(|listen| listen.parse::<SocketAddr>().ok()) else { continue };
        match TcpListener::bind(address).await {
            Ok(_) => report.ok(key, format!("{address} is free")),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                report.note(key, format!("{address} is in use; that is right if the server runs"));
            }
            Err(error) => report.fail(key, format!("{address} cannot be listened on: {error}")),
        }
    }
}

/// The DNS records by which receivers judge whether mail from the sender's domain is genuine.
async fn sender_records(smtp: &Smtp, report: &mut Report) {
    let Some(domain) = smtp.from.rsplit_once('@').map(|(_, domain)| domain.trim_end_matches('>').trim().to_owned())
    else {
        return;
    };
    if smtp.url.starts_with("file:") {
        return report.note("DNS", "not asked, since mail is written to files");
    }
    let resolver = match TokioResolver::builder_tokio().and_then(|builder| builder.build()) {
        Ok(resolver) => resolver,
        Err(error) => return report.note("DNS", format!("cannot be asked: {error}")),
    };
    let wanted = [
        ("SPF", domain.clone(), "v=spf1", "publish a TXT record that lists your mail relay"),
        ("DMARC", format!("_dmarc.{domain}"), "v=DMARC1", "publish a TXT record such as \"v=DMARC1; p=none\""),
    ];
    for (name, host, begins, remedy) in wanted {
        match texts(&resolver, &host).await {
            Ok(texts) => match texts.iter().find(|text| text.starts_with(begins)) {
                Some(text) => report.ok(name, text),
                None => report.note(name, format!("{host} has no record that begins with {begins}; {remedy}")),
            },
            Err(error) => report.note(name, format!("{host} could not be looked up: {error}")),
        }
    }
    report.note(
        "DKIM",
        "signed by your relay; send yourself a test mail with --send-to and look for dkim=pass in its headers",
    );
}

async fn texts(resolver: &TokioResolver, host: &str) -> Result<Vec<String>, String> {
    match resolver.txt_lookup(format!("{host}.")).await {
        Ok(found) => Ok(found
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::TXT(text) => Some(text.to_string()),
                _ => None,
            })
            .collect()),
        Err(error) if error.is_no_records_found() => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}
