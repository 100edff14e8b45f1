//! What a job works with: where to load from, the sites, the ways out.

use crate::channel::{Channels, Outcome};
use crate::config::{Config, Site};
use crate::model::Lead;
use crate::staff::Staff;
use crate::store::{Store, StoreError};

/// Lent to a job for one try.
pub(super) struct Tools<'a> {
    pub store: &'a Store,
    pub channels: &'a Channels,
    pub config: &'a Config,
    pub labels: &'a Labels,
    pub staff: &'a Staff,
}

/// What an intent of a site is called in the site's own language, where the site knows the intent.
pub type Labels = dyn Fn(&Site, &str) -> Option<String> + Send + Sync;

impl Tools<'_> {
    /// A lead that names its topics as people do: `Wholesale` instead of `wholesale.quote`.
    pub fn labelled(&self, site: &Site, mut lead: Lead) -> Lead {
        for intent in &mut lead.intents {
            *intent = (self.labels)(site, intent).unwrap_or_else(|| intent.replace(['.', '_', '-'], " "));
        }
        lead
    }
}

impl<'a> Tools<'a> {
    /// The site that a task is about. One that was taken out of the configuration may come back.
    pub fn site(&self, id: &str) -> Result<&'a Site, Outcome> {
        self.config.site(id).ok_or_else(|| {
            Outcome::retry(format!("site {id:?} is not in the configuration; put it back to have its mail sent"))
        })
    }
}

/// A database that is away comes back; a row that cannot be read stays so.
pub(super) fn unread(error: StoreError) -> Outcome {
    match error {
        StoreError::Unavailable(_) => Outcome::retry(error.to_string()),
        StoreError::Corrupt { .. } => Outcome::reject(error.to_string()),
    }
}
