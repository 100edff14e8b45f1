//! Days as people name them, to ISO 8601.

use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::Date;
use regex::Regex;

use crate::words::cues::{alternation, fold};
use crate::words::phrases::{self, Language};

static ISO: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?-u:\b([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\b)").expect("a constant pattern"));

static NUMERIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?-u:\b([0-9]{1,2})[/.-]([0-9]{1,2})(?:[/.-]([0-9]{4}|[0-9]{2}))?\b)").expect("a constant pattern")
});

static LANGUAGES: LazyLock<Vec<(&'static str, Patterns)>> =
    LazyLock::new(|| phrases::languages().iter().map(|language| (language.tag, Patterns::new(language))).collect());

/// What a language's days are recognised by, over folded text.
struct Patterns {
    day_month: Regex,
    month_day: Regex,
    weekday: Regex,
    ahead: Regex,
    near: Vec<(String, i32)>,
    months: Vec<Vec<String>>,
    days: Vec<String>,
    numbers: Vec<String>,
    weeks: Vec<String>,
    next_skips_week: bool,
}

impl Patterns {
    fn new(language: &Language) -> Self {
        let words = &language.words;
        let folded = |words: &[String]| words.iter().map(|word| fold(word)).collect::<Vec<_>>();
        let either = |words: &[String]| alternation(words);
        let (days, months, short) = (folded(&words.days), folded(&words.months), folded(&words.months_short));
        let all_months = [months.clone(), short.clone()].concat();
        let join = either(&folded(&words.date_join));
        let pattern = |text: String| Regex::new(&text).expect("built from word lists that the tests read");
        let mut near: Vec<(String, i32)> = Vec::new();
        for (words, ahead) in [(&words.after_tomorrow, 2), (&words.tomorrow, 1), (&words.today, 0)] {
            near.extend(folded(words).into_iter().map(|word| (word, ahead)));
        }
        Self {
            day_month: pattern(format!(
                r"(?-u:\b)([0-9]{{1,2}})(?:st|nd|rd|th|er|º|o|\.)? +(?:(?:{join}) +)*({})(?-u:\b)\.?(?:,? +(?:(?:{join}) +)?([0-9]{{4}}))?",
                either(&all_months)
            )),
            month_day: pattern(format!(
                r"(?-u:\b)({})\.? +(?:(?:{join}) +)*([0-9]{{1,2}})(?:st|nd|rd|th)?(?-u:\b)(?:,? +([0-9]{{4}}))?",
                either(&all_months)
            )),
            weekday: pattern(format!(
                r"(?:(?-u:\b)({next}) +)?(?-u:\b)({})(?-u:\b)(?: +({next})(?-u:\b))?",
                either(&days),
                next = either(&folded(&words.next))
            )),
            ahead: pattern(format!(
                r"(?-u:\b)(?:{}) +([0-9]{{1,2}}|{}) +({}|{})(?-u:\b)",
                either(&folded(&words.r#in)),
                either(&folded(&words.one_two)),
                either(&folded(&words.in_days)),
                either(&folded(&words.in_weeks))
            )),
            near,
            months: months.into_iter().zip(short).map(|(long, short)| vec![long, short]).collect(),
            days,
            numbers: folded(&words.one_two),
            weeks: folded(&words.in_weeks),
            next_skips_week: words.next_skips_week,
        }
    }

    fn find(&self, text: &str, today: Date) -> Option<Date> {
        let month_of = |name: &str| self.months.iter().position(|names| names.iter().any(|known| known == name));
        if let Some(hit) = self.day_month.captures(text) {
            let month = month_of(&hit[2])? as i8 + 1;
            return resolve(hit[1].parse().ok()?, month, hit.get(3).map(|year| year.as_str()), today);
        }
        if let Some(hit) = self.month_day.captures(text) {
            let month = month_of(&hit[1])? as i8 + 1;
            return resolve(hit[2].parse().ok()?, month, hit.get(3).map(|year| year.as_str()), today);
        }
        if let Some(hit) = self.ahead.captures(text) {
            // "a" and "one" are both 1, so the list begins with two words for it.
            let count = hit[1]
                .parse()
                .ok()
                .or_else(|| self.numbers.iter().position(|word| *word == hit[1]).map(|at| (at as i32).max(1)))?;
            let days = if self.weeks.iter().any(|week| *week == hit[2]) { count * 7 } else { count };
            return today.checked_add(days.days()).ok();
        }
        for (word, days) in &self.near {
            if contains_word(text, word) {
                return today.checked_add(days.days()).ok();
            }
        }
        let hit = self.weekday.captures(text)?;
        let wanted = self.days.iter().position(|day| *day == hit[2])? as i32;
        let now = i32::from(today.weekday().to_monday_zero_offset());
        let is_next = hit.get(1).is_some() || hit.get(3).is_some();
        let ahead = if is_next && self.next_skips_week {
            7 - now + wanted
        } else {
            match (wanted - now).rem_euclid(7) {
                0 => 7,
                ahead => ahead,
            }
        };
        today.checked_add(ahead.days()).ok()
    }
}

/// Compiles the patterns.
pub fn prepare() {
    LazyLock::force(&LANGUAGES);
}

/// Finds a day that is not past. `month_first` reads `12/05` as 5 December.
///
/// # Errors
/// [`Past`] where the day named lies before today.
pub fn find(text: &str, language: &Language, month_first: bool, today: Date) -> Result<Option<Date>, Past> {
    let found = written(text, month_first, today).or_else(|| {
        let folded = fold(text);
        let own = LANGUAGES.iter().filter(|(tag, _)| *tag == language.tag);
        let others = LANGUAGES.iter().filter(|(tag, _)| *tag != language.tag);
        own.chain(others).find_map(|(_, patterns)| patterns.find(&folded, today))
    });
    match found {
        Some(date) if date < today => Err(Past),
        found => Ok(found),
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

/// The day lies before today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past;

fn written(text: &str, month_first: bool, today: Date) -> Option<Date> {
    if let Some(hit) = ISO.captures(text) {
        return Date::new(hit[1].parse().ok()?, hit[2].parse().ok()?, hit[3].parse().ok()?).ok();
    }
    NUMERIC.captures_iter(text).find_map(|hit| {
        let (first, second): (i8, i8) = (hit[1].parse().ok()?, hit[2].parse().ok()?);
        // What cannot be a month is the day, whatever the locale.
        let (day, month) = if (month_first && first <= 12) || second > 12 { (second, first) } else { (first, second) };
        resolve(day, month, hit.get(3).map(|year| year.as_str()), today)
    })
}

/// Without a year, the next such day.
fn resolve(day: i8, month: i8, year: Option<&str>, today: Date) -> Option<Date> {
    match year {
        Some(year) => {
            let year: i16 = year.parse().ok()?;
            Date::new(if year < 100 { 2000 + year } else { year }, month, day).ok()
        }
        None => [0, 1, 2, 3, 4]
            .into_iter()
            .filter_map(|ahead| Date::new(today.year().checked_add(ahead)?, month, day).ok())
            .find(|date| *date >= today),
    }
}

fn contains_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Monday.
    const TODAY: Date = jiff::civil::date(2026, 11, 23);

    fn read(text: &str, tag: &str) -> String {
        match find(text, phrases::language(tag, tag), tag == "en-US", TODAY) {
            Ok(Some(date)) => date.to_string(),
            Ok(None) => "nothing".into(),
            Err(Past) => "past".into(),
        }
    }

    #[test]
    fn days_are_read_in_the_visitors_language() {
        for (text, tag, date) in [
            ("2026-12-04", "en", "2026-12-04"),
            ("today", "en", "2026-11-23"),
            ("tomorrow please", "en", "2026-11-24"),
            ("the day after tomorrow", "en", "2026-11-25"),
            ("friday", "en", "2026-11-27"),
            ("next friday", "en", "2026-12-04"),
            ("monday", "en", "2026-11-30"),
            ("in two weeks", "en", "2026-12-07"),
            ("in a week", "en", "2026-11-30"),
            ("in 3 days", "en", "2026-11-26"),
            ("December 5th", "en", "2026-12-05"),
            ("5 Jan", "en", "2027-01-05"),
            ("12/05", "en-US", "2026-12-05"),
            ("12/05", "en-GB", "2027-05-12"),
            ("25/12", "en-US", "2026-12-25"),
            ("1/2/27", "en-GB", "2027-02-01"),
            ("31/02", "en-GB", "nothing"),
            ("2020-01-01", "en", "past"),
            ("whenever", "en", "nothing"),
            ("may I come on 3 may", "en", "2027-05-03"),
            ("el próximo viernes", "es", "2026-11-27"),
            ("el viernes que viene", "es", "2026-11-27"),
            ("pasado mañana", "es", "2026-11-25"),
            ("el 5 de enero de 2027", "es", "2027-01-05"),
            ("dentro de dos semanas", "es", "2026-12-07"),
            ("amanhã", "pt", "2026-11-24"),
            ("na próxima sexta-feira", "pt", "2026-11-27"),
            ("après-demain", "fr", "2026-11-25"),
            ("vendredi prochain", "fr", "2026-11-27"),
            ("le 1er décembre", "fr", "2026-12-01"),
            ("dans une semaine", "fr", "2026-11-30"),
            ("nächsten Freitag", "de", "2026-11-27"),
            ("am 24. Dezember", "de", "2026-12-24"),
            ("24.12.", "de", "2026-12-24"),
            ("in einer Woche", "de", "2026-11-30"),
            ("übermorgen", "de", "2026-11-25"),
            ("dopodomani", "it", "2026-11-25"),
            ("venerdì prossimo", "it", "2026-11-27"),
            ("mañana", "en", "2026-11-24"),
        ] {
            assert_eq!(read(text, tag), date, "{text} in {tag}");
        }
    }
}
