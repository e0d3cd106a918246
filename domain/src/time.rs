//! Time as data: instants arrive from outside, nothing here reads a clock.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Microseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant `seconds` later.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// The year and the month (1 … 12) that it is in, UTC.
    pub fn month(self) -> (i64, i64) {
        // As in `days`, the other way: eras of 400 years, and years that begin with March.
        let days = self.0.div_euclid(24 * 60 * 60 * 1_000_000) + 719_468;
        let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let month = (5 * (day - (365 * year + year / 4 - year / 100)) + 2) / 153;
        let year = year + era * 400;
        if month < 10 { (year, month + 3) } else { (year + 1, month - 9) }
    }
}

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a time (RFC 3339, as in 2026-01-31T12:00:00Z)")]
pub struct InvalidTime {
    /// What was read, its beginning.
    pub found: String,
}

impl FromStr for Timestamp {
    type Err = InvalidTime;

    /// Reads RFC 3339: `2026-01-31T12:00:00Z`, `2026-01-31T13:00:00.5+01:00`. Beyond microseconds is cut off.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        rfc3339(text).map(Self).ok_or_else(|| InvalidTime {
            found: text.chars().take(64).collect(),
        })
    }
}

fn rfc3339(text: &str) -> Option<i64> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let zone_at = rest.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = rest.split_at(zone_at);
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (whole, fraction) = time
        .split_once('.')
        .map_or((time, None), |(whole, fraction)| (whole, Some(fraction)));
    let [hour, minute, second] = numbers(whole, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = ((days(year, month, day)? * 24 + hour) * 60 + minute - offset_minutes(zone)?) * 60 + second;
    Some(seconds * 1_000_000 + fraction.map_or(Some(0), micros)?)
}

/// Three numbers of so many digits each.
fn numbers(text: &str, between: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(between);
    let mut found = [0; 3];
    for (number, digits) in found.iter_mut().zip(digits) {
        *number = of_digits(parts.next()?, digits)?;
    }
    parts.next().is_none().then_some(found)
}

fn of_digits(text: &str, digits: usize) -> Option<i64> {
    let is_spelt = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_spelt { text.parse().ok() } else { None }
}

/// A fraction of a second.
fn micros(fraction: &str) -> Option<i64> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
    six.parse().ok()
}

fn offset_minutes(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next()? {
        'Z' | 'z' => return (zone.len() == 1).then_some(0),
        '+' => 1,
        _ => -1,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    let (hours, minutes) = (of_digits(hours, 2)?, of_digits(minutes, 2)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

/// Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that a leap day is its year's last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let before_the_year = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let before_the_month = (month * 153 + 2) / 5;
    // 0000-03-01 is 719,468 days before 1970-01-01.
    Some(before_the_year + before_the_month + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_rfc_3339_writes_them() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1969-12-31T23:59:59.999999Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000),
            ("2025-06-15T15:06:40Z", 1_750_000_000_000_000),
            ("2025-06-15T17:06:40.5+02:00", 1_750_000_000_500_000),
            ("2025-06-15t13:36:40.1234567-01:30", 1_750_000_000_123_456),
        ] {
            assert_eq!(text.parse(), Ok(Timestamp(micros)), "{text}");
        }
    }

    #[test]
    fn times_know_their_month() {
        for (text, month) in [
            ("1970-01-01T00:00:00Z", (1970, 1)),
            ("1969-12-31T23:59:59.999999Z", (1969, 12)),
            ("2000-02-29T23:59:59Z", (2000, 2)),
            ("2000-03-01T00:00:00Z", (2000, 3)),
            ("2026-12-31T23:59:59Z", (2026, 12)),
        ] {
            assert_eq!(text.parse().map(Timestamp::month), Ok(month), "{text}");
        }
        for year in 1600..2500 {
            for month in 1..=12 {
                let first = days(year, month, 1).unwrap() * 24 * 60 * 60 * 1_000_000;
                assert_eq!(Timestamp(first).month(), (year, month));
                let before = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
                assert_eq!(Timestamp(first - 1).month(), before);
            }
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "T",
            "12",
            "2025-06-15",
            "2025-06-15T15:06:40",
            "2025-06-15 15:06:40Z",
            "2025-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-06-15T24:00:00Z",
            "2025-06-15T15:06:40.Z",
            "2025-06-15T15:06:40+2:00",
            "2025-06-15T15:06:40Zx",
            "2025-6-15T15:06:40Z",
            "+025-06-15T15:06:40Z",
            "2025-06-15T15:06:40+é1:00",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }
}
