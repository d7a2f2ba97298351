//! `SubRip`, the format of `.srt` files.

use std::fmt::Write as _;

use super::{
    cue::{Cue, read_time, time},
    text,
};

/// The captions of a file, in the order of their times. What cannot be read is passed over.
pub(crate) fn read(bytes: &[u8]) -> Vec<Cue> {
    let decoded = text::decoded(bytes);
    let mut cues = Vec::new();
    let mut lines = decoded.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((start, end)) = times(line) else { continue };
        let mut said = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.trim().is_empty() && times(line).is_none()) {
            said.push(line);
        }
        // Without an empty line between them, the next caption's number is the last line of this one.
        if lines.peek().is_some_and(|line| times(line).is_some()) && said.last().is_some_and(|line| is_number(line)) {
            said.pop();
        }
        let at_top = said.first().is_some_and(|line| line.trim_start().starts_with(r"{\an8}"));
        let settings = if at_top { "line:0" } else { "" };
        cues.extend(Cue::new(start, end, settings.to_owned(), &text::from_srt(&said.join("\n"))));
    }
    cues.sort_by_key(|cue| (cue.start, cue.end));
    cues
}

fn is_number(line: &str) -> bool {
    !line.trim().is_empty() && line.trim().bytes().all(|byte| byte.is_ascii_digit())
}

/// `00:00:01,000 --> 00:00:02,000`, after which old files have coordinates.
fn times(line: &str) -> Option<(u64, u64)> {
    let (start, end) = line.split_once("-->")?;
    Some((read_time(start)?, read_time(end.split_whitespace().next()?)?))
}

/// A file with these captions.
pub(crate) fn write(cues: &[Cue]) -> String {
    let mut out = String::new();
    for (number, cue) in (1..).zip(cues) {
        let top = if cue.settings.split(' ').any(|setting| setting == "line:0") { r"{\an8}" } else { "" };
        let (start, end) = (time(cue.start, ','), time(cue.end, ','));
        // Writing into a String cannot fail.
        let _ = write!(out, "{number}\n{start} --> {end}\n{top}{}\n\n", text::to_srt(&cue.text));
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files() {
        let cues = read(
            b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,500 X1:1 X2:2\r\n{\\an8}Hello <i>you</i>\r\n & me\r\n\r\n\r\n\
              3\r\n00:00:05,000 --> 00:00:04,000\r\nbackwards\r\n\r\n\
              2\r\n0:0:3.5 --> 0:0:4.25\r\nNo gap\r\n4\r\n00:00:06,000 --> 00:00:07,000\r\n1984\r\n\r\nrubbish --> here\r\n",
        );
        insta::assert_debug_snapshot!(cues.iter().map(|cue| (cue.start, cue.end, cue.settings.as_str(), cue.text.as_str())).collect::<Vec<_>>(), @r#"
        [
            (
                1000,
                2500,
                "line:0",
                "Hello <i>you</i>\n &amp; me",
            ),
            (
                3500,
                4250,
                "",
                "No gap",
            ),
            (
                6000,
                7000,
                "",
                "1984",
            ),
        ]
        "#);
        insta::assert_snapshot!(write(&cues), @r"
        1
        00:00:01,000 --> 00:00:02,500
        {\an8}Hello <i>you</i>
         & me

        2
        00:00:03,500 --> 00:00:04,250
        No gap

        3
        00:00:06,000 --> 00:00:07,000
        1984
        ");
    }

    proptest! {
        #[test]
        fn anything_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&bytes);
        }

        #[test]
        fn what_is_written_is_read_again(texts in proptest::collection::vec(("[a-zA-Z<>&{} é]{0,30}", 0_u64..100_000, 1_u64..5000), 0..6)) {
            let mut cues: Vec<Cue> = texts
                .iter()
                .filter_map(|(text, start, length)| Cue::new(*start, start + length, String::new(), &text::from_srt(text)))
                .collect();
            cues.sort_by_key(|cue| (cue.start, cue.end));
            let again = read(write(&cues).as_bytes());
            prop_assert_eq!(again.len(), cues.len());
            for (one, other) in cues.iter().zip(&again) {
                prop_assert_eq!((one.start, one.end), (other.start, other.end));
            }
        }
    }
}
