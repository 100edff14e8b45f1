//! Checks each value of a configuration, beyond what its type says.

use std::collections::BTreeSet;

use sidedoor_dialogue::{OCCASIONS, ValueRules};
use url::Url;

use super::{Channel, ChannelKind, Config, EncoderKind, Site, WordLists};
use crate::model::{Address, Mailbox};

/// The most buttons under a greeting.
const MAX_SUGGESTIONS: usize = 6;
/// The longest words on one of them: two lines on a phone.
const MAX_SUGGESTION_CHARS: usize = 80;

/// Every fault: the path of the key (`site.0.accent`), and what is wrong with the remedy.
pub(crate) fn faults(config: &Config) -> Vec<(String, String)> {
    let mut faults = Faults::default();
    faults.listen("listen", &config.listen);
    if let Some(listen) = &config.metrics_listen {
        faults.listen("metrics_listen", listen);
    }
    if origin_of(&config.public_url).is_none() {
        faults.add(
            "public_url",
            format!("\"{}\" is no web address; write it as https://chat.example.com", config.public_url),
        );
    }
    if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| config.database_url.starts_with(scheme)) {
        faults.add(
            "database_url",
            "begins with neither sqlite:// nor postgres://; for a file write sqlite://data/sidedoor.db",
        );
    }
    if let Some(folder) = &config.intents
        && !folder.is_dir()
    {
        faults.add(
            "intents",
            format!(
                "\"{}\" is no folder; make one with `sidedoor init`, or leave the key out for the built-in intents",
                folder.display()
            ),
        );
    }
    if config.encoder.kind == EncoderKind::Bert && !cfg!(feature = "bert") {
        faults
            .add("encoder.kind", "\"bert\" needs a build with that feature; see docs/encoders.md, or write \"static\"");
    }
    if config.limits.frames_per_second == 0
        || config.limits.frame_burst == 0
        || config.limits.connects_per_minute == 0
        || config.limits.leads_per_hour == 0
    {
        faults.add("limits", "a rate of 0 would shut everybody out; write 1 or more");
    }
    let mut seen = BTreeSet::new();
    for (index, site) in config.sites.iter().enumerate() {
        if !seen.insert(&site.id) {
            faults.add(
                &format!("site.{index}.id"),
                format!("two sites are called \"{}\"; give each an id of its own", site.id),
            );
        }
        faults.site(&format!("site.{index}"), site);
    }
    faults.0
}

/// `scheme://host[:port]` of a web address, as a browser writes an `Origin`; none if it is not one.
pub(crate) fn origin_of(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.origin().ascii_serialization())
}

#[derive(Default)]
struct Faults(Vec<(String, String)>);

impl Faults {
    fn add(&mut self, path: &str, message: impl AsRef<str>) {
        let key = path.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or(path);
        self.0.push((path.to_owned(), format!("\"{key}\": {}", message.as_ref())));
    }

    fn listen(&mut self, path: &str, listen: &str) {
        if listen.parse::<std::net::SocketAddr>().is_err() {
            self.add(path, format!("\"{listen}\" is no address with a port; write it as 127.0.0.1:8080"));
        }
    }

    fn site(&mut self, path: &str, site: &Site) {
        let key = |name: &str| format!("{path}.{name}");
        let of = &site.id;
        if of.is_empty()
            || of.len() > 64
            || !of.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        {
            self.add(&key("id"), format!("\"{of}\" may hold letters, digits, - and _ only, 64 at most"));
        }
        if site.name.trim().is_empty() {
            self.add(&key("name"), "is empty; write the brand's name");
        }
        if site.origins.is_empty() && !site.allow_no_origin {
            self.add(
                &key("origins"),
                "is empty, so that no page may embed the chat; add one such as \"https://shop.example\"",
            );
        }
        for (index, origin) in site.origins.iter().enumerate() {
            match origin_of(origin) {
                Some(plain) if plain == *origin => {}
                Some(plain) => self.add(
                    &format!("{path}.origins.{index}"),
                    format!("\"{origin}\" is more than an origin; write it as \"{plain}\""),
                ),
                None => self.add(
                    &format!("{path}.origins.{index}"),
                    format!("\"{origin}\" is no origin; write it as \"https://shop.example\""),
                ),
            }
        }
        if site.locale.is_empty()
            || !site
                .locale
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        {
            self.add(&key("locale"), format!("\"{}\" is no language tag; write it as en or es-MX", site.locale));
        }
        if let Some(region) = &site.region
            && !(region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase()))
        {
            self.add(&key("region"), format!("\"{region}\" is no country code; write it in two capitals, as ES"));
        }
        for list in site.suggestions.iter().flat_map(WordLists::all) {
            if list.len() > MAX_SUGGESTIONS {
                self.add(
                    &key("suggestions"),
                    format!("{} buttons push the greeting off a phone's screen; keep {MAX_SUGGESTIONS}", list.len()),
                );
            }
            for words in list {
                if words.trim().is_empty() || words.chars().count() > MAX_SUGGESTION_CHARS {
                    self.add(
                        &key("suggestions"),
                        format!("\"{words}\" must have 1 to {MAX_SUGGESTION_CHARS} characters to fit on a button"),
                    );
                }
            }
        }
        for (index, address) in site.staff.iter().enumerate() {
            if let Err(why) = Mailbox::parse(address) {
                self.add(
                    &format!("{path}.staff.{index}"),
                    format!(
                        "\"{address}\" cannot be written to: {why}; write it as sales@shop.example or Ana <ana@shop.example>"
                    ),
                );
            }
        }
        if !(0..=100).contains(&site.high_value) {
            self.add(&key("high_value"), "scores go from 0 to 100");
        }
        self.value(&key("value"), &site.value);
        if site.retention_days == 0 {
            self.add(&key("retention_days"), "0 would delete every conversation at once; write 1 or more");
        }
        if let Some(caution) = site.caution
            && !(0.0..=1.0).contains(&caution)
        {
            self.add(&key("caution"), "goes from 0 (rather answer) to 1 (rather ask a person)");
        }
        if let Some(accent) = &site.accent
            && !(accent.len() == 7
                && accent.starts_with('#')
                && accent[1..].bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            self.add(&key("accent"), format!("\"{accent}\" is no colour; write it as #2f6fed"));
        }
        if let Some(hours) = &site.hours
            && let Err(error) = sidedoor_dialogue::Hours::parse(hours)
        {
            self.add(&key("hours"), error.to_string());
        }
        if let Some(zone) = &site.time_zone
            && jiff::tz::TimeZone::get(zone).is_err()
        {
            self.add(&key("time_zone"), format!("\"{zone}\" is no time zone; write it as Europe/Madrid"));
        }
        if let Some(back) = &site.leads_redirect
            && origin_of(back).is_none()
        {
            self.add(
                &key("leads_redirect"),
                format!("\"{back}\" is no web address; write it as https://shop.example/thanks"),
            );
        }
        if site.identity_secrets.len() > 2 {
            self.add(&key("identity_secrets"), "has more than two; keep the newest and the one before it");
        }
        for (index, secret) in site.identity_secrets.iter().enumerate() {
            if secret.len() < 32 {
                self.add(
                    &format!("{path}.identity_secrets.{index}"),
                    "is shorter than 32 bytes; make one with `openssl rand -hex 32`",
                );
            }
        }
        for (index, channel) in site.channels.iter().enumerate() {
            if let Err(message) = channel_url(channel) {
                self.add(&format!("{path}.channel.{index}.value"), message);
            }
        }
    }
}

impl Faults {
    fn value(&mut self, path: &str, rules: &ValueRules) {
        for (name, steps) in [("quantity", &rules.quantity), ("budget", &rules.budget)] {
            for (index, step) in steps.iter().enumerate() {
                let path = format!("{path}.{name}.{index}");
                if step.from == 0 {
                    self.add(&format!("{path}.from"), "counts from 1; write the least that is worth these points");
                }
                self.points(&format!("{path}.points"), step.points);
            }
        }
        self.points(&format!("{path}.repeat"), rules.repeat);
        self.points(&format!("{path}.urgent"), rules.urgent);
        let mut seen = BTreeSet::new();
        for (index, rule) in rules.occasion.iter().enumerate() {
            let path = format!("{path}.occasion.{index}");
            let name = &rule.name;
            self.points(&format!("{path}.points"), rule.points);
            if !seen.insert(name) {
                self.add(&format!("{path}.name"), format!("\"{name}\" stands twice; put them together"));
            }
            if rule.words.iter().any(|words| words.trim().is_empty()) {
                self.add(&format!("{path}.words"), "one is empty; write what visitors write, or remove it");
            }
            let known = OCCASIONS.map(|(known, _)| known);
            if rule.words.is_empty() && !known.contains(&name.as_str()) {
                let remedy = match super::nearest::nearest(name, &known) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => format!("known are {}", known.join(", ")),
                };
                self.add(
                    &format!("{path}.name"),
                    format!("\"{name}\" is no occasion that is known; {remedy} One of your own needs \"words\""),
                );
            }
        }
    }

    fn points(&mut self, path: &str, points: i32) {
        if !(-100..=100).contains(&points) {
            self.add(path, format!("{points} is too much; points go from -100 to 100"));
        }
    }
}

/// The link that opens a channel: `https://wa.me/…`, `sms:`, `mailto:`, `tel:`, or the page itself.
///
/// # Errors
/// What is wrong with the channel's value, and the remedy.
pub(crate) fn channel_url(channel: &Channel) -> Result<String, String> {
    let value = channel.value.trim();
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let number = || {
        if value.starts_with('+') && (7..=15).contains(&digits.len()) {
            Ok(digits.clone())
        } else {
            Err(format!("\"{value}\" is no phone number; write it with its country code, as +15551234567"))
        }
    };
    match channel.kind {
        ChannelKind::Whatsapp => number().map(|digits| format!("https://wa.me/{digits}")),
        ChannelKind::Sms => number().map(|digits| format!("sms:+{digits}")),
        ChannelKind::Phone => number().map(|digits| format!("tel:+{digits}")),
        ChannelKind::Email => Address::parse(value)
            .map(|address| address.mailto())
            .map_err(|why| format!("\"{value}\" cannot be written to: {why}; write it as hi@shop.example")),
        ChannelKind::Link => origin_of(value)
            .map(|_| value.to_owned())
            .ok_or_else(|| format!("\"{value}\" is no web address; write it as https://shop.example/contact")),
    }
}
