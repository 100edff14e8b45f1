//! The ways out of the building: what a channel is given to deliver, and what it says became of it.

pub mod clean;
pub mod email;
pub mod letter;
pub mod line;
pub mod mail;
pub mod sms;
pub mod twilio;
pub mod whatsapp;

use crate::config::Config;
pub use crate::model::address;

/// The ways out, made from the configuration.
pub struct Channels {
    /// Mail to staff.
    pub email: email::Email,
}

/// A channel cannot be used as configured: names the key and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(crate) String);

impl Channels {
    /// Reads the keys that the channels need; opens no connection.
    ///
    /// # Errors
    ///
    /// The first key that cannot be used.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        Ok(Self { email: email::Email::new(&config.smtp, &config.public_url)? })
    }
}

/// What became of one try to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has taken it.
    Sent,
    /// Not taken now, or nobody can tell whether it was taken: try again, with the same Message-ID.
    Retry {
        /// Why, in words for the operator; one line, addresses masked.
        why: String,
    },
    /// Refused for good: another try would end the same way.
    Reject {
        /// Why, in words for the operator; one line, addresses masked.
        why: String,
    },
}

impl Outcome {
    /// A retry, with its reason made fit for a log.
    pub(crate) fn retry(why: impl AsRef<str>) -> Self {
        Self::Retry { why: clean::for_log(why.as_ref()) }
    }

    /// A rejection, with its reason made fit for a log.
    pub(crate) fn reject(why: impl AsRef<str>) -> Self {
        Self::Reject { why: clean::for_log(why.as_ref()) }
    }
}
