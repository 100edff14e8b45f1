//! A text under the grammar of a language: what a day may be, the parts of a date, and the arithmetic of days.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::entity::currency;
use crate::entity::grammar::{Grammar, Words};
use crate::entity::number;
use crate::entity::tokens::{Kind, Token};

/// A day without a year that has passed so lately is rather that one than next year's.
const JUST_PAST_DAYS: i32 = 31;

/// A day as it is mentioned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Day {
    /// A date, or one counted from today.
    Exact { date: Date, is_doubtful: bool },
    /// Days from today.
    Near(i64),
    /// Monday is 0.
    Weekday { day: i64, modifier: Modifier },
    /// Weeks from this one.
    Week(i64),
    /// The first day of something longer: a month, a weekend.
    Rough(Date),
}

/// Which of all Fridays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modifier {
    None,
    This,
    Next,
    AfterNext,
    Last,
    /// Of the week that is so many after this one.
    Week(i64),
    /// Days after the coming one.
    Later(i64),
}

/// Where a day is mentioned.
#[derive(Debug, Clone, Copy)]
pub struct Mention {
    pub start: usize,
    pub end: usize,
    pub day: Day,
}

/// How a text is to be read.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Tag of the language.
    pub language: &'a str,
    /// Reads `12/05` as 5 December.
    pub month_first: bool,
    /// Where the visitor's clock stands.
    pub today: Date,
}

/// A text being read by one grammar.
pub struct Scanner<'a> {
    pub tokens: &'a [Token],
    pub grammar: &'a Grammar,
    /// The grammar is that of the visitor's language; another's is believed only where it is unmistakable.
    pub is_own: bool,
    pub setting: Setting<'a>,
}

impl Scanner<'_> {
    /// The day of the coming, next or another week.
    pub fn weekday(&self, wanted: i64, modifier: Modifier) -> Option<Date> {
        let today = self.setting.today;
        let now = i64::from(today.weekday().to_monday_zero_offset());
        let coming = match (wanted - now).rem_euclid(7) {
            0 => 7,
            ahead => ahead,
        };
        let ahead = match modifier {
            Modifier::Next if self.grammar.dates.next_skips_week => 7 - now + wanted,
            Modifier::None | Modifier::This | Modifier::Next => coming,
            Modifier::AfterNext => coming + 7,
            Modifier::Last => coming - 7 - if coming == 7 { 7 } else { 0 },
            Modifier::Week(weeks) => weeks * 7 - now + wanted,
            Modifier::Later(days) => coming + days,
        };
        today.checked_add(ahead.days()).ok()
    }

    /// The number of a day in its month: its value, its length, whether it is written as an ordinal.
    pub(super) fn day_number(&self, at: usize) -> Option<(i8, usize, bool)> {
        let dates = &self.grammar.dates;
        let token = self.tokens.get(at)?;
        let (day, mut len, mut is_ordinal) = match token.kind {
            Kind::Number => (i64::from(token.integer().filter(|_| token.text.len() <= 2)?), 1, false),
            Kind::Word => match dates.ordinals.at(self.tokens, at) {
                Some((day, len)) => (day, len, true),
                None => {
                    let number = number::at(self.tokens, at, self.grammar).filter(|number| !number.scaled)?;
                    (number.value as i64, number.len, false)
                }
            },
            Kind::Sign => return None,
        };
        if token.kind == Kind::Number {
            let next = at + 1;
            if let Some((_, suffix)) = dates.suffix.at(self.tokens, next).filter(|_| self.tokens[next].glued) {
                (len, is_ordinal) = (1 + suffix, true);
            } else if dates.dots && self.sign(next, ".") && self.tokens[next].glued {
                (len, is_ordinal) = (2, true);
            } else if self.tokens.get(next).is_some_and(|next| next.glued && next.kind != Kind::Sign) {
                // "10am", "5kg"
                return None;
            }
        }
        (1..=31).contains(&day).then_some((day as i8, len, is_ordinal))
    }

    /// Whether a bare number may be a day here: no clock time, price, measure or anything else that is counted.
    pub(super) fn may_end_day(&self, end: usize) -> bool {
        self.may_end_number(end)
            && !self.tokens.get(end).is_some_and(|next| {
                next.kind == Kind::Number && self.tokens[end - 1].kind == Kind::Number
                    || next.kind == Kind::Word
                        && self.grammar.small.at(self.tokens, end).is_none()
                        && self.grammar.dates.parts.at(self.tokens, end).is_none()
                        && self.grammar.dates.clock.at(self.tokens, end).is_none()
            })
    }

    pub(super) fn may_end_number(&self, end: usize) -> bool {
        let next = self.tokens.get(end);
        let is_part_of_number =
            next.is_some_and(|next| next.glued && matches!(next.text.as_str(), ":" | "/" | "%" | "-"));
        let is_money = next.is_some_and(|next| currency::of_sign(&next.text).is_some());
        !is_part_of_number && !is_money && self.grammar.dates.oclock.at(self.tokens, end).is_none()
    }

    /// The next day with this number.
    pub(super) fn next_day_of_month(&self, day: i8) -> Option<Date> {
        let today = self.setting.today;
        (0..12).find_map(|ahead: i32| {
            let month = today.first_of_month().checked_add(ahead.months()).ok()?;
            Date::new(month.year(), month.month(), day).ok().filter(|date| *date >= today)
        })
    }

    /// The next such day; in doubt where the last one is so near that it is rather meant.
    pub(super) fn without_year(&self, day: i8, month: i8) -> Option<(Date, bool)> {
        let today = self.setting.today;
        let date = (0..5).find_map(|ahead| {
            Date::new(today.year().checked_add(ahead)?, month, day).ok().filter(|date| *date >= today)
        })?;
        let last = Date::new(today.year(), month, day).ok();
        let is_just_past = last.is_some_and(|last| {
            last < today && today.checked_sub(JUST_PAST_DAYS.days()).is_ok_and(|limit| last >= limit)
        });
        Some((date, is_just_past))
    }

    pub(super) fn skip(&self, at: usize, words: &Words) -> usize {
        let mut at = at;
        while let Some((_, len)) = words.at(self.tokens, at) {
            at += len;
        }
        at
    }

    pub(super) fn sign(&self, at: usize, sign: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(sign))
    }
}
