//! Which email addresses are written to, with or without a name: stricter than the grammar, since visitors type them.

use std::fmt;

use sidedoor_dialogue::EmailAddress;

/// Longest local part, in octets (RFC 5321 §4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Longest address that fits a path of 256 octets with its angle brackets (RFC 5321 §4.5.3.1.3).
const MAX_ADDRESS: usize = 254;

/// An address that mail can be sent to and that is safe in a header and in a `mailto:` link.
///
/// Plain ASCII before the `@` (no quotes, no comments), a domain with a dot after it; an international domain is kept in its
/// ASCII form. `a@localhost`, `a@[127.0.0.1]` and `"<img src=x>"@x.example`, all grammatical, are refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    local: String,
    domain: String,
}

/// Why something is not an address that we write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is no `@`, or nothing before or after it.
    #[error("an email address looks like name@domain.example")]
    Shape,
    /// The part before the `@`.
    #[error("the part before the @ holds a character that mail servers refuse, or is longer than 64 characters")]
    Local,
    /// The part after the `@`.
    #[error("the part after the @ is not the name of a mail domain, such as acme.example")]
    Domain,
}

impl Address {
    /// Reads `text`, with or without white space around it: an address as visitors' are read, that mail servers take as well.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Shape)?;
        if local.is_empty() || domain.is_empty() {
            return Err(AddressError::Shape);
        }
        if local.len() > MAX_LOCAL || !local.split('.').all(is_atom) {
            return Err(AddressError::Local);
        }
        let read = EmailAddress::parse(text).map_err(|_| AddressError::Domain)?;
        if local.len() + 1 + read.domain().len() > MAX_ADDRESS {
            return Err(AddressError::Domain);
        }
        Ok(Self { local: local.to_owned(), domain: read.domain().to_owned() })
    }

    /// The part after the `@`, in ASCII and lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The part before the `@`, as typed.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// `mailto:` with every character escaped that means something in a link.
    #[must_use]
    pub fn mailto(&self) -> String {
        const KEPT: &percent_encoding::AsciiSet =
            &percent_encoding::NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_').remove(b'~');
        format!("mailto:{}@{}", percent_encoding::utf8_percent_encode(&self.local, KEPT), self.domain)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

/// An address, and whose it is: `Ana <ana@acme.example>`, or the address alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name; empty where none is given.
    pub name: String,
    /// The address.
    pub address: Address,
}

impl Mailbox {
    /// Reads `Ana <ana@acme.example>`, `"Ana, sales" <ana@acme.example>` or `ana@acme.example`.
    ///
    /// # Errors
    ///
    /// What is wrong with the address.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let (name, address) = match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
            None => ("", text),
        };
        Ok(Self { name: name.to_owned(), address: Address::parse(address)? })
    }
}

/// RFC 5322's `atext`.
fn is_atom(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
}

/// A phone number in E.164 (`+` and 7 to 15 digits), as a `tel:` link; nothing for anything else.
#[must_use]
pub fn tel(phone: &str) -> Option<String> {
    let digits = phone.trim().strip_prefix('+')?;
    let is_number = (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("tel:+{digits}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_people_have_are_taken() {
        for (typed, kept) in [
            ("ana@acme.example", "ana@acme.example"),
            (" Ana.Perez+shop@Mail.Acme.EXAMPLE ", "Ana.Perez+shop@mail.acme.example"),
            ("o'hara@x-y.example", "o'hara@x-y.example"),
            ("ana@münchen.example", "ana@xn--mnchen-3ya.example"),
        ] {
            assert_eq!(Address::parse(typed).map(|address| address.to_string()), Ok(kept.to_owned()), "{typed}");
        }
    }

    #[test]
    fn addresses_that_are_only_grammatical_are_refused() {
        for typed in [
            "",
            "ana",
            "@acme.example",
            "ana@",
            "a@localhost",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a@0x7f.1",
            "\"<img src=x>\"@x.example",
            "a b@x.example",
            "a..b@x.example",
            ".a@x.example",
            "ü@x.example",
            "a@x.example\r\nBcc: b@y.example",
            "a\0@x.example",
            "a@-x.example",
            "a@x_y.example",
            "a@x..example",
            "a@b@[::1]",
            "mailto:ana@acme.example",
            "josé@acme.example",
            "Ana <ana@acme.example>",
        ] {
            assert!(Address::parse(typed).is_err(), "{typed:?}");
        }
        assert!(Address::parse(&format!("{}@x.example", "a".repeat(65))).is_err());
        assert!(Address::parse(&format!("a@{}example", "long.".repeat(60))).is_err());
    }

    #[test]
    fn a_mailbox_has_an_address_and_perhaps_a_name() {
        for (typed, name, address) in [
            ("Ana <ana@acme.example>", "Ana", "ana@acme.example"),
            ("\"Ana, sales\" <ana@acme.example>", "Ana, sales", "ana@acme.example"),
            (" <ana@ACME.example> ", "", "ana@acme.example"),
            ("ana@acme.example", "", "ana@acme.example"),
        ] {
            let mailbox = Mailbox::parse(typed).expect("an address stands in it");

            assert_eq!((mailbox.name.as_str(), mailbox.address.to_string().as_str()), (name, address));
        }
        for typed in ["Ana", "Ana <>", "Ana <ana>", "Ana <josé@acme.example>", "<mailto:ana@acme.example>"] {
            assert!(Mailbox::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn links_carry_nothing_but_the_address() {
        let address = Address::parse("a?bcc=b&x#y@x.example").expect("grammatical");

        assert_eq!(address.mailto(), "mailto:a%3Fbcc%3Db%26x%23y@x.example");
        assert_eq!(tel("+34600111222").as_deref(), Some("tel:+34600111222"));
        assert_eq!(tel("+34600111222;ext=1"), None);
        assert_eq!(tel("javascript:alert(1)"), None);
    }
}
