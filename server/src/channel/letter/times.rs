//! Moments as staff read them: in the site's time zone and the words of its language.

use jiff::tz::TimeZone;

use super::words::Words;
use crate::clock::Millis;
use crate::config::Site;

/// Moments in the site's time zone.
pub(super) struct Times {
    zone: TimeZone,
    words: &'static Words,
}

impl Times {
    pub(super) fn of(site: &Site, words: &'static Words) -> Self {
        let hours = || site.hours.as_ref().and_then(|hours| hours.get("tz"));
        let named = site.time_zone.as_ref().or_else(hours).and_then(|name| TimeZone::get(name).ok());
        Self { zone: named.unwrap_or(TimeZone::UTC), words }
    }

    fn at(&self, at: Millis) -> jiff::ZonedDateTime {
        jiff::Timestamp::from_millisecond(at).unwrap_or_default().to_zoned_datetime(self.zone.clone())
    }

    pub(super) fn day(&self, at: Millis) -> String {
        self.words.day(&self.at(at))
    }

    pub(super) fn time(&self, at: Millis) -> String {
        self.at(at).strftime("%H:%M").to_string()
    }

    pub(super) fn full(&self, at: Millis) -> String {
        format!("{}, {}", self.day(at), self.time(at))
    }

    pub(super) fn zone(&self) -> String {
        self.zone.iana_name().unwrap_or("UTC").to_owned()
    }
}
