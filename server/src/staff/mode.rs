//! What the configuration says of the door by link.

use super::office::Staff;
use crate::config::LinkMode;

impl Staff {
    pub(super) fn link_mode(&self) -> LinkMode {
        self.config.staff.link
    }

    /// An address on this server, as people outside reach it.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.config.public_url.trim_end_matches('/'))
    }
}
