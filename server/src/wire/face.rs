//! How a site presents itself to a visitor: the `site` object of a `welcome`, in the visitor's language.

use serde::Serialize;

use crate::clock::{Millis, rfc3339};
use crate::config::{self, ChannelKind, Site};

/// The colour of a site that names none.
const DEFAULT_ACCENT: &str = "#2f6fed";

/// Languages that are written from right to left.
const RTL: [&str; 11] = ["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur"];

/// A site as a visitor meets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Face {
    /// The brand's name.
    pub name: String,
    /// The language that the site speaks to this visitor.
    pub locale: String,
    /// Whether that language is written from right to left.
    pub rtl: bool,
    /// The first line that the visitor reads; empty where the site has none.
    pub greeting: String,
    /// What the visitor may begin with, at a press; empty where the site offers nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
    /// Colours.
    pub theme: Theme,
    /// The other ways to reach the brand.
    pub channels: Vec<Channel>,
    /// What the bar says while another platform is down.
    pub notice: Option<Notice>,
}

/// A button under the greeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What the visitor reads.
    pub label: String,
    /// What pressing it sends.
    #[serde(flatten)]
    pub press: Press,
}

/// What a suggestion sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Press {
    /// A `choose` with this `option` and a `seq` of 0.
    Value(String),
    /// A `message` with these words.
    Text(String),
}

/// Colours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Theme {
    /// `#rrggbb`.
    pub accent: String,
}

/// Another way to reach the brand, as a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// What opens when a visitor presses it.
    pub kind: ChannelKind,
    /// What the visitor reads.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

/// That another platform is down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What the bar says.
    pub text: String,
    /// Since when, RFC 3339.
    pub since: String,
}

impl Face {
    /// The site in `locale`; `outage_since` while another platform is down.
    #[must_use]
    pub fn of(site: &Site, locale: &str, suggestions: Vec<Suggestion>, outage_since: Option<Millis>) -> Self {
        Self {
            name: site.name.clone(),
            locale: locale.to_owned(),
            rtl: is_rtl(locale),
            greeting: site
                .greeting
                .as_ref()
                .map_or(default_greeting(locale), |words| words.in_locale(locale, &site.locale))
                .to_owned(),
            suggestions,
            theme: Theme { accent: site.accent.clone().unwrap_or_else(|| DEFAULT_ACCENT.to_owned()) },
            channels: Channel::of(site),
            notice: outage_since.map(|since| Notice::of(site, locale, since)),
        }
    }
}

impl Notice {
    /// The site's words about an outage, in `locale`.
    #[must_use]
    pub fn of(site: &Site, locale: &str, since: Millis) -> Self {
        let words = site.notice.as_ref().map_or(default_notice(locale), |words| words.in_locale(locale, &site.locale));
        Self { text: words.to_owned(), since: rfc3339(since) }
    }
}

impl Channel {
    /// The site's other lines, in its order.
    #[must_use]
    pub fn of(site: &Site) -> Vec<Self> {
        site.channels.iter().filter_map(Self::link).collect()
    }

    /// One that the configuration's check has refused is left out.
    fn link(channel: &config::Channel) -> Option<Self> {
        let label = match channel.kind {
            ChannelKind::Whatsapp => "WhatsApp",
            ChannelKind::Sms => "SMS",
            ChannelKind::Email => "Email",
            ChannelKind::Phone => "Phone",
            ChannelKind::Link => channel.value.trim(),
        };
        let url = config::check::channel_url(channel).ok()?;
        Some(Self { kind: channel.kind, label: channel.label.clone().unwrap_or_else(|| label.to_owned()), url })
    }
}

/// Whether a language tag names a language that is written from right to left.
#[must_use]
pub fn is_rtl(locale: &str) -> bool {
    let mut parts = locale.split('-');
    let language = parts.next().unwrap_or_default().to_ascii_lowercase();
    // A script that is named outright decides: `az-Arab` is, `ks-Deva` is not.
    match parts.find(|part| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_alphabetic())) {
        Some(script) => {
            matches!(script.to_ascii_lowercase().as_str(), "arab" | "hebr" | "thaa" | "syrc" | "nkoo" | "adlm")
        }
        None => RTL.contains(&language.as_str()),
    }
}

fn default_greeting(locale: &str) -> &'static str {
    match locale.split('-').next() {
        Some("es") => "¡Hola! ¿En qué te podemos ayudar?",
        Some("pt") => "Olá! Como podemos ajudar?",
        Some("fr") => "Bonjour ! Comment pouvons-nous vous aider ?",
        Some("de") => "Hallo! Wie können wir helfen?",
        Some("it") => "Ciao! Come possiamo aiutarti?",
        _ => "Hi! What can we help you with?",
    }
}

fn default_notice(locale: &str) -> &'static str {
    match locale.split('-').next() {
        Some("es") => "Los mensajes de Instagram no funcionan. Te atendemos aquí.",
        _ => "Instagram messages are down. We answer here.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_to_left_follows_the_script_and_else_the_language() {
        assert!(is_rtl("ar-EG"));
        assert!(is_rtl("he"));
        assert!(is_rtl("az-Arab"));
        assert!(!is_rtl("ar-Latn"));
        assert!(!is_rtl("es-MX"));
    }

    #[test]
    fn a_channel_becomes_a_link_that_a_phone_opens() {
        let link = |kind, value: &str| {
            Channel::link(&config::Channel { kind, value: value.to_owned(), label: None }).map(|channel| channel.url)
        };

        assert_eq!(link(ChannelKind::Whatsapp, "+1 (555) 123-4567").as_deref(), Some("https://wa.me/15551234567"));
        assert_eq!(link(ChannelKind::Sms, "+15551234567").as_deref(), Some("sms:+15551234567"));
        assert_eq!(link(ChannelKind::Email, "hi@acme.example").as_deref(), Some("mailto:hi@acme.example"));
        assert_eq!(link(ChannelKind::Phone, "+1 555 1234").as_deref(), Some("tel:+15551234"));
        assert_eq!(link(ChannelKind::Phone, "+1 555"), None, "too short to be called");
        let page = "https://acme.example/help";
        assert_eq!(link(ChannelKind::Link, page).as_deref(), Some(page));
    }
}
