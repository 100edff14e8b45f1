//! Dates with a month: `5/12`, `2026-12-05`, "5 December", "am 5.12.".

use jiff::civil::Date;

use super::scanner::{Day, Scanner};
use crate::entity::currency;
use crate::entity::tokens::{Kind, Token};

impl Scanner<'_> {
    /// A date with its month.
    pub(super) fn written(&self, at: usize) -> Option<(Day, usize)> {
        let (date, is_doubtful, end) =
            self.day_month(at).or_else(|| self.month_day(at)).or_else(|| self.in_digits(at).filter(|_| self.is_own))?;
        Some((Day::Exact { date, is_doubtful }, end))
    }

    /// "5 December 2026", "le 1er décembre", "10-12 december".
    fn day_month(&self, at: usize) -> Option<(Date, bool, usize)> {
        let dates = &self.grammar.dates;
        let (day, len, _) = self.day_number(at)?;
        let mut end = at + len;
        let second = if self.sign(end, "-") || self.sign(end, "/") {
            Some(end + 1)
        } else {
            dates.or.at(self.tokens, end).map(|found| end + found.1)
        };
        if let Some(second) = second
            && let Some((_, len, _)) = self.day_number(self.skip(second, &dates.the))
            && self.month(self.skip(self.skip(second, &dates.the) + len, &dates.of)).is_some()
        {
            end = self.skip(second, &dates.the) + len;
        }
        let (month, len) = self.month(self.skip(end, &dates.of))?;
        self.with_year(day, month, len)
    }

    /// "December 5th, 2026".
    fn month_day(&self, at: usize) -> Option<(Date, bool, usize)> {
        let dates = &self.grammar.dates;
        let (month, end) = self.month(at)?;
        let at = self.skip(end, &dates.of);
        let (day, len, is_ordinal) = self.day_number(at)?;
        let end = at + len;
        if !is_ordinal && (self.tokens[at].kind == Kind::Word || !self.may_end_number(end)) {
            return None;
        }
        self.with_year(day, month, end)
    }

    /// A month's name, and where it ends.
    pub(super) fn month(&self, at: usize) -> Option<(i8, usize)> {
        let dates = &self.grammar.dates;
        if let Some((month, len)) = dates.months.at(self.tokens, at) {
            return Some((month as i8, at + len));
        }
        let (month, len) = dates.months_short.at(self.tokens, at)?;
        let end = at + len;
        Some((month as i8, end + usize::from(self.sign(end, ".") && self.tokens[end].glued)))
    }

    /// Takes a year that follows a day and a month.
    fn with_year(&self, day: i8, month: i8, end: usize) -> Option<(Date, bool, usize)> {
        let at = self.skip(end + usize::from(self.sign(end, ",")), &self.grammar.dates.of);
        let quoted =
            self.sign(at, "'") && self.tokens.get(at + 1).is_some_and(|next| next.glued && next.text.len() == 2);
        let token = self.tokens.get(at + usize::from(quoted));
        let year = token.filter(|token| quoted || token.text.len() == 4).and_then(Token::integer);
        match year.filter(|year| quoted || (1900..2200).contains(year)) {
            Some(year) => Some((dated(day, month, year)?, false, at + 1 + usize::from(quoted))),
            None => {
                let (date, is_doubtful) = self.without_year(day, month)?;
                Some((date, is_doubtful, end))
            }
        }
    }

    /// `12/05/2026`, `2026-12-05`, `5.12.`.
    fn in_digits(&self, at: usize) -> Option<(Date, bool, usize)> {
        let first = self.tokens.get(at).filter(|token| token.kind == Kind::Number)?;
        if first.glued
            && !matches!(self.tokens[at.checked_sub(1)?].text.as_str(), "(" | "[" | "\"" | "'" | ":" | "," | ";")
        {
            return None;
        }
        if first.text.contains('.') {
            return self.by_dots(at);
        }
        let glued = |at: usize, sign: &str| self.sign(at, sign) && self.tokens[at].glued;
        let number = |at: usize| self.tokens.get(at).filter(|token| token.glued).and_then(Token::integer);
        for sign in ["/", "-"] {
            if !glued(at + 1, sign) {
                continue;
            }
            let (first, second) = (first.integer()?, number(at + 2)?);
            if glued(at + 3, sign) {
                let (third, end) = (number(at + 4)?, at + 5);
                if self
                    .tokens
                    .get(end)
                    .is_some_and(|next| next.glued && (next.kind != Kind::Sign || next.is("/") || next.is("-")))
                {
                    return None;
                }
                if self.tokens[at].text.len() == 4 {
                    return Some((dated(third as i8, second as i8, first)?, false, end));
                }
                let (day, month) = self.ordered(first, second);
                return Some((dated(day, month, third)?, false, end));
            }
            return self.two_numbers(at, sign, first, second);
        }
        // "5. 12. 2026"
        (self.grammar.dates.dots && glued(at + 1, ".")).then_some(())?;
        let month = self.tokens.get(at + 2).and_then(Token::integer).filter(|_| glued(at + 3, "."))?;
        self.with_year(i8::try_from(first.integer()?).ok()?, i8::try_from(month).ok()?, at + 4)
    }

    /// `5/12`; a fraction, a range or "24/7" is none.
    fn two_numbers(&self, at: usize, sign: &str, first: u32, second: u32) -> Option<(Date, bool, usize)> {
        let dates = &self.grammar.dates;
        let end = at + 3;
        let is_led = dates.on.before(self.tokens, at).is_some()
            || dates.the.before(self.tokens, at).is_some()
            || dates.weekdays.before(self.tokens, at).is_some()
            || at >= 1 && dates.weekdays_short.before(self.tokens, at - usize::from(self.sign(at - 1, "."))).is_some();
        let is_fraction = matches!((first, second), (1, 2..=5 | 8 | 10) | (2, 3 | 5) | (3, 4 | 5 | 8))
            && self.tokens[at].text.len() == 1;
        let is_counted = self.tokens.get(end).is_some_and(|next| next.glued && next.kind != Kind::Sign)
            || self.grammar.value.units.at(self.tokens, end).is_some()
            || self.grammar.value.not_units.at(self.tokens, end).is_some();
        let (is_all, is_always) = (self.tokens.len() <= 4, (first, second) == (24, 7));
        if is_counted || (sign == "-" && !is_led) || ((is_fraction || is_always) && !is_led && !(is_all && is_fraction))
        {
            return None;
        }
        let (day, month) = self.ordered(first, second);
        let (date, is_doubtful) = self.without_year(day, month)?;
        Some((date, is_doubtful || (is_fraction && !is_led), end))
    }

    /// `05.12.2026` is a date anywhere; `5.12` where the language writes dates so and no clock time is meant.
    fn by_dots(&self, at: usize) -> Option<(Date, bool, usize)> {
        let dates = &self.grammar.dates;
        let numbers: Vec<u32> = self.tokens[at].text.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        let end = at + 1;
        match numbers[..] {
            [year, month, day] if year > 1900 => Some((dated(day as i8, month as i8, year)?, false, end)),
            [day, month, year] => {
                let (day, month) = (i8::try_from(day).ok()?, i8::try_from(month).ok()?);
                Some((dated(day, month, year)?, false, end))
            }
            [day, month] => {
                let has_point = self.sign(end, ".") && self.tokens[end].glued;
                let is_led = dates.on.before(self.tokens, at).is_some() || dates.the.before(self.tokens, at).is_some();
                let is_time = dates.oclock.at(self.tokens, end).is_some()
                    || dates.clock.before(self.tokens, at).is_some() && !is_led
                    || self.tokens.get(end).is_some_and(|next| {
                        next.glued && !next.is(".") && !next.is(",") && !next.is("?") && !next.is("!")
                    });
                let is_price = self.tokens.get(end).is_some_and(|next| {
                    currency::of_sign(&next.text).is_some() || self.grammar.money.names.at(self.tokens, end).is_some()
                });
                if is_time || is_price || !(dates.dots || is_led) {
                    return None;
                }
                let (day, month) = (i8::try_from(day).ok()?, i8::try_from(month).ok()?);
                self.with_year(day, month, end + usize::from(has_point && dates.dots))
            }
            _ => None,
        }
    }

    /// Day and month in the order of the locale; what cannot be a month is the day in either.
    fn ordered(&self, first: u32, second: u32) -> (i8, i8) {
        let small = |number: u32| i8::try_from(number).unwrap_or(i8::MAX);
        if (self.setting.month_first && first <= 12) || second > 12 {
            (small(second), small(first))
        } else {
            (small(first), small(second))
        }
    }
}

/// A day of a year of four or two digits.
fn dated(day: i8, month: i8, year: u32) -> Option<Date> {
    let year = if year < 100 { 2000 + year } else { year };
    Date::new(i16::try_from(year).ok()?, month, day).ok()
}
