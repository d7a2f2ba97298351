//! A caption.

/// A text and when it is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cue {
    /// When it comes, in milliseconds.
    pub(crate) start: u64,
    /// When it goes, in milliseconds; later than it comes.
    pub(crate) end: u64,
    /// Where it is, as WebVTT's cue settings say; empty for the usual place.
    pub(crate) settings: String,
    /// The text as WebVTT has it, with lines between newlines, none of them empty.
    pub(crate) text: String,
}

impl Cue {
    /// A caption, unless it is never shown or says nothing.
    pub(crate) fn new(start: u64, end: u64, settings: String, text: &str) -> Option<Self> {
        // An empty line would end the caption, and an arrow would begin another.
        let lines: Vec<String> = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.replace("-->", "→"))
            .collect();
        (start < end && !lines.is_empty()).then(|| Self { start, end, settings, text: lines.join("\n") })
    }
}

/// A time: `01:02:03.004` with this mark before the milliseconds.
pub(super) fn time(milliseconds: u64, mark: char) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    format!("{:02}:{:02}:{:02}{mark}{rest:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Reads `01:02:03.004`, `02:03.004` or the same with a comma, in milliseconds.
pub(super) fn read_time(text: &str) -> Option<u64> {
    let (clock, fraction) = text.trim().split_once(['.', ','])?;
    let number = |digits: &str| -> Option<u64> {
        let proper = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if proper { digits.parse().ok() } else { None }
    };
    let parts: Option<Vec<u64>> = clock.split(':').map(|part| number(part.trim())).collect();
    let seconds = match parts?[..] {
        [hours, minutes, seconds] => hours * 3600 + minutes * 60 + seconds,
        [minutes, seconds] => minutes * 60 + seconds,
        _ => return None,
    };
    // `.5` is half a second; digits beyond milliseconds do not count.
    let digits: String = fraction.trim().chars().chain("000".chars()).take(3).collect();
    Some(seconds * 1000 + number(fraction.trim()).and(number(&digits))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, expected) in [
            ("00:00:01,500", Some(1500)),
            ("00:01.5", Some(1500)),
            (" 100:00:00.001 ", Some(360_000_001)),
            ("00:00:01", None),
            ("1.5", None),
            ("aa:bb.cc", None),
            ("00:00:-1.000", None),
        ] {
            assert_eq!(read_time(text), expected, "{text}");
        }
        assert_eq!(time(3_723_004, '.'), "01:02:03.004");
    }
}
