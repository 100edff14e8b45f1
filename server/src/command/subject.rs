//! `sidedoor export` and `sidedoor erase`: what the law lets a person ask for.

use std::path::Path;

use sidedoor::clock::Clock;
use sidedoor::store::{Store, subjects};
use sidedoor_dialogue::EmailAddress;

use super::output::say;
use super::{Failure, Outcome, load_config, runtime};

pub(super) fn export(config: Option<&Path>, subject: &str) -> Outcome {
    let config = load_config(config)?.config;
    let email = address(subject)?;
    runtime()?.block_on(async {
        let store = Store::open(&config.database_url, Clock::system()).await?;
        let record = subjects::export(&store, email.normalised()).await?;
        say!("{}", serde_json::to_string_pretty(&record)?);
        Ok(())
    })
}

pub(super) fn erase(config: Option<&Path>, subject: &str) -> Outcome {
    let config = load_config(config)?.config;
    let email = address(subject)?;
    runtime()?.block_on(async {
        let store = Store::open(&config.database_url, Clock::system()).await?;
        let erased = subjects::erase(&store, email.normalised()).await?;
        say!(
            "deleted {} conversations, {} leads of plain forms and {} mails; blotted the address out of {} other rows",
            erased.conversations,
            erased.leads,
            erased.tasks,
            erased.mentions
        );
        Ok(())
    })
}

fn address(text: &str) -> Result<EmailAddress, Failure> {
    EmailAddress::parse(text).map_err(|_| Failure::new(format!("\"{text}\" is no email address")))
}
