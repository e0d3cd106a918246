//! Days of the calendar as numbers.

/// Days from 1970-01-01 to this day; `None` when there is no such day.
pub fn since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let index = usize::try_from(month - 1).ok()?;
    if !(1970..=9999).contains(&year) || day < 1 || day > *lengths.get(index)? {
        return None;
    }
    let before = year - 1;
    let years = (year - 1970) * 365 + (before / 4 - before / 100 + before / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
    Some(years + lengths[..index].iter().sum::<i64>() + day - 1)
}
