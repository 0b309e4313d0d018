//! Days and moments of the invented world.
//!
//! A moment is a count of seconds since 1970 in UTC, which is what both a book row and a block header carry. Holidays
//! are not modelled: weekends alone already give the books the rhythm that baselines have to cope with.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Weekday};

/// Seconds since 1970-01-01 UTC.
pub(crate) type Moment = i64;

/// One hour.
pub(crate) const HOUR: Moment = 3_600;
/// One day.
pub(crate) const DAY: Moment = 86_400;

/// The day, or 1970-01-01 for a date that does not exist.
pub(crate) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// The first day in the books.
pub(crate) fn first_day() -> NaiveDate {
    day(2023, 7, 1)
}

/// The last day in the books.
pub(crate) fn last_day() -> NaiveDate {
    day(2024, 12, 31)
}

/// All days of the books.
pub(crate) fn all_days() -> impl Iterator<Item = NaiveDate> {
    first_day().iter_days().take_while(|date| *date <= last_day())
}

/// The months of the books, each as its first day.
pub(crate) fn months() -> impl Iterator<Item = NaiveDate> {
    all_days().filter(|date| date.day() == 1)
}

/// A moment on a day.
pub(crate) fn at(date: NaiveDate, hour: i64, minute: i64) -> Moment {
    date.and_time(NaiveTime::MIN).and_utc().timestamp() + hour * HOUR + minute * 60
}

/// The day a moment falls on.
pub(crate) fn date_of(moment: Moment) -> NaiveDate {
    DateTime::from_timestamp(moment, 0).map(|time| time.date_naive()).unwrap_or_default()
}

/// `date` plus a number of days.
pub(crate) fn plus(date: NaiveDate, days: i64) -> NaiveDate {
    let count = Days::new(days.unsigned_abs());
    let moved = if days < 0 { date.checked_sub_days(count) } else { date.checked_add_days(count) };
    moved.unwrap_or(date)
}

/// True from Monday to Friday.
pub(crate) fn is_working(date: NaiveDate) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The last working day not after `date`: when wages fall on a weekend they are paid before it.
pub(crate) fn working_before(date: NaiveDate) -> NaiveDate {
    let mut date = date;
    while !is_working(date) {
        date = plus(date, -1);
    }
    date
}

/// The first working day not before `date`: when a bill falls due on a weekend it is paid after it.
pub(crate) fn working_after(date: NaiveDate) -> NaiveDate {
    let mut date = date;
    while !is_working(date) {
        date = plus(date, 1);
    }
    date
}

/// `2024-03-05T14:03:22Z`.
pub(crate) fn stamp(moment: Moment) -> String {
    DateTime::from_timestamp(moment, 0).map(|time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekends_move_wages_back_and_bills_forward() {
        let saturday = day(2024, 3, 2);
        assert_eq!(working_before(saturday), day(2024, 3, 1));
        assert_eq!(working_after(saturday), day(2024, 3, 4));
        assert_eq!(stamp(at(saturday, 14, 3) + 22), "2024-03-02T14:03:22Z");
        assert_eq!(months().count(), 18);
    }
}
