//! When points become active and when they end, on the calendar of the programme's time zone.

use chrono::{DateTime, Datelike as _, Days, Duration, Months, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::{
    Program,
    document::{Activation, Currency, Expiry, Period},
};
use crate::clock::Instant;

impl Program {
    /// When points of a currency that were earned at an instant become active, or are cancelled where they await an event that
    /// has not come.
    pub fn activates_at(currency: &Currency, earned_at: Instant) -> Instant {
        match currency.activation {
            Activation::Immediate => earned_at,
            Activation::After { days } | Activation::OnFulfilment { cancel_after_days: days } => {
                earned_at + Duration::days(i64::from(days))
            }
        }
    }

    /// Whether points of a currency become active only when their order is fulfilled.
    pub fn awaits_event(currency: &Currency) -> bool {
        matches!(currency.activation, Activation::OnFulfilment { .. })
    }

    /// When points of a currency that become active at an instant end; never where there is none.
    pub fn expires_at(&self, currency: &Currency, activates_at: Instant) -> Option<Instant> {
        let day = self.local(activates_at).date_naive();
        let end = match currency.expiry {
            Expiry::Never => return None,
            Expiry::AfterDays { days } => next_day(day.checked_add_days(Days::new(days.into()))?)?,
            Expiry::AfterMonths { months, until_end_of } => {
                end_of(until_end_of, day.checked_add_months(Months::new(months))?)?
            }
        };
        Some(start_of_day(self.time_zone(), end))
    }
}

fn next_day(day: NaiveDate) -> Option<NaiveDate> {
    day.succ_opt()
}

/// The first day after the period that holds a day.
fn end_of(period: Period, day: NaiveDate) -> Option<NaiveDate> {
    let first_of_month = day.with_day(1)?;
    match period {
        Period::Day => next_day(day),
        Period::Month => first_of_month.checked_add_months(Months::new(1)),
        Period::Quarter => first_of_month.checked_add_months(Months::new(3 - day.month0() % 3)),
        Period::Year => NaiveDate::from_ymd_opt(day.year() + 1, 1, 1),
    }
}

/// The instant at which a day begins: midnight, or the first moment after it where the clocks skip midnight.
pub(super) fn start_of_day(zone: Tz, day: NaiveDate) -> Instant {
    let midnight = day.and_time(NaiveTime::MIN);
    let local: DateTime<Tz> = zone
        .from_local_datetime(&midnight)
        .earliest()
        .or_else(|| zone.from_local_datetime(&(midnight + Duration::hours(1))).earliest())
        .unwrap_or_else(|| zone.from_utc_datetime(&midnight));
    local.with_timezone(&Utc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::version::tests_support::program_with;

    #[test]
    fn points_end_when_the_calendar_says() {
        let months = |months, until_end_of| Expiry::AfterMonths { months, until_end_of };
        let table = [
            // zone, rule, active from, gone from
            ("UTC", Expiry::Never, "2011-01-31T10:00:00Z", None),
            ("UTC", months(1, Period::Day), "2011-01-31T10:00:00Z", Some("2011-03-01T00:00:00Z")),
            ("UTC", months(1, Period::Day), "2012-01-31T10:00:00Z", Some("2012-03-01T00:00:00Z")),
            ("UTC", months(3, Period::Month), "2010-12-01T08:26:00Z", Some("2011-04-01T00:00:00Z")),
            ("UTC", months(3, Period::Month), "2010-11-30T23:59:59Z", Some("2011-03-01T00:00:00Z")),
            ("UTC", months(1, Period::Quarter), "2011-02-10T00:00:00Z", Some("2011-04-01T00:00:00Z")),
            ("UTC", months(12, Period::Year), "2011-02-10T00:00:00Z", Some("2013-01-01T00:00:00Z")),
            ("UTC", Expiry::AfterDays { days: 30 }, "2011-01-01T23:00:00Z", Some("2011-02-01T00:00:00Z")),
            // Local midnight: London is an hour ahead of UTC in summer, Dubai four hours all year.
            ("Europe/London", months(1, Period::Month), "2011-05-31T22:30:00Z", Some("2011-06-30T23:00:00Z")),
            ("Europe/London", months(1, Period::Month), "2011-05-31T23:30:00Z", Some("2011-07-31T23:00:00Z")),
            (
                "Asia/Dubai",
                Expiry::AfterDays { days: 1 },
                "2011-05-31T20:30:00Z",
                Some("2011-06-02T20:00:00Z"),
            ),
            // Midnight of 27 March 2011 did not exist in Beirut.
            (
                "Asia/Beirut",
                Expiry::AfterDays { days: 1 },
                "2011-03-25T10:00:00Z",
                Some("2011-03-26T22:00:00Z"),
            ),
        ];
        for (zone, expiry, active, gone) in table {
            let program = program_with(zone, expiry);
            let got = program.expires_at(program.first_currency(), active.parse().unwrap());
            assert_eq!(got, gone.map(|at| at.parse().unwrap()), "{zone} {expiry:?} {active}");
        }
    }
}
