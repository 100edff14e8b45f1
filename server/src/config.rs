//! The configuration: the keys of `sidedoor.toml`, with what each means.

pub(crate) mod check;
mod load;
mod nearest;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use load::{Fault, Loaded, load, parse};

use serde::{Deserialize, Serialize};

use crate::model::Mailbox;

/// Everything that an operator can set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Address and port that visitors reach.
    pub listen: String,
    /// Address and port of `/metrics`; off when absent.
    pub metrics_listen: Option<String>,
    /// What links in mails begin with; `http://` and `listen` when absent.
    pub public_url: String,
    /// `sqlite://FILE` or `postgres://…`.
    pub database_url: String,
    /// The folder of intents; reloaded when it changes. Absent: the built-in intents.
    pub intents: Option<PathBuf>,
    /// CIDRs whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// The mail server.
    pub smtp: Smtp,
    /// How staff come in.
    pub staff: Staff,
    /// What turns text into vectors.
    pub encoder: Encoder,
    /// What one address, or the server as a whole, may use.
    pub limits: Limits,
    /// The brands that are served.
    #[serde(rename = "site")]
    pub sites: Vec<Site>,
}

/// How mail leaves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Smtp {
    /// lettre's URL form, or `file://DIR` to write `.eml` files.
    pub url: String,
    /// The sender of all mail.
    pub from: String,
}

/// How staff come in, and how long a visitor waits for one of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Staff {
    /// What the link in a mail opens.
    pub link: LinkMode,
    /// Nobody answered within it, in opening hours: one reminder, then the next of the list.
    pub promise_minutes: u32,
}

/// What the link in a mail to staff opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkMode {
    /// The conversation, for whoever has the mail.
    #[default]
    Direct,
    /// The conversation, once its member has signed in.
    SignIn,
    /// Nothing: mails hold the conversation's address only.
    Off,
}

/// The encoder of the matcher.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Encoder {
    /// `static` is compiled in; `bert` understands more and needs its own build.
    pub kind: EncoderKind,
    /// For `bert`: a folder in the sentence-transformers layout.
    pub model: PathBuf,
}

/// Which encoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EncoderKind {
    /// Built in.
    #[default]
    Static,
    /// all-MiniLM-L6-v2 by rust-bert; needs a build with the feature `bert`.
    Bert,
}

/// Limits. One address is an IPv4 address or an IPv6 /64.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Open connections in all.
    pub connections: usize,
    /// Open connections of one address (a whole office may share one).
    pub connections_per_address: usize,
    /// New connections a minute from one address.
    pub connects_per_minute: u32,
    /// Frames a second of one connection, on average.
    pub frames_per_second: u32,
    /// Frames that one connection may send at once.
    pub frame_burst: u32,
    /// Leads an hour from one address by `POST /v1/leads`.
    pub leads_per_hour: u32,
}

/// A brand's embed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// What `data-site` names.
    pub id: String,
    /// The brand's name, as visitors read it.
    pub name: String,
    /// Origins whose pages may embed the chat.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Whether a client without an `Origin` header (a native program) may connect.
    #[serde(default)]
    pub allow_no_origin: bool,
    /// The site's own language, a BCP 47 tag.
    #[serde(default = "english")]
    pub locale: String,
    /// ISO 3166 country whose phone numbers need no prefix; by default taken from the locale or the time zone.
    #[serde(default)]
    pub region: Option<String>,
    /// The first line that a visitor reads; by locale, or one for all. A plain hello when absent.
    #[serde(default)]
    pub greeting: Option<Words>,
    /// The buttons under the greeting: names of intents, or words to be sent; by locale, or some for all. Those under the intent
    /// `greeting` when absent.
    #[serde(default)]
    pub suggestions: Option<WordLists>,
    /// Who is written to: `sales@shop.example` or `Ana <ana@shop.example>`.
    #[serde(default)]
    pub staff: Vec<String>,
    /// A lead with this score or more is mailed to staff at once.
    #[serde(default = "fifty")]
    pub high_value: i32,
    /// What quantities, budgets and occasions add to a lead's score.
    #[serde(default)]
    pub value: sidedoor_dialogue::ValueRules,
    /// How long conversations are kept.
    #[serde(default = "a_year")]
    pub retention_days: u32,
    /// Opening hours: `tz` and one entry for a day or a range of days.
    #[serde(default)]
    pub hours: Option<BTreeMap<String, String>>,
    /// The time zone of what staff read, such as `Europe/Madrid`; that of the opening hours when absent, else UTC.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The colour of the launcher, `#rrggbb`.
    #[serde(default)]
    pub accent: Option<String>,
    /// From 0 (rather answer) to 1 (rather ask a person).
    #[serde(default)]
    pub caution: Option<f32>,
    /// What the notice bar says; set while another platform is down.
    #[serde(default)]
    pub notice: Option<Words>,
    /// Where `POST /v1/leads` sends a browser back to; the page it came from when absent.
    #[serde(default)]
    pub leads_redirect: Option<String>,
    /// What the brand's own server signs its visitors' identities with (HS256); two while one replaces the other.
    #[serde(default)]
    pub identity_secrets: Vec<String>,
    /// What the widget offers besides chat.
    #[serde(default, rename = "channel")]
    pub channels: Vec<Channel>,
}

impl Site {
    /// The staff's addresses, with their names where given. What cannot be written to is left out: no configuration that was
    /// checked holds it.
    pub fn mailboxes(&self) -> impl Iterator<Item = Mailbox> {
        self.staff.iter().filter_map(|staff| Mailbox::parse(staff).ok())
    }
}

/// Another way to reach the brand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What opens when a visitor presses it.
    pub kind: ChannelKind,
    /// A number, an address or a link.
    pub value: String,
    /// What the visitor reads; by default the kind's name.
    #[serde(default)]
    pub label: Option<String>,
}

/// A kind of channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// WhatsApp.
    Whatsapp,
    /// SMS.
    Sms,
    /// Email.
    Email,
    /// A phone call.
    Phone,
    /// Any page.
    Link,
}

/// Words in one language for all, or by locale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Words {
    /// For all.
    One(String),
    /// By locale.
    ByLocale(BTreeMap<String, String>),
}

impl Words {
    /// The words for `locale`: exact, then its language, then `fallback`'s, then any.
    #[must_use]
    pub fn in_locale(&self, locale: &str, fallback: &str) -> &str {
        match self {
            Self::One(words) => words,
            Self::ByLocale(by_locale) => fitting(by_locale, locale, fallback).map_or("", String::as_str),
        }
    }
}

/// Lists of words in one language for all, or by locale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WordLists {
    /// For all.
    One(Vec<String>),
    /// By locale.
    ByLocale(BTreeMap<String, Vec<String>>),
}

impl WordLists {
    /// The list for `locale`, found as [`Words::in_locale`] finds words.
    #[must_use]
    pub fn in_locale(&self, locale: &str, fallback: &str) -> &[String] {
        match self {
            Self::One(list) => list,
            Self::ByLocale(by_locale) => fitting(by_locale, locale, fallback).map_or(&[], Vec::as_slice),
        }
    }

    /// Every list that there is.
    pub fn all(&self) -> impl Iterator<Item = &[String]> {
        let (one, by_locale) = match self {
            Self::One(list) => (Some(list), None),
            Self::ByLocale(by_locale) => (None, Some(by_locale)),
        };
        one.into_iter().chain(by_locale.into_iter().flat_map(BTreeMap::values)).map(Vec::as_slice)
    }
}

/// What is said in `locale`: exact, then its language, then `fallback`'s, then any.
fn fitting<'a, T>(by_locale: &'a BTreeMap<String, T>, locale: &str, fallback: &str) -> Option<&'a T> {
    let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
    [locale.to_owned(), language(locale), fallback.to_owned(), language(fallback)]
        .iter()
        .find_map(|tag| by_locale.get(tag))
        .or_else(|| by_locale.values().next())
}

fn english() -> String {
    "en".to_owned()
}

fn fifty() -> i32 {
    50
}

fn a_year() -> u32 {
    365
}

impl Config {
    /// The site with this id.
    #[must_use]
    pub fn site(&self, id: &str) -> Option<&Site> {
        self.sites.iter().find(|site| site.id == id)
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            metrics_listen: None,
            public_url: String::new(),
            database_url: "sqlite://data/sidedoor.db".to_owned(),
            intents: None,
            trusted_proxies: Vec::new(),
            smtp: Smtp::default(),
            staff: Staff::default(),
            encoder: Encoder::default(),
            limits: Limits::default(),
            sites: Vec::new(),
        }
    }
}

impl Default for Smtp {
    fn default() -> Self {
        Self { url: "file://data/mail".to_owned(), from: "Sidedoor <chat@localhost.localdomain>".to_owned() }
    }
}

impl Default for Staff {
    fn default() -> Self {
        Self { link: LinkMode::default(), promise_minutes: 15 }
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self { kind: EncoderKind::Static, model: PathBuf::from("models/all-MiniLM-L6-v2") }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 20_000,
            connections_per_address: 200,
            connects_per_minute: 300,
            frames_per_second: 5,
            frame_burst: 20,
            leads_per_hour: 20,
        }
    }
}
