//! What surrounds a turn: the site, the page, the time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::hours::Hours;
use super::locale;
use super::value::ValueRules;

/// What the dialogue needs to know of a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// The brand's name, for `{site}`.
    pub name: String,
    /// The site's own locale, a BCP 47 tag such as `es` or `pt-BR`; reasons and dates for staff are written in it.
    pub locale: String,
    /// ISO 3166 code (`ES`) that phone numbers without a prefix and bare `$` amounts are read in.
    pub region: Option<String>,
    /// Opening hours; `None` promises no time.
    pub hours: Option<Hours>,
    /// What the widget greets with, in the site's language; said again after "start over".
    pub greeting: Option<String>,
    /// A lead that reaches this score (0–100) is escalated once, as [`Reason::HighValue`].
    pub high_value: Option<u8>,
    /// What quantities, budgets and occasions are worth.
    pub value: ValueRules,
}

impl Profile {
    /// A site with nothing set but its name and locale; the region is the locale's, if it names one.
    pub fn new(name: &str, locale: &str) -> Self {
        let region = locale::region(locale);
        Self {
            name: name.into(),
            locale: locale.into(),
            region,
            hours: None,
            greeting: None,
            high_value: None,
            value: ValueRules::default(),
        }
    }
}

/// The page a visitor writes from; empty where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Page {
    /// Address of the page.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub url: String,
    /// What the browser's tab shows.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Where the visitor came from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub referrer: String,
}

impl Page {
    /// The page's `utm_*` parameters, by name without the prefix.
    pub fn utm(&self) -> BTreeMap<String, String> {
        utm(&self.url)
    }

    /// The path of the page's address, without what follows `?` or `#`.
    pub(crate) fn path(&self) -> Option<&str> {
        (!self.url.is_empty()).then(|| path(&self.url))
    }
}

/// What surrounds a turn.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// What the site says of itself: name, languages, hours.
    pub profile: &'a Profile,
    /// The time of the turn, in epoch milliseconds.
    pub now_ms: i64,
    /// Where the visitor is.
    pub page: &'a Page,
    /// The visitor's locale, as the client named it.
    pub locale: &'a str,
    /// Chooses the first of several reply variants; the conversation's id hashed will do.
    pub seed: u64,
}

/// The path of an address, without what follows `?` or `#`.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or_default()
}

/// The `utm_*` parameters of an address, decoded, by name without the prefix.
fn utm(url: &str) -> BTreeMap<String, String> {
    let query = url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or(query));
    form_urlencoded::parse(query.as_bytes())
        .filter_map(|(key, value)| Some((key.strip_prefix("utm_")?.to_owned(), value.into_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        assert_eq!(path("https://shop.example/wholesale/bags?x=/pricing#y"), "/wholesale/bags");
        assert_eq!(path("https://shop.example"), "");
        assert_eq!(
            utm("https://shop.example/?utm_source=insta%20gram&x=1&utm_campaign=fall#utm_medium=no"),
            BTreeMap::from([("source".into(), "insta gram".into()), ("campaign".into(), "fall".into())])
        );
    }
}
