//! Times and days in the visitor's own manner of writing them, by the browser's own knowledge.

export interface Clock {
  time(at: number): string;
  /** A key that is the same for all moments of one day. */
  day(at: number): string;
  /** "today", "yesterday", or the date. */
  dayName(at: number): string;
}

export function createClock(language: string): Clock {
  const time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
  const date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long" });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0);
  return {
    time: (at) => time.format(at),
    day: (at) => String(midnight(at)),
    dayName(at) {
      // Rounded, since a day of the clock's change has 23 or 25 hours.
      const ago = Math.round((midnight(Date.now()) - midnight(at)) / 86_400_000);
      return ago < 2 ? relative.format(-ago, "day") : date.format(at);
    },
  };
}
