//! What the readers know of a language.

use std::collections::BTreeMap;

use super::lexicon::{Lexicon, Words};

/// What the readers know of a language.
#[derive(Debug)]
pub struct Grammar {
    /// The language's tag.
    pub tag: &'static str,
    /// Words for numbers.
    pub numbers: Numbers,
    /// Days and months.
    pub dates: Dates,
    /// Amounts of money.
    pub money: MoneyWords,
    /// What makes an inquiry worth more.
    pub value: Value,
    /// Words that are about nothing by themselves: "and", "the", "please".
    pub small: Words,
    /// Words that deny what follows or precedes.
    pub not: Words,
}

/// Words for numbers.
#[derive(Debug)]
pub struct Numbers {
    /// `seven` = 7.
    pub words: Lexicon<i64>,
    /// Number words by length, for words that are written in one ("zweitausend").
    pub glued: Vec<(String, i64)>,
    /// `thousand` = 1,000.
    pub scales: Lexicon<i64>,
    /// Scales that stand behind digits only: `k`, `m`.
    pub short_scales: Lexicon<i64>,
    /// "half a", in front of a scale.
    pub half: Words,
    /// "a", which counts one in front of a scale or a unit.
    pub one: Words,
    /// What stands between the words of a number.
    pub and: Words,
    /// Before a number, they leave open how many: "a few hundred".
    pub vague: Words,
    /// Scales that need no number before them: "mil euros".
    pub bare: Words,
}

/// Days and months.
#[derive(Debug)]
pub struct Dates {
    pub weekdays: Lexicon<i64>,
    pub weekdays_short: Lexicon<i64>,
    pub months: Lexicon<i64>,
    pub months_short: Lexicon<i64>,
    pub ordinals: Lexicon<i64>,
    /// Days from today: "tomorrow" = 1.
    pub near: Lexicon<i64>,
    pub holidays: Lexicon<(i8, i8)>,
    /// Parts of a day, which name no day.
    pub parts: Words,
    pub this: Words,
    pub next: Words,
    /// "the one after next", where a language has a word for it.
    pub after_next: Words,
    pub last: Words,
    /// "next Friday" is the Friday of the next calendar week, not the coming one.
    pub next_skips_week: bool,
    /// Stand before a day: "on", "by".
    pub on: Words,
    /// Between a day's number and its month: "of".
    pub of: Words,
    /// Behind a day's number: "th".
    pub suffix: Words,
    /// Before a day's bare number: "el", "le", "the".
    pub the: Words,
    /// A bare number behind such a word is a day only with a suffix.
    pub needs_suffix: bool,
    /// `5.12` is a day, not a clock time or a decimal number.
    pub dots: bool,
    pub r#in: Words,
    pub from_now: Words,
    pub from: Words,
    pub ago: Words,
    /// In days, except months, which are counted as -1.
    pub units: Lexicon<i64>,
    /// Behind a weekday, days to add: "en huit" = 7.
    pub later: Lexicon<i64>,
    pub this_week: Words,
    pub next_week: Words,
    pub week_after_next: Words,
    pub this_weekend: Words,
    pub next_weekend: Words,
    pub next_month: Words,
    pub end_of_month: Words,
    /// Of a week or month: 1 its beginning, 2 its middle, 3 its end.
    pub stretches: Lexicon<i64>,
    /// Stand before a clock time.
    pub clock: Words,
    /// Stand behind one.
    pub oclock: Words,
    /// Deny a day that stands before: "doesn't work".
    pub not_after: Words,
    /// Deny nothing: "why not".
    pub not_not: Words,
    pub or: Words,
}

/// Amounts of money.
#[derive(Debug)]
pub struct MoneyWords {
    /// Names of currencies; some depend on the country ("dollars", "pesos").
    pub names: Lexicon<&'static str>,
    /// Hundredths: "cents".
    pub cents: Words,
    /// A number behind such a word is a budget: "budget", "up to".
    pub budget: Words,
    /// Words that speak of a budget wherever they stand.
    pub strong: Words,
    /// Behind an amount: it is the price of a piece.
    pub each: Words,
    /// Between the two ends of a range.
    pub to: Words,
}

/// What makes an inquiry worth more.
#[derive(Debug)]
pub struct Value {
    /// "pieces", "guests": a number in front is a quantity.
    pub units: Words,
    /// Nouns that are counted without being wanted: "days", "questions", "km".
    pub not_units: Words,
    /// "I need", "for": the number behind is wanted.
    pub wants: Words,
    /// How plurals end.
    pub plurals: Vec<String>,
    /// Adjectives stand before the noun: "300 scented candles".
    pub noun_last: bool,
    /// "every month"
    pub repeat: Words,
    /// What an occasion is called, as the configuration names it.
    pub occasions: Lexicon<&'static str>,
    /// What staff read, by occasion.
    pub labels: BTreeMap<&'static str, String>,
}
