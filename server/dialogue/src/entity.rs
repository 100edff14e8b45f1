//! What can be read out of a visitor's words: addresses, numbers, names, money, dates.

mod amount;
mod company;
mod currency;
mod date;
mod email;
mod grammar;
mod interest;
pub mod item;
mod money;
mod name;
mod number;
mod order;
mod people;
mod phone;
mod prose;
mod quantity;
mod span;
mod tokens;

use jiff::civil::Date;

use crate::types::email::EmailAddress;
use crate::types::lead::{Details, Slot};
use crate::types::locale;
use crate::types::value::{Interest, OccasionRule};
use crate::words::cues::Heard;
use crate::words::phrases::Language;

pub use interest::label as occasion_label;
use span::blank;

/// The longest message that a visitor can send; each reader goes through it in linear time.
const MAX_READ_CHARS: usize = 4_000;

/// How a visitor's words are to be read.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The language for days and months.
    pub language: &'static Language,
    /// The visitor's own tag: `en-US` writes the month first.
    pub locale: &'a str,
    /// The site's region, for phone numbers and bare amounts.
    pub region: Option<&'a str>,
    /// In the site's time zone.
    pub today: Date,
}

/// What a message holds.
#[derive(Debug, Default)]
pub struct Found {
    /// Values, each valid.
    pub details: Details,
    /// The name was introduced as one ("my name is …"), so that it replaces an earlier one.
    pub sure_name: bool,
    /// Something meant as an address is none.
    pub broken_email: bool,
    /// A day was named that has passed.
    pub past_date: bool,
    /// A day was named that the visitor is to be asked about, ISO 8601: it is more than a year off or contradicts itself.
    pub doubtful_date: Option<String>,
}

/// Why an answer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misread {
    /// It does not have the form.
    Invalid,
    /// A day that has passed.
    Past,
    /// A day that is more than a year off or contradicts itself.
    Doubtful,
}

impl Reader<'_> {
    /// Finds what a free text tells. Email, phone and name are taken wherever they are unmistakable; money, order numbers, companies
    /// and days only where they are `wanted` or the words around them say so, since "is it $20?" names no budget.
    pub fn find(&self, text: &str, heard: &Heard, wanted: &[Slot]) -> Found {
        let mut found = Found::default();
        let mut text = head(text).to_owned();
        let wants = |slot: Slot| wanted.contains(&slot);

        let whole = text.clone();
        let email = email::find(&mut text, wants(Slot::Email));
        found.broken_email = email.broken && email.email.is_none();
        found.details.email = email.email;
        found.details.phone = phone::find(&mut text, self.region, asked_number(wanted));
        let prose = prose::with_gaps(&whole, &text);
        let local = found.details.email.as_ref().and_then(|email| email.as_str().split('@').next());
        if let Some(name::FoundName { name, sure }) = name::find(&prose, local) {
            found.details.name = Some(name);
            found.sure_name = sure;
        }
        let domain = found.details.email.as_ref().map(EmailAddress::domain);
        let tells_more = found.details.has_contact() || found.details.name.is_some();
        found.details.company = company::find(&prose, domain, wants(Slot::Company), tells_more);
        self.find_numbers(&mut text, heard, wanted, &mut found);
        found
    }

    /// Reads what a message tells of the inquiry's worth. `own` are the site's own occasions.
    pub fn interest(&self, text: &str, own: &[OccasionRule]) -> Interest {
        interest::read(text, self.language.tag, own)
    }

    fn find_numbers(&self, text: &mut String, heard: &Heard, wanted: &[Slot], found: &mut Found) {
        let wants = |slot: Slot| wanted.contains(&slot);
        if let Some((order, span)) = order::find(text, wants(Slot::Order)) {
            found.details.order = Some(order);
            blank(text, span);
        }
        if wants(Slot::Date) {
            self.find_date(text, found);
        }
        let setting = if wants(Slot::Budget)
            || (found.details.email.is_some() || found.details.name.is_some()) && !heard.is_question()
        {
            money::Setting::Told
        } else {
            money::Setting::Passing
        };
        if let Some((money, span)) = money::find(text, self.language.tag, self.region, setting) {
            found.details.budget = Some(money);
            blank(text, span);
        }
    }

    fn find_date(&self, text: &str, found: &mut Found) {
        match date::find(text, self.days()) {
            date::Reading::Nothing => {}
            date::Reading::Day(date) => found.details.date = Some(date.to_string()),
            date::Reading::Doubtful(date) => found.doubtful_date = Some(date.to_string()),
            date::Reading::Past => found.past_date = true,
        }
    }

    fn days(&self) -> date::Setting<'_> {
        date::Setting { language: self.language.tag, month_first: self.month_first(), today: self.today }
    }

    /// Reads a form's field. What stands beside a label "Name" is one, even if no sentence would show it.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read_field(&self, slot: Slot, text: &str) -> Result<Details, Misread> {
        match slot {
            Slot::Name => {
                Ok(Details { name: Some(name::parse_field(text).ok_or(Misread::Invalid)?), ..Details::default() })
            }
            Slot::Company => {
                Ok(Details { company: Some(company::parse_field(text).ok_or(Misread::Invalid)?), ..Details::default() })
            }
            slot => self.read(slot, text),
        }
    }

    /// Reads a whole text as the answer to a question.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(&self, slot: Slot, text: &str) -> Result<Details, Misread> {
        let text = head(text).trim();
        let mut details = Details::default();
        match slot {
            Slot::Email => {
                let email = EmailAddress::parse(text).ok().or_else(|| email::find(&mut text.to_owned(), true).email);
                details.email = Some(email.ok_or(Misread::Invalid)?);
            }
            Slot::Phone => details.phone = Some(phone::parse(text, self.region).ok_or(Misread::Invalid)?),
            Slot::Name => details.name = Some(name::parse(text).ok_or(Misread::Invalid)?),
            Slot::Company => details.company = Some(company::parse(text).ok_or(Misread::Invalid)?),
            Slot::Budget => {
                let money = money::find(text, self.language.tag, self.region, money::Setting::Asked);
                details.budget = Some(money.ok_or(Misread::Invalid)?.0);
            }
            Slot::Order => details.order = Some(order::parse(text).ok_or(Misread::Invalid)?),
            Slot::Date => match date::find(text, self.days()) {
                date::Reading::Day(date) => details.date = Some(date.to_string()),
                date::Reading::Nothing => return Err(Misread::Invalid),
                date::Reading::Doubtful(_) => return Err(Misread::Doubtful),
                date::Reading::Past => return Err(Misread::Past),
            },
            free => details = Details::of_free(free, text).ok_or(Misread::Invalid)?,
        }
        Ok(details)
    }

    /// A day as the language writes it: `Friday 4 December`; another year is named.
    pub fn write_date(&self, iso: &str) -> String {
        let Ok(date) = iso.parse::<Date>() else { return iso.to_owned() };
        date::write(date, self.language, self.today)
    }

    /// Only the United States and a few islands write the month first; plain `en` is read as the rest of the world writes.
    fn month_first(&self) -> bool {
        let region = locale::region(self.locale);
        matches!(region.as_deref().or(self.region), Some("US" | "PH" | "PR" | "GU"))
            && locale::language(self.locale) == "en"
    }
}

/// A phone number as E.164, read as the region dials it; none where the text is none.
#[must_use]
pub fn read_phone(text: &str, region: Option<&str>) -> Option<String> {
    phone::parse(text, region)
}

/// The words and numbers of a text, folded.
pub fn words(text: &str) -> Vec<String> {
    let tokens = tokens::tokens(head(text)).into_iter();
    tokens.filter(|token| token.kind != tokens::Kind::Sign).map(|token| token.text).collect()
}

/// Compiles all patterns.
pub fn prepare() {
    people::people();
    company::prepare();
    phone::prepare();
    order::prepare();
    grammar::prepare();
}

fn head(text: &str) -> &str {
    text.char_indices().nth(MAX_READ_CHARS).map_or(text, |(end, _)| &text[..end])
}

fn asked_number(wanted: &[Slot]) -> phone::Asked {
    if wanted.contains(&Slot::Phone) {
        phone::Asked::Phone
    } else if wanted.contains(&Slot::Order) {
        phone::Asked::Order
    } else {
        phone::Asked::Nothing
    }
}
