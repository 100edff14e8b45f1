//! What a form asks for and how to answer: its fields read into a lead.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use sidedoor_dialogue::EmailAddress;

use super::fields::Fields;
use super::words::Words;
use crate::clock::Millis;
use crate::config::Site;
use crate::id::LeadId;
use crate::model::{Consent, FormLead, Lead, Page};

const MAX_MESSAGE_CHARS: usize = 4_000;
const MAX_NAME_CHARS: usize = 200;
const MAX_WORDING_CHARS: usize = 500;
/// Fields beyond those that are known by name; enough for a long order form.
const MAX_OTHER: usize = 40;
const MAX_OTHER_NAME_CHARS: usize = 64;
const MAX_OTHER_CHARS: usize = 1_000;
/// What a ticked box says: a browser's own `on`, and what pages commonly write into `value`.
const TICKED: [&str; 5] = ["on", "yes", "true", "1", "checked"];
/// The field that people do not see; robots fill it in, and password managers at times.
const HONEYPOT: &str = "website";
/// Fields that stand in a column of their own, or are read in passing.
const KNOWN: [&str; 10] =
    ["email", "phone", "name", "company", "budget", "message", "consent", "consent_wording", "page", HONEYPOT];
const DAY_MS: Millis = 24 * 60 * 60 * 1000;

/// A form's words, parsed.
pub(super) struct Inquiry {
    email: Option<EmailAddress>,
    phone: Option<String>,
    name: Option<String>,
    company: Option<String>,
    budget: Option<String>,
    message: Option<String>,
    /// Everything else, by the form's own names.
    other: BTreeMap<String, String>,
    wording: String,
    /// The hidden field is filled in.
    is_held: bool,
}

impl Inquiry {
    /// # Errors
    ///
    /// By field, what is wrong with it, in these words.
    pub fn read(fields: &Fields, region: Option<&str>, words: &Words) -> Result<Self, BTreeMap<String, String>> {
        let mut reasons = BTreeMap::new();
        let mut text = |name: &'static str, most: usize| {
            let value = fields.get(name)?;
            if value.chars().count() > most {
                reasons.insert(name.to_owned(), words.longer(most));
            }
            Some(value.to_owned())
        };
        let name = text("name", MAX_NAME_CHARS);
        let company = text("company", MAX_NAME_CHARS);
        let budget = text("budget", MAX_NAME_CHARS);
        let message = text("message", MAX_MESSAGE_CHARS);
        let mut other = other(fields);
        let email = fields.get("email").map(EmailAddress::parse).transpose();
        if email.is_err() {
            reasons.insert("email".to_owned(), words.no_email.to_owned());
        }
        let email = email.ok().flatten();
        let phone = fields.get("phone").and_then(|typed| sidedoor_dialogue::read_phone(typed, region));
        match (fields.get("phone"), &phone, &email) {
            // Staff may make sense of it.
            (Some(typed), None, Some(_)) => drop(other.insert("phone".to_owned(), cut(typed, MAX_OTHER_CHARS))),
            (Some(_), None, None) => drop(reasons.insert("phone".to_owned(), words.no_phone.to_owned())),
            _ => {}
        }
        if fields.get("email").is_none() && fields.get("phone").is_none() {
            reasons.insert("email".to_owned(), words.no_contact.to_owned());
        }
        let consent = fields.get("consent").unwrap_or_default().to_ascii_lowercase();
        if !TICKED.contains(&consent.as_str()) {
            reasons.insert("consent".to_owned(), words.no_consent.to_owned());
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let wording = fields.get("consent_wording").unwrap_or("the box on the form");
        Ok(Self {
            email,
            phone,
            name,
            company,
            budget,
            message,
            other,
            wording: cut(wording, MAX_WORDING_CHARS),
            is_held: fields.get(HONEYPOT).is_some(),
        })
    }

    /// The lead, as it was sent `now` from `page`.
    pub fn form_lead(self, site: &Site, page: Page, now: Millis) -> FormLead {
        let key = self.key(&site.id, now);
        let utm = page.utm();
        let lead = Lead {
            id: LeadId::new(),
            site: site.id.clone(),
            conversation: None,
            email: self.email.as_ref().map(|email| email.as_str().to_owned()),
            email_normal: self.email.as_ref().map(|email| email.normalised().to_owned()),
            phone: self.phone,
            name: self.name,
            company: self.company,
            budget: self.budget,
            fields: self.other,
            message: self.message,
            intents: Vec::new(),
            score: 0,
            reasons: Vec::new(),
            consent: Some(Consent { at: now, wording: self.wording }),
            page,
            utm,
            created_at: now,
            updated_at: now,
        };
        FormLead { lead, key, is_held: self.is_held }
    }

    /// Tells one form from another: a double click, or a reload of the answer, sends the same words on the same day. Whatever
    /// differs is another lead, which replaces nothing: what was agreed to is evidence.
    fn key(&self, site: &str, now: Millis) -> String {
        let mut digest = Sha256::new();
        let mut add = |part: &str| {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        };
        add(site);
        add(self.email.as_ref().map_or("", |email| email.normalised()));
        for part in [&self.phone, &self.name, &self.company, &self.budget, &self.message] {
            add(part.as_deref().unwrap_or_default());
        }
        for (name, value) in &self.other {
            add(name);
            add(value);
        }
        add(&self.wording);
        add(if self.is_held { "held" } else { "" });
        add(&(now / DAY_MS).to_string());
        digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What the form says under names of its own, cut rather than lost. A name that begins with `_` is the page's own business, such
/// as a token against forged requests.
fn other(fields: &Fields) -> BTreeMap<String, String> {
    let theirs = fields.iter().filter(|(name, _)| !KNOWN.contains(name) && !name.starts_with('_'));
    theirs.take(MAX_OTHER).map(|(name, value)| (cut(name, MAX_OTHER_NAME_CHARS), cut(value, MAX_OTHER_CHARS))).collect()
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_425_000_123;

    fn read(pairs: &[(&str, &str)]) -> Result<Inquiry, BTreeMap<String, String>> {
        Inquiry::read(&pairs.iter().copied().collect(), Some("US"), Words::of("en"))
    }

    fn site() -> Site {
        toml::from_str("id = \"acme\"\nname = \"Acme\"\norigins = [\"https://shop.example\"]").unwrap()
    }

    fn lead(pairs: &[(&str, &str)]) -> FormLead {
        read(pairs).ok().unwrap().form_lead(&site(), Page::default(), NOW)
    }

    const ANA: [(&str, &str); 2] = [("email", "ana@acme.example"), ("consent", "on")];

    #[test]
    fn every_way_to_say_that_the_box_is_ticked_counts() {
        for ticked in ["on", "yes", "true", "1", "checked", "ON"] {
            assert!(read(&[("email", "ana@acme.example"), ("consent", ticked)]).is_ok(), "{ticked}");
        }
        for not in ["", "no", "false", "0", "off"] {
            assert!(read(&[("email", "ana@acme.example"), ("consent", not)]).err().unwrap().contains_key("consent"));
        }
    }

    #[test]
    fn a_phone_alone_is_enough_and_neither_is_not() {
        let FormLead { lead, .. } = lead(&[("phone", "(212) 555-2368"), ("consent", "on")]);

        assert_eq!((lead.phone.as_deref(), lead.email), (Some("+12125552368"), None));
        assert!(read(&[("consent", "on")]).err().unwrap().contains_key("email"));
        assert!(read(&[("phone", "call me"), ("consent", "on")]).err().unwrap().contains_key("phone"));
    }

    #[test]
    fn a_phone_that_cannot_be_read_is_kept_as_typed_beside_an_email() {
        let FormLead { lead, .. } = lead(&[ANA[0], ANA[1], ("phone", "ext. 12 at the desk")]);

        assert_eq!((lead.phone, lead.fields["phone"].as_str()), (None, "ext. 12 at the desk"));
    }

    #[test]
    fn a_forms_own_fields_are_kept_and_a_pages_own_are_not() {
        let FormLead { lead, .. } = lead(&[
            ANA[0],
            ANA[1],
            ("company", "Acme"),
            ("order", "A-17"),
            ("size", &"x".repeat(2_000)),
            ("_csrf", "s"),
        ]);

        assert_eq!(lead.company.as_deref(), Some("Acme"));
        assert_eq!(lead.fields["order"], "A-17");
        assert_eq!(lead.fields["size"].len(), MAX_OTHER_CHARS);
        assert!(!lead.fields.contains_key("_csrf"));
    }

    #[test]
    fn the_same_words_on_one_day_are_one_form_and_others_are_another() {
        let key = |more: &[(&str, &str)]| lead(&[&ANA[..], more].concat()).key;

        assert_eq!(key(&[]), key(&[]));
        for other in [("name", "Eve"), ("consent_wording", "Sell me everything."), ("size", "L"), ("website", "x")] {
            assert_ne!(key(&[]), key(&[other]), "{other:?}");
        }
    }

    #[test]
    fn ids_sort_by_the_time_they_were_made() {
        let (first, second) = (lead(&ANA).lead.id, lead(&ANA).lead.id);

        assert_eq!(first.uuid().get_version_num(), 7);
        assert!(first < second);
    }

    #[test]
    fn a_filled_trap_is_noted() {
        assert!(lead(&[ANA[0], ANA[1], ("website", "https://spam.example")]).is_held);
        assert!(!lead(&[ANA[0], ANA[1], ("website", " ")]).is_held);
    }
}
