//! The words of `labels.toml`: what mail programs of many languages write around a quoted message.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The words of all languages together: nobody says in which language a mail program was set up.
pub(super) struct Labels {
    pub(super) wrote: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) original: Vec<String>,
    pub(super) sent_from: Vec<String>,
    pub(super) reply_above: Vec<String>,
    pub(super) away: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Language {
    wrote: Vec<String>,
    headers: Vec<String>,
    original: Vec<String>,
    sent_from: Vec<String>,
    reply_above: Vec<String>,
    away: Vec<String>,
}

pub(super) static LABELS: LazyLock<Labels> = LazyLock::new(|| {
    let languages: BTreeMap<String, Language> =
        toml::from_str(include_str!("labels.toml")).expect("a built-in file that the tests read");
    let all = |pick: fn(&Language) -> &Vec<String>| languages.values().flat_map(pick).cloned().collect();
    Labels {
        wrote: all(|language| &language.wrote),
        headers: all(|language| &language.headers),
        original: all(|language| &language.original),
        sent_from: all(|language| &language.sent_from),
        reply_above: all(|language| &language.reply_above),
        away: all(|language| &language.away),
    }
});
