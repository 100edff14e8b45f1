//! Email addresses: parsed once, kept as typed, compared in one form.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The longest address that mail can carry (RFC 5321, 4.5.3.1.3, without the angle brackets).
const MAX_BYTES: usize = 254;

/// The longest part before the `@` (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// An address that mail can be sent to: `local@domain.tld`, unquoted, no address literal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress {
    typed: String,
    normalised: String,
}

/// Why a text is no address that mail can be sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an email address such as name@example.com")]
pub struct InvalidEmail;

impl EmailAddress {
    /// Reads an address; space around it and a `mailto:` before it are dropped.
    ///
    /// # Errors
    /// [`InvalidEmail`] for what cannot be mailed to from anywhere: `a@localhost`, `a@[127.0.0.1]`, quoted local parts.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let typed = text.trim().trim_start_matches("mailto:").trim();
        let (local, domain) = typed.rsplit_once('@').ok_or(InvalidEmail)?;
        if typed.len() > MAX_BYTES || local.len() > MAX_LOCAL_BYTES || !is_local(local) {
            return Err(InvalidEmail);
        }
        let domain: String = domain.nfc().collect::<String>().to_lowercase();
        let ascii = idna::domain_to_ascii_strict(&domain).map_err(|_| InvalidEmail)?;
        if !is_domain(&ascii) {
            return Err(InvalidEmail);
        }
        let local: String = local.nfc().collect::<String>().to_lowercase();
        Ok(Self {
            typed: typed.to_owned(),
            normalised: format!("{local}@{ascii}"),
        })
    }

    /// As the visitor typed it.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// For comparison: lower case, NFC, the domain in its ASCII form.
    pub fn normalised(&self) -> &str {
        &self.normalised
    }

    /// The part after the `@`, lower case, in its ASCII form.
    pub fn domain(&self) -> &str {
        self.normalised
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
    }
}

/// A dot-atom (RFC 5322, 3.2.3) or its international form (RFC 6531).
fn is_local(local: &str) -> bool {
    !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| {
            c.is_ascii_alphanumeric()
                || "!#$%&'*+-/=?^_`{|}~.".contains(c)
                || (!c.is_ascii() && c.is_alphanumeric())
        })
}

/// Two labels at least, the last of which is not a number: a name, not an address literal.
fn is_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    labels.len() >= 2
        && domain.len() <= 253
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        && labels
            .last()
            .is_some_and(|last| last.len() >= 2 && last.bytes().any(|b| b.is_ascii_alphabetic()))
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.typed == other.typed
    }
}

impl Eq for EmailAddress {}

impl TryFrom<String> for EmailAddress {
    type Error = InvalidEmail;

    fn try_from(text: String) -> Result<Self, InvalidEmail> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> String {
        email.typed
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.typed)
    }
}
