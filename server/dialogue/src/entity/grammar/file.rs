//! Reads the data file of a language.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::lexicon::{Lexicon, Words, without_umlauts};
use super::types::{Dates, Grammar, MoneyWords, Numbers, Value};
use crate::entity::currency;
use crate::types::value::OCCASIONS;
use crate::words::cues::fold;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    small: Vec<String>,
    not: Vec<String>,
    numbers: NumbersFile,
    dates: DatesFile,
    money: MoneyFile,
    value: ValueFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NumbersFile {
    words: BTreeMap<String, i64>,
    glued: bool,
    scales: BTreeMap<String, i64>,
    short_scales: BTreeMap<String, i64>,
    half: Vec<String>,
    one: Vec<String>,
    and: Vec<String>,
    vague: Vec<String>,
    bare: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DatesFile {
    weekdays: [Vec<String>; 7],
    weekdays_short: [Vec<String>; 7],
    /// Parts of a day that are written in one with the weekday: "Samstagvormittag".
    glued_parts: Vec<String>,
    months: [Vec<String>; 12],
    months_short: [Vec<String>; 12],
    ordinals: BTreeMap<String, i64>,
    near: BTreeMap<String, i64>,
    holidays: BTreeMap<String, [i8; 2]>,
    parts: Vec<String>,
    this: Vec<String>,
    next: Vec<String>,
    after_next: Vec<String>,
    last: Vec<String>,
    next_skips_week: bool,
    on: Vec<String>,
    of: Vec<String>,
    suffix: Vec<String>,
    the: Vec<String>,
    needs_suffix: bool,
    dots: bool,
    r#in: Vec<String>,
    from_now: Vec<String>,
    from: Vec<String>,
    ago: Vec<String>,
    units: BTreeMap<String, i64>,
    later: BTreeMap<String, i64>,
    this_week: Vec<String>,
    next_week: Vec<String>,
    week_after_next: Vec<String>,
    this_weekend: Vec<String>,
    next_weekend: Vec<String>,
    next_month: Vec<String>,
    end_of_month: Vec<String>,
    stretches: BTreeMap<String, i64>,
    clock: Vec<String>,
    oclock: Vec<String>,
    not_after: Vec<String>,
    not_not: Vec<String>,
    or: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyFile {
    names: BTreeMap<String, Vec<String>>,
    cents: Vec<String>,
    budget: Vec<String>,
    strong: Vec<String>,
    each: Vec<String>,
    to: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueFile {
    units: Vec<String>,
    not_units: Vec<String>,
    wants: Vec<String>,
    plurals: Vec<String>,
    noun_last: bool,
    repeat: Vec<String>,
    /// The first word is what staff read.
    occasions: BTreeMap<String, Vec<String>>,
}

/// Reads a language's file.
pub fn read(tag: &'static str, text: &str) -> Grammar {
    let file: File = toml::from_str(text).expect("a grammar is part of the program and read by its tests");
    Grammar {
        tag,
        small: words(&file.small),
        not: words(&file.not),
        numbers: numbers(&file.numbers),
        dates: dates(&file.dates),
        money: MoneyWords {
            names: Lexicon::new(file.money.names.iter().flat_map(|(name, words)| {
                let name: &'static str = currency::known(name).expect("the tests read each currency");
                words.iter().map(move |word| (word.as_str(), name))
            })),
            cents: words(&file.money.cents),
            budget: words(&file.money.budget),
            strong: words(&file.money.strong),
            each: words(&file.money.each),
            to: words(&file.money.to),
        },
        value: value(file.value),
    }
}

fn numbers(file: &NumbersFile) -> Numbers {
    let mut glued: Vec<(String, i64)> = Vec::new();
    if file.glued {
        let all = file.words.iter().chain(&file.scales);
        for (word, value) in all {
            glued.extend([fold(word), without_umlauts(word)].map(|word| (word, *value)));
        }
        glued.extend(file.and.iter().map(|word| (fold(word), 0)));
        glued.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
    }
    Numbers {
        words: values(&file.words),
        glued,
        scales: values(&file.scales),
        short_scales: values(&file.short_scales),
        half: words(&file.half),
        one: words(&file.one),
        and: words(&file.and),
        vague: words(&file.vague),
        bare: words(&file.bare),
    }
}

fn dates(file: &DatesFile) -> Dates {
    let mut weekdays: Vec<(String, i64)> = Vec::new();
    for (day, names) in file.weekdays.iter().enumerate() {
        for name in names {
            weekdays.push((name.clone(), day as i64));
            weekdays.extend(file.glued_parts.iter().map(|part| (format!("{name}{part}"), day as i64)));
        }
    }
    let holidays = file.holidays.iter().map(|(name, [month, day])| (name.as_str(), (*month, *day)));
    Dates {
        weekdays: Lexicon::new(weekdays.iter().map(|(name, day)| (name.as_str(), *day))),
        weekdays_short: numbered(&file.weekdays_short, 0),
        months: numbered(&file.months, 1),
        months_short: numbered(&file.months_short, 1),
        ordinals: values(&file.ordinals),
        near: values(&file.near),
        holidays: Lexicon::new(holidays),
        parts: words(&file.parts),
        this: words(&file.this),
        next: words(&file.next),
        after_next: words(&file.after_next),
        last: words(&file.last),
        next_skips_week: file.next_skips_week,
        on: words(&file.on),
        of: words(&file.of),
        suffix: words(&file.suffix),
        the: words(&file.the),
        needs_suffix: file.needs_suffix,
        dots: file.dots,
        r#in: words(&file.r#in),
        from_now: words(&file.from_now),
        from: words(&file.from),
        ago: words(&file.ago),
        units: values(&file.units),
        later: values(&file.later),
        this_week: words(&file.this_week),
        next_week: words(&file.next_week),
        week_after_next: words(&file.week_after_next),
        this_weekend: words(&file.this_weekend),
        next_weekend: words(&file.next_weekend),
        next_month: words(&file.next_month),
        end_of_month: words(&file.end_of_month),
        stretches: values(&file.stretches),
        clock: words(&file.clock),
        oclock: words(&file.oclock),
        not_after: words(&file.not_after),
        not_not: words(&file.not_not),
        or: words(&file.or),
    }
}

fn value(file: ValueFile) -> Value {
    let of = |name: &str| file.occasions.get(name).map(Vec::as_slice).unwrap_or_default();
    let names = || OCCASIONS.iter().map(|(name, _)| *name);
    Value {
        occasions: Lexicon::new(names().flat_map(|name| of(name).iter().map(move |word| (word.as_str(), name)))),
        labels: names().filter_map(|name| Some((name, of(name).first()?.clone()))).collect(),
        units: words(&file.units),
        not_units: words(&file.not_units),
        wants: words(&file.wants),
        noun_last: file.noun_last,
        repeat: words(&file.repeat),
        plurals: file.plurals,
    }
}

fn words(list: &[String]) -> Words {
    Lexicon::new(list.iter().map(|word| (word.as_str(), ())))
}

fn values(map: &BTreeMap<String, i64>) -> Lexicon<i64> {
    Lexicon::new(map.iter().map(|(word, value)| (word.as_str(), *value)))
}

fn numbered(names: &[Vec<String>], first: i64) -> Lexicon<i64> {
    Lexicon::new((first..).zip(names).flat_map(|(at, names)| names.iter().map(move |name| (name.as_str(), at))))
}
