//! Opening hours: whether a site is open, when it opens next, and how to say so.

use std::collections::BTreeMap;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const DAY_MINUTES: u16 = 24 * 60;

/// How far ahead an opening is looked for; who closes for longer should not promise a day.
const LOOK_AHEAD_DAYS: i32 = 30;

/// A week's opening hours in a time zone, read from `{ tz = "Europe/Madrid", mon-fri = "09:00-18:00", sat = "10:00-14:00" }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    zone: TimeZone,
    /// Monday first; minutes from midnight, the end past 24:00 where it is on the next day.
    week: [Vec<(u16, u16)>; 7],
    /// Days on which it stays closed whatever the week says.
    closed: Vec<Date>,
}

/// The key that is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{key}\" {message}")]
pub struct InvalidHours {
    /// The day or setting, as the table names it.
    pub key: String,
    /// What is wrong and what to do, without the key.
    pub message: String,
}

/// When a site opens next, in its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Epoch milliseconds.
    pub at_ms: i64,
    /// 0 today, 1 tomorrow.
    pub days_ahead: i32,
    /// 0 is Monday.
    pub weekday: usize,
    /// Minutes from midnight.
    pub minutes: u16,
}

impl Hours {
    /// Reads a configuration's table: `tz`, then days or ranges of days (`mon`, `mon-fri`) with one or more spans
    /// (`"09:00-14:00, 16:00-20:00"`, `"closed"`), and `closed` with dates (`"2026-12-25, 2027-01-01"`).
    ///
    /// # Errors
    /// The first key that is wrong.
    pub fn parse(table: &BTreeMap<String, String>) -> Result<Self, InvalidHours> {
        let fault = |key: &str, message: &str| InvalidHours { key: key.into(), message: message.into() };
        let name =
            table.get("tz").ok_or_else(|| fault("tz", "is missing; name a time zone such as \"Europe/Madrid\""))?;
        let zone = TimeZone::get(name)
            .map_err(|_| fault("tz", &format!("is no time zone: {name:?}; write one such as \"Europe/Madrid\"")))?;
        let mut week: [Vec<(u16, u16)>; 7] = Default::default();
        let mut closed = Vec::new();
        // Ranges of days first, so that a single day overrides the range that it is in.
        let mut keys: Vec<_> = table.iter().filter(|(key, _)| *key != "tz").collect();
        keys.sort_by_key(|(key, _)| !key.contains('-'));
        for (key, value) in keys {
            if key == "closed" {
                for date in value.split(',') {
                    let date = date.trim().parse().map_err(|_| fault(key, "must hold dates such as \"2026-12-25\""))?;
                    closed.push(date);
                }
                continue;
            }
            let days = day_range(key).ok_or_else(|| {
                fault(key, "is no day; write mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri")
            })?;
            let spans = spans(value).ok_or_else(|| {
                fault(key, &format!("is no span of time: {value:?}; write \"09:00-18:00\" or \"closed\""))
            })?;
            for day in days {
                week[day].clone_from(&spans);
            }
        }
        Ok(Self { zone, week, closed })
    }

    /// The site's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether somebody is there.
    pub fn is_open(&self, now_ms: i64) -> bool {
        let Some(now) = self.local(now_ms) else {
            return false;
        };
        let minutes = minutes_of(now.datetime());
        let in_day =
            |date: Date, minutes: u16| self.spans_on(date).iter().any(|&(from, to)| (from..to).contains(&minutes));
        in_day(now.date(), minutes)
            || now.date().yesterday().is_ok_and(|yesterday| in_day(yesterday, minutes + DAY_MINUTES))
    }

    /// When somebody is there next; `None` while it is open, or where it does not open within a month.
    pub fn next_opening(&self, now_ms: i64) -> Option<Opening> {
        if self.is_open(now_ms) {
            return None;
        }
        let now = self.local(now_ms)?;
        let mut date = now.date();
        for days_ahead in 0..LOOK_AHEAD_DAYS {
            let from = self.spans_on(date).iter().map(|&(from, _)| from);
            let next = from.filter(|&from| days_ahead > 0 || from > minutes_of(now.datetime())).min();
            if let Some(minutes) = next {
                let at = date
                    .at((minutes / 60) as i8, (minutes % 60) as i8, 0, 0)
                    .to_zoned_datetime(self.zone.clone())
                    .ok()?;
                return Some(Opening {
                    at_ms: at.timestamp().as_millisecond(),
                    days_ahead,
                    weekday: date.weekday().to_monday_zero_offset() as usize,
                    minutes,
                });
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// The week in words: `Mon–Fri 9:00–18:00, Sat 10:00–14:00`. `days` are the seven names, Monday first.
    pub fn describe(&self, days: &[String]) -> String {
        let mut text = String::new();
        let mut first = 0;
        while first < 7 {
            let last = (first..7).take_while(|&day| self.week[day] == self.week[first]).last().unwrap_or(first);
            if !self.week[first].is_empty() {
                if !text.is_empty() {
                    text.push_str(", ");
                }
                text.push_str(days.get(first).map_or("", String::as_str));
                if last > first {
                    text.push('–');
                    text.push_str(days.get(last).map_or("", String::as_str));
                }
                let spans: Vec<String> =
                    self.week[first].iter().map(|&(from, to)| format!("{}–{}", clock(from), clock(to))).collect();
                text.push(' ');
                text.push_str(&spans.join(" & "));
            }
            first = last + 1;
        }
        text
    }

    fn local(&self, now_ms: i64) -> Option<ZonedDateTime> {
        Some(Timestamp::from_millisecond(now_ms).ok()?.to_zoned_datetime(self.zone.clone()))
    }

    fn spans_on(&self, date: Date) -> &[(u16, u16)] {
        if self.closed.contains(&date) { &[] } else { &self.week[date.weekday().to_monday_zero_offset() as usize] }
    }
}

/// `9:00` of 540.
pub fn clock(minutes: u16) -> String {
    let minutes = if minutes > DAY_MINUTES { minutes - DAY_MINUTES } else { minutes };
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

fn minutes_of(time: DateTime) -> u16 {
    time.hour().unsigned_abs() as u16 * 60 + time.minute().unsigned_abs() as u16
}

/// `mon-fri` or `sat`; a range may run over Sunday.
fn day_range(key: &str) -> Option<Vec<usize>> {
    let day = |name: &str| DAYS.iter().position(|day| *day == name.trim());
    match key.split_once('-') {
        None => Some(vec![day(key)?]),
        Some((first, last)) => {
            let (first, last) = (day(first)?, day(last)?);
            let count = (last + 7 - first) % 7 + 1;
            Some((0..count).map(|ahead| (first + ahead) % 7).collect())
        }
    }
}

fn spans(value: &str) -> Option<Vec<(u16, u16)>> {
    if value.trim() == "closed" {
        return Some(Vec::new());
    }
    let minutes = |text: &str| -> Option<u16> {
        let (hours, minutes) = text.trim().split_once(':')?;
        let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
        (minutes < 60 && hours * 60 + minutes <= DAY_MINUTES).then_some(hours * 60 + minutes)
    };
    let mut spans = Vec::new();
    for span in value.split(',') {
        let (from, to) = span.split_once(['-', '–'])?;
        let (from, to) = (minutes(from)?, minutes(to)?);
        if from == to || from == DAY_MINUTES {
            return None;
        }
        spans.push((from, if to < from { to + DAY_MINUTES } else { to }));
    }
    spans.sort_unstable();
    Some(spans)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(entries: &[(&str, &str)]) -> Result<Hours, InvalidHours> {
        Hours::parse(&entries.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect())
    }

    fn at(text: &str) -> i64 {
        text.parse::<ZonedDateTime>().unwrap().timestamp().as_millisecond()
    }

    #[test]
    fn a_shop_is_open_from_the_first_minute_until_before_the_last() {
        let hours = hours(&[("tz", "Europe/Madrid"), ("mon-fri", "09:00-18:00")]).unwrap();

        assert!(!hours.is_open(at("2026-11-23T08:59:59[Europe/Madrid]")));
        assert!(hours.is_open(at("2026-11-23T09:00:00[Europe/Madrid]")));
        assert!(hours.is_open(at("2026-11-23T17:59:59[Europe/Madrid]")));
        assert!(!hours.is_open(at("2026-11-23T18:00:00[Europe/Madrid]")));
    }

    #[test]
    fn after_friday_the_next_opening_is_monday_in_the_shops_own_time() {
        let hours = hours(&[("tz", "America/New_York"), ("mon-fri", "09:30-18:00")]).unwrap();

        let opening = hours.next_opening(at("2026-11-20T23:00:00[America/New_York]")).unwrap();

        assert_eq!((opening.days_ahead, opening.weekday, opening.minutes), (3, 0, 570));
        assert_eq!(opening.at_ms, at("2026-11-23T09:30:00[America/New_York]"));
    }

    #[test]
    fn a_bar_that_closes_after_midnight_is_open_after_midnight() {
        let hours = hours(&[("tz", "Europe/Madrid"), ("fri", "20:00-02:00")]).unwrap();

        assert!(hours.is_open(at("2026-11-28T01:30:00[Europe/Madrid]")));
        assert!(!hours.is_open(at("2026-11-28T02:30:00[Europe/Madrid]")));
    }

    #[test]
    fn a_day_off_is_skipped() {
        let hours = hours(&[("tz", "Europe/Madrid"), ("mon-fri", "09:00-18:00"), ("closed", "2026-12-25")]).unwrap();

        assert!(!hours.is_open(at("2026-12-25T10:00:00[Europe/Madrid]")));
        assert_eq!(hours.next_opening(at("2026-12-25T10:00:00[Europe/Madrid]")).unwrap().days_ahead, 3);
    }

    #[test]
    fn a_lunch_break_is_closed_and_a_single_day_overrides_its_range() {
        let hours =
            hours(&[("tz", "Europe/Madrid"), ("mon-sat", "09:00-14:00, 16:00-20:00"), ("sat", "10:00-13:00")]).unwrap();
        let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map(String::from);

        assert!(!hours.is_open(at("2026-11-23T15:00:00[Europe/Madrid]")));
        assert!(!hours.is_open(at("2026-11-28T09:30:00[Europe/Madrid]")));
        assert_eq!(hours.describe(&days), "Mon–Fri 9:00–14:00 & 16:00–20:00, Sat 10:00–13:00");
    }

    #[test]
    fn faults_name_the_key_and_the_remedy() {
        assert_eq!(hours(&[]).unwrap_err().key, "tz");
        assert_eq!(hours(&[("tz", "Mars/Base")]).unwrap_err().key, "tz");
        assert_eq!(hours(&[("tz", "UTC"), ("mo", "09:00-18:00")]).unwrap_err().key, "mo");
        assert_eq!(hours(&[("tz", "UTC"), ("mon", "9 to 6")]).unwrap_err().key, "mon");
        assert_eq!(hours(&[("tz", "UTC"), ("mon", "99:00-100:00")]).unwrap_err().key, "mon");
        assert_eq!(hours(&[("tz", "UTC"), ("closed", "Christmas")]).unwrap_err().key, "closed");
    }
}
