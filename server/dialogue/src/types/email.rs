//! Email addresses: parsed once, kept as typed, compared in one form.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The longest address that mail can carry (RFC 5321, 4.5.3.1.3, without the angle brackets).
const MAX_BYTES: usize = 254;

/// The longest part before the `@` (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;

/// Where anybody gets an address.
const FREE_MAIL: [&str; 30] = [
    "gmail.com",
    "googlemail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "mail.com",
    "email.com",
    "ymail.com",
    "rocketmail.com",
    "protonmail.com",
    "proton.me",
    "pm.me",
    "tutanota.com",
    "fastmail.com",
    "zoho.com",
    "web.de",
    "t-online.de",
    "freenet.de",
    "orange.fr",
    "free.fr",
    "laposte.net",
    "wanadoo.fr",
    "libero.it",
    "virgilio.it",
    "uol.com.br",
    "bol.com.br",
    "sapo.pt",
    "qq.com",
    "163.com",
];

/// Brands with a domain in many countries: `yahoo.co.uk`, `hotmail.es`, `gmx.net`.
const FREE_MAIL_BRANDS: [&str; 7] = ["yahoo", "hotmail", "outlook", "live", "msn", "gmx", "yandex"];

/// Domains that are mistyped often enough, and long enough, for a near miss to be a slip.
const MISTYPED: [&str; 20] = [
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "googlemail.com",
    "protonmail.com",
    "t-online.de",
    "freenet.de",
    "orange.fr",
    "wanadoo.fr",
    "laposte.net",
    "libero.it",
    "virgilio.it",
    "uol.com.br",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "hotmail.de",
    "hotmail.co.uk",
];

/// What `.com` becomes under a hasty thumb; none of these ends a domain.
const COM_SLIPS: [&str; 10] = ["con", "comm", "cmo", "ocm", "vom", "xom", "cpm", "coom", "copm", "cim"];

/// Ends of a brand's domain that belong to a country which the brand does not serve, or to none.
const BRAND_SLIPS: [&str; 4] = ["co", "cm", "om", "c"];

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
        Ok(Self { typed: typed.to_owned(), normalised: format!("{local}@{ascii}") })
    }

    /// As the visitor typed it.
    pub fn as_str(&self) -> &str {
        &self.typed
    }

    /// For comparison: lower case, NFC, the domain in its ASCII form.
    pub fn normalised(&self) -> &str {
        &self.normalised
    }

    /// Whether the address is a company's own, as far as its domain tells: neither free mail nor a slip of it.
    pub fn is_company(&self) -> bool {
        !self.is_free_mail() && self.suggestion().is_none()
    }

    /// Whether the domain is one where anybody gets an address, so that it says nothing of a company.
    pub fn is_free_mail(&self) -> bool {
        let domain = self.domain();
        FREE_MAIL.contains(&domain)
            || FREE_MAIL_BRANDS.iter().any(|brand| domain.strip_prefix(brand).is_some_and(|rest| rest.starts_with('.')))
    }

    /// The address that was probably meant, where the domain is a slip of a well-known one: `ana@gmial.com` → `ana@gmail.com`.
    pub fn suggestion(&self) -> Option<EmailAddress> {
        let domain = self.domain();
        let (name, end) = domain.rsplit_once('.')?;
        let is_brand = FREE_MAIL_BRANDS.contains(&name) || name == "gmail";
        let com = (COM_SLIPS.contains(&end) || (is_brand && BRAND_SLIPS.contains(&end))).then(|| format!("{name}.com"));
        if com.is_none() && self.is_free_mail() {
            return None;
        }
        let as_com = com.as_deref().unwrap_or(domain);
        // One slip; two only in names so long that a real neighbour is unlikely.
        let near = MISTYPED
            .into_iter()
            .map(|known| (strsim::osa_distance(as_com, known), known))
            .filter(|&(distance, known)| distance <= 1 || (distance == 2 && known.len() >= 10))
            .min();
        let meant = near.map(|(_, known)| known).or(com.as_deref()).filter(|meant| *meant != domain)?;
        let (local, _) = self.typed.rsplit_once('@')?;
        EmailAddress::parse(&format!("{local}@{meant}")).ok()
    }

    /// The part after the `@`, lower case, in its ASCII form.
    pub fn domain(&self) -> &str {
        self.normalised.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// A dot-atom (RFC 5322, 3.2.3) or its international form (RFC 6531).
fn is_local(local: &str) -> bool {
    !local.is_empty()
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| {
            c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c) || (!c.is_ascii() && c.is_alphanumeric())
        })
}

/// Two labels at least, the last of which has letters only: a name, not an address literal.
fn is_domain(domain: &str) -> bool {
    let labels: Vec<&str> = domain.split('.').collect();
    labels.len() >= 2
        && domain.len() <= 253
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        && labels.last().is_some_and(|last| {
            last.starts_with("xn--") || (last.len() >= 2 && last.bytes().all(|b| b.is_ascii_alphabetic()))
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_its_spelling_and_compares_in_one_form() {
        let email = EmailAddress::parse(" Ana.López@Bücher.Example ").unwrap();

        assert_eq!(email.as_str(), "Ana.López@Bücher.Example");
        assert_eq!(email.normalised(), "ana.lópez@xn--bcher-kva.example");
    }

    #[test]
    fn what_cannot_be_mailed_to_from_anywhere_is_refused() {
        for text in [
            "ana",
            "ana@",
            "@acme.example",
            "a@localhost",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "\"<img src=x>\"@x.test",
            "a b@x.test",
            "a..b@x.test",
            ".a@x.test",
            "a@x..test",
            "a@-x.test",
            "a@x.test\r\nBcc: b@x.test",
            "a@x.t",
        ] {
            assert!(EmailAddress::parse(text).is_err(), "{text:?}");
        }
        assert!(EmailAddress::parse(&format!("{}@x.test", "a".repeat(65))).is_err());
    }

    #[test]
    fn a_slip_in_a_well_known_domain_is_pointed_out() {
        let suggestion = |text| EmailAddress::parse(text).unwrap().suggestion().map(String::from);

        assert_eq!(suggestion("ana@gmial.com").as_deref(), Some("ana@gmail.com"));
        assert_eq!(suggestion("ana@gmail.con").as_deref(), Some("ana@gmail.com"));
        assert_eq!(suggestion("ana@hotmial.co").as_deref(), Some("ana@hotmail.com"));
        assert_eq!(suggestion("ana@hotmail.con").as_deref(), Some("ana@hotmail.com"));
        assert_eq!(suggestion("ana@yahoo.co").as_deref(), Some("ana@yahoo.com"));
        assert_eq!(suggestion("ana@acme.con").as_deref(), Some("ana@acme.com"));
        assert_eq!(suggestion("ana@orage.fr").as_deref(), Some("ana@orange.fr"));
        for text in ["ana@gmail.com", "ana@mail.com", "ana@hotmail.it", "ana@yahoo.co.uk", "ana@acme.example"] {
            assert_eq!(suggestion(text), None, "{text}");
        }
    }
}
