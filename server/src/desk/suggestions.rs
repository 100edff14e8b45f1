//! What a visitor may begin with: the site's own suggestions, else what its greeting offers, in the visitor's language.

use sidedoor_dialogue::{Intent, Intents};

use crate::config::Site;
use crate::model::ChoiceOption;
use crate::wire::{Press, Suggestion};

/// As many as fit under a greeting on a phone without hiding it.
const MOST_BY_DEFAULT: usize = 4;
/// The intent whose buttons are what most visitors want: its owner wrote them for whoever has just come in.
const GREETING: &str = "greeting";

/// The suggestions of `site` in `locale`.
#[must_use]
pub fn of(site: &Site, intents: &Intents, locale: &str) -> Vec<Suggestion> {
    match &site.suggestions {
        Some(own) => {
            let own = own.in_locale(locale, &site.locale).iter();
            own.filter_map(|entry| read(entry, site, intents, locale)).collect()
        }
        None => usual(site, intents, locale),
    }
}

/// What `choose` may take of a suggestion; none of one that is sent as words.
#[must_use]
pub fn option(Suggestion { label, press }: Suggestion) -> Option<ChoiceOption> {
    match press {
        Press::Value(value) => Some(ChoiceOption { label, value }),
        Press::Text(_) => None,
    }
}

/// The entries of a site's own that look like an intent's name and name none.
pub fn misspelt<'a>(site: &'a Site, intents: &'a Intents) -> impl Iterator<Item = &'a str> {
    let all = site.suggestions.iter().flat_map(|lists| lists.all().flatten());
    all.map(String::as_str).filter(|entry| is_name(entry) && intents.get(entry).is_none())
}

/// An entry as a button; none for the name of an intent that is gone, which no visitor should read.
fn read(entry: &str, site: &Site, intents: &Intents, locale: &str) -> Option<Suggestion> {
    match intents.get(entry) {
        Some(intent) => Some(suggestion(intent, site, locale)),
        None if is_name(entry) => None,
        None => Some(Suggestion { label: entry.to_owned(), press: Press::Text(entry.to_owned()) }),
    }
}

fn usual(site: &Site, intents: &Intents, locale: &str) -> Vec<Suggestion> {
    let offered = intents.get(GREETING).map(|greeting| greeting.choices_in(locale, &site.locale)).unwrap_or_default();
    let offered = offered.into_iter().filter(|choice| intents.get(&choice.intent).is_some());
    let buttons = offered.map(|choice| Suggestion { label: choice.label, press: Press::Value(choice.intent) });
    let buttons: Vec<_> = buttons.take(MOST_BY_DEFAULT).collect();
    if !buttons.is_empty() {
        return buttons;
    }
    // Without a greeting to go by: what has a label was meant to be on a button.
    let labelled = intents.iter().filter(|intent| intent.has_label() && !intent.escalate);
    labelled.take(MOST_BY_DEFAULT).map(|intent| suggestion(intent, site, locale)).collect()
}

fn suggestion(intent: &Intent, site: &Site, locale: &str) -> Suggestion {
    Suggestion { label: intent.label(locale, &site.locale), press: Press::Value(intent.name.clone()) }
}

/// Whether it reads like `order.track` rather than like something that a person would say.
fn is_name(entry: &str) -> bool {
    entry.contains('.')
        && !entry.ends_with('.')
        && entry.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
}
