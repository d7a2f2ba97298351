//! Times as records hold them: RFC 3339, UTC, to the millisecond.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_smithy_types::{DateTime, date_time::Format};

/// The milliseconds from 1970 to now.
pub(crate) fn now_millis() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn now() -> String {
    let time = DateTime::from_millis(now_millis());
    time.fmt(Format::DateTime).unwrap_or_default()
}

/// An event's time, or else now.
pub(crate) fn time_or_now(given: Option<&str>) -> String {
    given.filter(|time| milliseconds(time).is_some()).map_or_else(now, str::to_owned)
}

/// The milliseconds from 1970 to a time; none for what is no time.
pub(crate) fn milliseconds(time: &str) -> Option<i64> {
    DateTime::from_str(time, Format::DateTime).ok()?.to_millis().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        let written = now();
        assert!(written.starts_with("20") && written.ends_with('Z') && written.len() <= 24, "{written}");
        assert!(milliseconds(&written).is_some_and(|time| time > 1_767_000_000_000));
        assert_eq!(milliseconds("2026-01-02T03:04:05.678Z"), Some(1_767_323_045_678));
        assert_eq!(milliseconds("yesterday"), None);
        assert_eq!(time_or_now(Some("2026-01-02T03:04:05Z")), "2026-01-02T03:04:05Z");
        assert!(time_or_now(Some("yesterday")) >= written && time_or_now(None) >= written);
    }
}
