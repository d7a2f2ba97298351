//! Moments and durations, as people write and read them; all in UTC.

use std::str::FromStr;
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use thiserror::Error;

/// A moment in the past that somebody gives on the command line: how long ago it was, or its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Past(pub(super) Timestamp);

#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a duration such as 90m, 2h or 3d, or a date such as 2026-01-31")]
pub(super) struct NoMoment;

impl FromStr for Past {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        Self::before(Timestamp::now(), text)
    }
}

impl Past {
    fn before(now: Timestamp, text: &str) -> Result<Self, NoMoment> {
        let start = |date: DateTime| date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
        let moment = if let Ok(span) = text.parse::<Span>() {
            if span.is_negative() {
                return Err(NoMoment);
            }
            now.to_zoned(TimeZone::UTC).checked_sub(span).map(|zoned| zoned.timestamp())
        } else if let Ok(moment) = text.parse::<Timestamp>() {
            Ok(moment)
        } else if let Ok(date) = text.parse::<DateTime>() {
            start(date)
        } else {
            text.parse::<Date>().and_then(|date| start(date.into()))
        };
        moment.map(Self).map_err(|_| NoMoment)
    }

    /// As the times of records begin that are of this second.
    pub(super) fn of_record(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }
}

/// How long ago a time was (RFC 3339): `3 h ago`; the date where that was long ago, and the text where it is no time.
pub(super) fn ago(now: Timestamp, time: &str) -> String {
    let Ok(moment) = time.parse::<Timestamp>() else { return time.to_owned() };
    match rounded(now.duration_since(moment).unsigned_abs()) {
        Some(age) => format!("{age} ago"),
        None => moment.strftime("%Y-%m-%d").to_string(),
    }
}

/// A duration in its largest unit, up to a hundred days.
pub(super) fn rounded(duration: Duration) -> Option<String> {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    match duration.as_secs() {
        seconds @ ..MINUTE => Some(format!("{seconds} s")),
        seconds @ ..HOUR => Some(format!("{} min", seconds / MINUTE)),
        seconds if seconds < 2 * DAY => Some(format!("{} h", seconds / HOUR)),
        seconds if seconds < 100 * DAY => Some(format!("{} d", seconds / DAY)),
        _ => None,
    }
}

/// How long something plays: `0:24`, `1:02:03`.
pub(super) fn playing(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_millis() >= 500);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_duration_ago_or_a_date() {
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("90m", "2026-03-02T10:30:00Z"),
            ("2h", "2026-03-02T10:00:00Z"),
            ("1h30m", "2026-03-02T10:30:00Z"),
            ("3d", "2026-02-27T12:00:00Z"),
            ("2 weeks", "2026-02-16T12:00:00Z"),
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2026-01-31T10:00", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00+01:00", "2026-01-31T09:00:00Z"),
        ] {
            assert_eq!(Past::before(now, text).unwrap().0.to_string(), expected, "{text}");
        }
        for text in ["", "60", "-2h", "2h ago", "soon", "2026-13-01", "99999999y"] {
            assert_eq!(Past::before(now, text), Err(NoMoment), "{text}");
        }
        let past = Past::before(now, "1ms").unwrap();
        assert_eq!(past.of_record(), "2026-03-02T11:59:59");
        assert!(past.of_record().as_str() < "2026-03-02T11:59:59.001Z");
        assert!(past.of_record().as_str() < "2026-03-02T11:59:59Z");
    }

    #[test]
    fn ages_are_in_their_largest_unit() {
        let now: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        for (time, expected) in [
            ("2026-03-02T11:59:18.5Z", "41 s ago"),
            ("2026-03-02T11:01:00Z", "59 min ago"),
            ("2026-03-02T09:00:00Z", "3 h ago"),
            ("2026-02-28T12:00:01Z", "47 h ago"),
            ("2026-02-28T12:00:00Z", "2 d ago"),
            ("2025-01-31T12:00:00Z", "2025-01-31"),
            ("yesterday", "yesterday"),
        ] {
            assert_eq!(ago(now, time), expected);
        }
    }

    #[test]
    fn durations_are_those_of_players() {
        let playing = |millis| playing(Duration::from_millis(millis));
        assert_eq!(
            [playing(0), playing(24_499), playing(59_500), playing(3_723_000)],
            ["0:00", "0:24", "1:00", "1:02:03"]
        );
    }
}
