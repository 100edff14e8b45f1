//! Plain HTML forms: a lead without a conversation.

use super::input::NotTaken;
use super::{Desk, followups};
use crate::config::Site;
use crate::model::FormLead;
use crate::store;

impl Desk {
    /// The country whose phone numbers need no prefix on a site.
    #[must_use]
    pub fn region(&self, site: &Site) -> Option<String> {
        self.understand.site_intents(&site.id).and_then(|intents| intents.profile.region.clone())
    }

    /// Stores the lead of a plain HTML form, with a mail to each of the site's staff; without, where it is kept aside.
    ///
    /// # Errors
    ///
    /// [`NotTaken::Unavailable`]; nothing was stored.
    pub async fn save_form_lead(&self, site: &Site, form: FormLead) -> Result<(), NotTaken> {
        let tasks = followups::of_form(site, &form, &self.config.smtp.from);
        let saved = store::leads::save(&self.store, &form, &tasks).await;
        saved.map_err(|error| NotTaken::Unavailable(error.to_string()))?;
        if form.is_held {
            self.metrics.leads_held.inc();
            tracing::info!(
                site.id = %site.id,
                "a form whose hidden field was filled in is kept aside; see `sidedoor leads export --held`"
            );
        }
        Ok(())
    }
}
