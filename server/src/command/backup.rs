//! `sidedoor backup` and `sidedoor restore`: a consistent copy of the database, and back.

use std::path::Path;

use sidedoor::clock::Clock;
use sidedoor::store::Store;
use sidedoor::store::backup::{self, Unsent};

use super::output::say;
use super::{Failure, Outcome, load_config, runtime};

pub(super) fn save(config: Option<&Path>, file: &Path) -> Outcome {
    let config = load_config(config)?.config;
    runtime()?.block_on(async {
        let store = Store::open(&config.database_url, Clock::system()).await?;
        backup::save(&store, file).await?;
        say!("{} holds a copy of the database", file.display());
        Ok(())
    })
}

pub(super) fn restore(config: Option<&Path>, file: &Path, send_unsent: bool) -> Outcome {
    let config = load_config(config)?.config;
    if !file.is_file() {
        return Err(Failure::new(format!("{} is not there; name a file that `sidedoor backup` wrote", file.display())));
    }
    runtime()?.block_on(async {
        let unsent = if send_unsent { Unsent::Send } else { Unsent::Hold };
        let restored = backup::restore(file, &config.database_url, unsent, &Clock::system()).await?;
        say!("restored {} conversations and {} leads from {}", restored.conversations, restored.leads, file.display());
        if restored.held > 0 {
            say!("{} mails were waiting when the backup was taken and may have been sent since; they are held, see `sidedoor doctor`", restored.held);
        }
        Ok(())
    })
}
