//! Where a text mentions a day, and which: one pass over its tokens by a language's grammar.

use jiff::ToSpan;
use jiff::civil::Date;

use super::scanner::{Day, Mention, Modifier, Scanner};
use crate::entity::grammar::Words;
use crate::entity::number;
use crate::entity::tokens::{Kind, Token};

impl Scanner<'_> {
    /// All mentions that are not denied, in order.
    pub fn mentions(&self) -> Vec<Mention> {
        let dates = &self.grammar.dates;
        let mut mentions = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            if let Some((_, len)) = dates.parts.at(self.tokens, at).filter(|(_, len)| *len > 1) {
                at += len;
                continue;
            }
            let Some((day, end)) = self.day_at(at) else {
                at += 1;
                continue;
            };
            let end = self.skip(end, &dates.parts);
            let mention = Mention { start: at, end, day };
            if !self.is_denied(&mention) {
                mentions.push(mention);
            }
            at = end;
        }
        mentions
    }

    fn day_at(&self, at: usize) -> Option<(Day, usize)> {
        self.counted(at)
            .or_else(|| self.part_of_long(at))
            .or_else(|| self.long(at))
            .or_else(|| self.near(at))
            .or_else(|| self.weekday_at(at))
            .or_else(|| self.written(at))
            .or_else(|| self.holiday(at))
            .or_else(|| self.bare_day(at))
            .or_else(|| self.bare_month(at))
    }

    /// "in three days", "a week from friday", "two weeks ago".
    fn counted(&self, at: usize) -> Option<(Day, usize)> {
        let dates = &self.grammar.dates;
        let lead = dates.r#in.at(self.tokens, at).map_or(0, |found| found.1);
        let (count, len) = self.count(at + lead)?;
        let mut end = at + lead + len;
        // "in 3-4 days"
        if self.sign(end, "-")
            && let Some((_, len)) = self.count(end + 1)
        {
            end += 1 + len;
        }
        let (unit, len) = dates.units.at(self.tokens, end)?;
        end += len;
        let after = |from: Date| match unit {
            -1 => from.checked_add(count.months()).ok(),
            days => from.checked_add((count * days).days()).ok(),
        };
        let exact = |date: Date| Day::Exact { date, is_doubtful: false };
        if let Some((_, len)) = dates.ago.at(self.tokens, end) {
            return Some((Day::Near(-count.max(1)), end + len));
        }
        if let Some((_, len)) = dates.from_now.at(self.tokens, end) {
            return Some((exact(after(self.setting.today)?), end + len));
        }
        let from = dates.from.at(self.tokens, end).map_or(0, |found| found.1);
        if let Some((anchor, end)) = self
            .near(end + from)
            .or_else(|| self.weekday_at(end + from))
            .or_else(|| (from > 0).then(|| self.written(end + from))?)
        {
            let anchor = match anchor {
                Day::Exact { date, .. } => date,
                Day::Near(days) => self.setting.today.checked_add(days.days()).ok()?,
                Day::Weekday { day, modifier } => self.weekday(day, modifier)?,
                Day::Week(_) | Day::Rough(_) => return None,
            };
            return Some((exact(after(anchor)?), end));
        }
        (lead > 0).then(|| Some((exact(after(self.setting.today)?), end)))?
    }

    /// "end of next week", "Anfang Dezember".
    fn part_of_long(&self, at: usize) -> Option<(Day, usize)> {
        let dates = &self.grammar.dates;
        let (part, len) = dates.stretches.at(self.tokens, at)?;
        let at = self.skip(at + len, &dates.of);
        if let Some((_, len)) = dates.next_week.at(self.tokens, at).or_else(|| dates.this_week.at(self.tokens, at)) {
            let weeks = i64::from(dates.next_week.at(self.tokens, at).is_some());
            // Monday, Wednesday, Friday.
            let date = self.weekday((part - 1) * 2, Modifier::Week(weeks))?;
            return Some((Day::Rough(date.max(self.setting.today)), at + len));
        }
        let (first, end) = match dates.next_month.at(self.tokens, at) {
            Some((_, len)) => (self.setting.today.last_of_month().tomorrow().ok()?, at + len),
            None => {
                let (month, end) = self.month(at)?;
                (self.coming_month(month)?, end)
            }
        };
        let date = match part {
            1 => first,
            2 => Date::new(first.year(), first.month(), 15).ok()?,
            _ => first.last_of_month(),
        };
        Some((Day::Rough(date.max(self.setting.today)), end))
    }

    /// The first day of the next month with that number that is not over.
    fn coming_month(&self, month: i8) -> Option<Date> {
        let today = self.setting.today;
        Date::new(today.year() + i16::from(month < today.month()), month, 1).ok()
    }

    /// Weeks, weekends and months.
    fn long(&self, at: usize) -> Option<(Day, usize)> {
        let dates = &self.grammar.dates;
        let today = self.setting.today;
        let here = |words: &Words| words.at(self.tokens, at).map(|found| at + found.1);
        let saturday = || self.weekday(5, Modifier::Week(0)).map(|date| date.max(today));
        if let Some(end) = here(&dates.next_weekend) {
            return Some((Day::Rough(self.weekday(5, Modifier::Week(1))?), end));
        }
        if let Some(end) = here(&dates.this_weekend) {
            return Some((Day::Rough(saturday()?), end));
        }
        let week = here(&dates.week_after_next)
            .map(|end| (2, end))
            .or_else(|| here(&dates.next_week).map(|end| (1, end)))
            .or_else(|| here(&dates.this_week).map(|end| (0, end)));
        if let Some((weeks, end)) = week {
            // "next week on friday"
            let day = self.skip(self.skip(end, &dates.parts), &dates.on);
            if let Some((day, len)) = dates.weekdays.at(self.tokens, day).map(|(named, len)| (named, day + len)) {
                return Some((Day::Weekday { day, modifier: Modifier::Week(weeks) }, len));
            }
            return Some((Day::Week(weeks), end));
        }
        if let Some(end) = here(&dates.end_of_month) {
            return Some((Day::Rough(today.last_of_month()), end));
        }
        let end = here(&dates.next_month)?;
        Some((Day::Rough(today.last_of_month().tomorrow().ok()?), end))
    }

    /// "tomorrow", "today in a week".
    pub(super) fn near(&self, at: usize) -> Option<(Day, usize)> {
        let dates = &self.grammar.dates;
        let (days, len) = dates.near.at(self.tokens, at)?;
        let end = self.skip(at + len, &dates.parts);
        if let Some((later, len)) = dates.later.at(self.tokens, end).filter(|_| days >= 0) {
            return Some((Day::Near(days + later), end + len));
        }
        // "tomorrow, friday" may contradict itself.
        let next = end + usize::from(self.sign(end, ","));
        if days >= 0
            && next == end
            && let Some((day, len)) = dates.weekdays.at(self.tokens, next)
        {
            let date = self.setting.today.checked_add(days.days()).ok()?;
            let is_doubtful = i64::from(date.weekday().to_monday_zero_offset()) != day;
            return Some((Day::Exact { date, is_doubtful }, next + len));
        }
        Some((Day::Near(days), end))
    }

    /// "next friday", "viernes que viene", "Fr. 4.12.", "Saturday the 5th".
    pub(super) fn weekday_at(&self, start: usize) -> Option<(Day, usize)> {
        let dates = &self.grammar.dates;
        let before = [
            (&dates.after_next, Modifier::AfterNext),
            (&dates.next, Modifier::Next),
            (&dates.this, Modifier::This),
            (&dates.last, Modifier::Last),
        ]
        .into_iter()
        .find_map(|(words, modifier)| words.at(self.tokens, start).map(|found| (modifier, found.1)));
        let (mut modifier, len) = before.unwrap_or((Modifier::None, 0));
        let at = start + len;
        let (day, len) = dates.weekdays.at(self.tokens, at).or_else(|| self.short_weekday(at, len > 0))?;
        let mut end = at + len;
        if len == 1 && self.tokens[at].text.len() <= 4 && self.sign(end, ".") && self.tokens.get(end + 1).is_some() {
            end += 1;
        }
        if let Some((weeks, end)) = self.of_week(end) {
            return Some((Day::Weekday { day, modifier: Modifier::Week(weeks) }, end));
        }
        if modifier == Modifier::None {
            let after = [(&dates.next, Modifier::Next), (&dates.last, Modifier::Last)]
                .into_iter()
                .find_map(|(words, modifier)| words.at(self.tokens, end).map(|found| (modifier, found.1)));
            if let Some((found, len)) = after {
                (modifier, end) = (found, end + len);
            }
        }
        let past_parts = self.skip(end, &dates.parts);
        if let Some((days, len)) = dates.later.at(self.tokens, past_parts) {
            return Some((Day::Weekday { day, modifier: Modifier::Later(days) }, past_parts + len));
        }
        if let Some((weeks, end)) = self.of_week(past_parts) {
            return Some((Day::Weekday { day, modifier: Modifier::Week(weeks) }, end));
        }
        if let Some((date, is_doubtful, end)) = self.number_of_weekday(end, day) {
            return Some((Day::Exact { date, is_doubtful }, end));
        }
        Some((Day::Weekday { day, modifier }, end))
    }

    /// "(friday) next week", "(viernes) de la semana que viene".
    fn of_week(&self, at: usize) -> Option<(i64, usize)> {
        let dates = &self.grammar.dates;
        (at..=at + 2).take_while(|end| (at..*end).all(|at| self.grammar.small.at(self.tokens, at).is_some())).find_map(
            |at| {
                [(&dates.week_after_next, 2), (&dates.next_week, 1), (&dates.this_week, 0)]
                    .into_iter()
                    .find_map(|(words, weeks)| words.at(self.tokens, at).map(|found| (weeks, at + found.1)))
            },
        )
    }

    /// The date that stands behind a weekday; in doubt where that day is another weekday.
    fn number_of_weekday(&self, end: usize, day: i64) -> Option<(Date, bool, usize)> {
        let dates = &self.grammar.dates;
        let comma = end + usize::from(self.sign(end, ","));
        let is_day = |date: Date| i64::from(date.weekday().to_monday_zero_offset()) == day;
        for at in [comma, self.skip(comma, &dates.on)] {
            if let Some((Day::Exact { date, is_doubtful }, end)) = self.written(at) {
                return Some((date, is_doubtful || !is_day(date), end));
            }
        }
        let at = self.skip(comma, &dates.the);
        let (number, len, is_ordinal) = self.day_number(at)?;
        if !self.may_end_day(at + len) {
            return None;
        }
        let date = self.next_day_of_month(number)?;
        // "friday 10" is an hour where the 10th is no friday.
        (is_ordinal || at > comma || is_day(date)).then_some((date, !is_day(date), at + len))
    }

    /// "sat" is a day beside what makes it one, or alone.
    fn short_weekday(&self, at: usize, is_modified: bool) -> Option<(i64, usize)> {
        let dates = &self.grammar.dates;
        let (day, len) = dates.weekdays_short.at(self.tokens, at).filter(|_| self.is_own)?;
        let next = at + len;
        let number = next + usize::from(self.sign(next, ".") || self.sign(next, ","));
        let is_led =
            is_modified || dates.on.before(self.tokens, at).is_some() || dates.or.before(self.tokens, at).is_some();
        let is_followed = dates.parts.at(self.tokens, next).is_some()
            || dates.or.at(self.tokens, next).is_some() && dates.weekdays_short.at(self.tokens, next + 1).is_some()
            || self.tokens.get(number).is_some_and(|token| token.kind == Kind::Number && !token.glued)
                && dates.clock.before(self.tokens, at).is_none()
            || self.day_number(number).is_some();
        (is_led || is_followed || self.tokens.len() <= 2).then_some((day, len))
    }

    /// "christmas eve"; only where it is called a day, since "christmas candles" is none.
    fn holiday(&self, at: usize) -> Option<(Day, usize)> {
        let dates = &self.grammar.dates;
        let ((month, day), len) = dates.holidays.at(self.tokens, at)?;
        let end = at + len;
        let is_led =
            at == 0 || dates.on.before(self.tokens, at).is_some() || dates.the.before(self.tokens, at).is_some();
        let goes_on = self.tokens.get(end).is_some_and(|next| next.kind == Kind::Word)
            && self.grammar.small.at(self.tokens, end).is_none()
            && dates.parts.at(self.tokens, end).is_none();
        let (date, is_doubtful) = self.without_year(day, month)?;
        (is_led && !goes_on).then_some((Day::Exact { date, is_doubtful }, end))
    }

    /// "the 5th", "el 5", "am 5.".
    fn bare_day(&self, at: usize) -> Option<(Day, usize)> {
        let dates = &self.grammar.dates;
        if !self.is_own {
            return None;
        }
        let lead = dates.the.at(self.tokens, at).map_or(0, |found| found.1);
        if lead > 0
            && let Some(found) = self.written(at + lead)
        {
            return Some(found);
        }
        let (number, len, is_ordinal) = self.day_number(at + lead)?;
        let end = at + lead + len;
        let is_spelled = self.tokens[at + lead].kind == Kind::Word;
        let is_day = if lead == 0 {
            is_ordinal && !is_spelled && !dates.dots && self.tokens.len() <= 4
        } else {
            is_ordinal || (!dates.needs_suffix && !is_spelled)
        };
        let is_clock = dates.clock.before(self.tokens, at + lead).is_some() && lead == 0;
        if !is_day || is_clock || !self.may_end_day(end) {
            return None;
        }
        Some((Day::Exact { date: self.next_day_of_month(number)?, is_doubtful: false }, end))
    }

    /// "december": its first day that is not past.
    fn bare_month(&self, at: usize) -> Option<(Day, usize)> {
        let dates = &self.grammar.dates;
        let (month, len) = dates.months.at(self.tokens, at)?;
        let end = at + len;
        let today = self.setting.today;
        // "may" and "march" are verbs as well, "août" and "mars" are not.
        let is_led = dates.r#in.before(self.tokens, at).is_some()
            || dates.on.before(self.tokens, at).is_some()
            || dates.of.before(self.tokens, at).is_some()
            || dates.this.before(self.tokens, at).is_some()
            || dates.next.before(self.tokens, at).is_some();
        let is_alone = || {
            let others = (0..self.tokens.len()).filter(|other| !(at..end).contains(other));
            self.tokens.len() <= 4
                && others.into_iter().all(|other| {
                    self.tokens[other].kind == Kind::Sign || self.grammar.small.at(self.tokens, other).is_some()
                })
        };
        if !is_led && !is_alone() {
            return None;
        }
        let year = self.tokens.get(end).and_then(Token::integer).filter(|year| (1990..2200).contains(year));
        let date = match year {
            Some(year) => Date::new(year as i16, month as i8, 1).ok()?,
            None => self.coming_month(month as i8)?.max(today),
        };
        Some((Day::Rough(date), end + usize::from(year.is_some())))
    }

    /// "not friday", "el viernes no".
    fn is_denied(&self, mention: &Mention) -> bool {
        let dates = &self.grammar.dates;
        let mut at = mention.start;
        while let Some((_, len)) = dates
            .on
            .before(self.tokens, at)
            .or_else(|| dates.the.before(self.tokens, at))
            .or_else(|| dates.this.before(self.tokens, at))
        {
            at -= len;
        }
        let denied_before =
            [at, mention.start].into_iter().any(|at| self.grammar.not.before(self.tokens, at).is_some());
        let excused = [at, mention.start].into_iter().any(|at| dates.not_not.before(self.tokens, at).is_some());
        let denied_after = dates.not_after.at(self.tokens, mention.end).is_some_and(|(_, len)| {
            len > 1 || self.tokens.get(mention.end + len).is_none_or(|next| next.kind == Kind::Sign)
        });
        denied_before && !excused || denied_after
    }

    /// A count of days or weeks.
    fn count(&self, at: usize) -> Option<(i64, usize)> {
        /// Ten years ahead is as far as anybody plans.
        const MAX_COUNT: f64 = 3_650.0;
        if let Some((_, len)) = self.grammar.numbers.one.at(self.tokens, at) {
            return Some((1, len));
        }
        let number = number::at(self.tokens, at, self.grammar)?;
        (number.value <= MAX_COUNT && number.value.fract() == 0.0).then_some((number.value as i64, number.len))
    }
}
