//! A log's time: its day from its name, the minute from each line, a day more whenever midnight passes.

use domain::time::Timestamp;

use super::super::told::Micros;

const MINUTE: i64 = 60_000_000;
const DAY_MINUTES: i64 = 24 * 60;
/// So far back no line comes late: midnight has passed. Of a clock of twelve hours, too, which goes back by less than half a day.
const MIDNIGHT: i64 = DAY_MINUTES / 4;

/// The time of the line that is read.
#[derive(Debug)]
pub(super) struct Clock {
    /// Days since 1970.
    day: i64,
    /// Minutes of the day.
    minutes: i64,
}

impl Clock {
    pub(super) fn new(day: i64) -> Self {
        Self { day, minutes: 0 }
    }

    /// Sets it to a line's minutes. Far back is midnight; a little back is a line that came late.
    pub(super) fn set(&mut self, minutes: i64) {
        if self.minutes - minutes >= MIDNIGHT {
            self.day += 1;
        }
        self.minutes = minutes;
    }

    pub(super) fn now(&self) -> Micros {
        (self.day * DAY_MINUTES + self.minutes) * MINUTE
    }
}

/// When a day begins, given in days since 1970.
pub(super) fn begins(day: i64) -> Micros {
    day * DAY_MINUTES * MINUTE
}

/// The day that a name begins with, in days since 1970.
pub(super) fn day(name: &str) -> Option<i64> {
    let midnight: Timestamp = format!("{}T00:00:00Z", name.get(..10)?).parse().ok()?;
    (midnight.0 >= 0).then_some(midnight.0 / (DAY_MINUTES * MINUTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_passes_at_midnight_and_not_when_a_line_comes_late() {
        let start = day("2004-12-31.train-c").unwrap();
        let mut clock = Clock::new(start);
        let mut at = |minutes| {
            clock.set(minutes);
            clock.now() / MINUTE - start * DAY_MINUTES
        };
        assert_eq!([at(23 * 60 + 59), at(23 * 60 + 58), at(0), at(5)], [1439, 1438, 1440, 1445]);
    }

    #[test]
    fn a_day_passes_at_midnight_on_a_clock_of_twelve_hours_too() {
        let mut clock = Clock::new(0);
        let mut at = |minutes| {
            clock.set(minutes);
            clock.now() / MINUTE
        };
        assert_eq!([at(9 * 60 + 14), at(11 * 60 + 55), at(5), at(6 * 60)], [554, 715, 1445, 1800]);
    }

    #[test]
    fn a_name_that_begins_with_no_day_has_none() {
        assert_eq!(day("1970-01-02"), Some(1));
        assert_eq!(day("2004-12-25.train-c"), Some(12_777));
        for name in ["", "ubuntu", "2004-13-01", "2004-02-30", "2004-1-1.txt", "+004-01-01"] {
            assert_eq!(day(name), None, "{name}");
        }
    }
}
