//! Days as people name them, to ISO 8601.

mod mention;
mod scanner;
mod written;

use jiff::ToSpan;
use jiff::civil::Date;

use super::grammar::{self, Grammar};
use super::tokens::{Token, tokens};
use crate::words::phrases::Language;
use scanner::{Day, Mention, Modifier, Scanner};

pub use scanner::Setting;

/// What a text says of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// No day.
    Nothing,
    /// A day that is not past.
    Day(Date),
    /// Perhaps this day: it is more than a year off, lies just behind when its year is left out, or contradicts itself.
    Doubtful(Date),
    /// Only days that have passed.
    Past,
}

/// Finds the day that a text names: in its language, else in another.
pub fn find(text: &str, setting: Setting) -> Reading {
    let tokens = tokens(text);
    grammar::own_first(setting.language)
        .map(|grammar| read(&tokens, grammar, setting))
        .find(|reading| *reading != Reading::Nothing)
        .unwrap_or(Reading::Nothing)
}

fn read(tokens: &[Token], grammar: &Grammar, setting: Setting) -> Reading {
    let scanner = Scanner { tokens, grammar, is_own: grammar.tag == setting.language, setting };
    let mentions = scanner.mentions();
    let week = mentions.iter().find_map(|mention| match mention.day {
        Day::Week(weeks) => Some(weeks),
        _ => None,
    });
    let mut best: Option<(u8, Reading)> = None;
    let mut is_past = false;
    for mention in &mentions {
        let reading = scanner.resolve(mention, week);
        is_past |= reading == Reading::Past;
        let rank = match (reading, mention.day) {
            (Reading::Nothing | Reading::Past, _) => continue,
            (Reading::Doubtful(_), _) => 0,
            (_, Day::Week(_) | Day::Rough(_)) => 1,
            (_, Day::Weekday { .. } | Day::Near(_)) => 2,
            _ => 3,
        };
        if best.is_none_or(|best| rank > best.0) {
            best = Some((rank, reading));
        }
    }
    match best {
        Some((_, reading)) => reading,
        None if is_past => Reading::Past,
        None => Reading::Nothing,
    }
}

impl Scanner<'_> {
    /// The day that a mention means. A bare weekday beside "next week" is one of that week.
    fn resolve(&self, mention: &Mention, week: Option<i64>) -> Reading {
        let today = self.setting.today;
        let (date, is_doubtful) = match mention.day {
            Day::Exact { date, is_doubtful } => (Some(date), is_doubtful),
            Day::Near(days) => (today.checked_add(days.days()).ok(), false),
            Day::Weekday { day, modifier } => {
                let modifier = match (modifier, week) {
                    (Modifier::None, Some(weeks)) => Modifier::Week(weeks),
                    (modifier, _) => modifier,
                };
                (self.weekday(day, modifier), false)
            }
            Day::Week(0) => (Some(today), false),
            Day::Week(weeks) => (self.weekday(0, Modifier::Week(weeks)), false),
            Day::Rough(date) => (Some(date), false),
        };
        match date {
            Some(date) if date < today => Reading::Past,
            Some(date) if is_doubtful || today.checked_add(1.year()).is_ok_and(|limit| date > limit) => {
                Reading::Doubtful(date)
            }
            Some(date) => Reading::Day(date),
            None => Reading::Nothing,
        }
    }
}

/// A day in words, with its year where that is not this one.
pub fn write(date: Date, language: &Language, today: Date) -> String {
    let words = &language.words;
    let day = words.days.get(date.weekday().to_monday_zero_offset() as usize).map_or("", String::as_str);
    let month = words.months.get(date.month() as usize - 1).map_or("", String::as_str);
    let text = words.date.replace("{day}", day).replace("{number}", &date.day().to_string()).replace("{month}", month);
    if date.year() == today.year() { text } else { format!("{text} {}", date.year()) }
}

#[cfg(test)]
mod tests;
