//! WebVTT (<https://www.w3.org/TR/webvtt1/>).

use std::fmt::Write as _;

use super::{
    cue::{Cue, read_time, time},
    text,
};

/// The settings of a cue that stand by themselves; `region` needs a block that is not kept.
const SETTINGS: [&str; 5] = ["vertical", "line", "position", "size", "align"];

/// A file that is no WebVTT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a WebVTT file begins with `WEBVTT`")]
pub(crate) struct NotWebVtt;

/// The captions of a file, in the order of their times. Comments, styles and regions are passed over.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Cue>, NotWebVtt> {
    let decoded = text::decoded(bytes);
    let mut lines = decoded.lines().peekable();
    let header = lines.next().and_then(|line| line.strip_prefix("WEBVTT")).ok_or(NotWebVtt)?;
    if !header.is_empty() && !header.starts_with([' ', '\t']) {
        return Err(NotWebVtt);
    }
    let mut cues = Vec::new();
    while let Some(line) = lines.next() {
        let Some((start, end, settings)) = times(line) else { continue };
        let mut said = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.is_empty() && !line.contains("-->")) {
            said.push(line);
        }
        cues.extend(Cue::new(start, end, settings, &said.join("\n")));
    }
    cues.sort_by_key(|cue| (cue.start, cue.end));
    Ok(cues)
}

/// `00:01.000 --> 00:02.000 line:0 align:start`.
fn times(line: &str) -> Option<(u64, u64, String)> {
    let (start, rest) = line.split_once("-->")?;
    let mut words = rest.split_whitespace();
    let end = words.next()?;
    let plain = |value: &str| {
        !value.is_empty() && value.chars().all(|sign| sign.is_ascii_alphanumeric() || "%.,-".contains(sign))
    };
    let known =
        |word: &&str| word.split_once(':').is_some_and(|(name, value)| SETTINGS.contains(&name) && plain(value));
    Some((read_time(start)?, read_time(end)?, words.filter(known).collect::<Vec<_>>().join(" ")))
}

/// A file with these captions.
pub(crate) fn write<'c>(cues: impl IntoIterator<Item = &'c Cue>) -> String {
    let mut out = "WEBVTT\n".to_owned();
    write_cues(&mut out, cues);
    out
}

/// Appends captions to the head of a file.
pub(super) fn write_cues<'c>(out: &mut String, cues: impl IntoIterator<Item = &'c Cue>) {
    for cue in cues {
        let space = if cue.settings.is_empty() { "" } else { " " };
        let (start, end) = (time(cue.start, '.'), time(cue.end, '.'));
        // Writing into a String cannot fail.
        let _ = write!(out, "\n{start} --> {end}{space}{}\n{}\n", cue.settings, cue.text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files() {
        let cues = read(
            b"WEBVTT - a title\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\nSTYLE\n::cue { color: red }\n\n\
              NOTE nothing\n\nid 1\n00:01.000 --> 00:02.000 line:0 region:r evil:\"x\" align:start\n<v Ann>Hi\nyou\n\n\
              01:00:00.000 --> 01:00:01.000\n&lt;b&gt;\n",
        )
        .unwrap();
        insta::assert_snapshot!(write(&cues), @r"
        WEBVTT

        00:00:01.000 --> 00:00:02.000 line:0 align:start
        <v Ann>Hi
        you

        01:00:00.000 --> 01:00:01.000
        &lt;b&gt;
        ");
        assert_eq!(read(b"WEBVTTX\n"), Err(NotWebVtt));
        assert_eq!(read(b"1\n"), Err(NotWebVtt));
        assert_eq!(read(b"WEBVTT"), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn anything_can_be_read(text in "WEBVTT\n\\PC{0,300}") {
            let _ = read(text.as_bytes());
        }

        #[test]
        fn what_is_written_is_read_again(
            cues in proptest::collection::vec((0_u64..10_000_000, 1_u64..100_000, "(line:0|align:end size:50%|)", "\\PC{1,40}(\n\\PC{1,40})?"), 0..6)
        ) {
            let mut cues: Vec<Cue> = cues
                .into_iter()
                .filter_map(|(start, length, settings, text)| Cue::new(start, start + length, settings, &text))
                .collect();
            cues.sort_by_key(|cue| (cue.start, cue.end));
            prop_assert_eq!(read(write(&cues).as_bytes()), Ok(cues));
        }
    }
}
