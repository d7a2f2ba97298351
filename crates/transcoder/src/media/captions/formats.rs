//! The formats of caption files: `SubRip` (`.srt`) and WebVTT (<https://www.w3.org/TR/webvtt1/>).

use std::fmt::Write as _;

use super::Cue;

/// The captions of a file, in the order of their times. What cannot be read is passed over.
pub(crate) fn read_srt(bytes: &[u8]) -> Vec<Cue> {
    let decoded = decoded(bytes);
    let mut cues = Vec::new();
    let mut lines = decoded.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((start, end)) = srt_times(line) else { continue };
        let mut text_lines = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.trim().is_empty() && srt_times(line).is_none()) {
            text_lines.push(line);
        }
        // Without an empty line between them, the next caption's number is the last line of this one.
        if lines.peek().is_some_and(|line| srt_times(line).is_some()) {
            let is_number = |line: &mut &str| line.trim().bytes().all(|byte| byte.is_ascii_digit());
            text_lines.pop_if(is_number);
        }
        let at_top = text_lines.first().is_some_and(|line| line.trim_start().starts_with(r"{\an8}"));
        let settings = if at_top { "line:0" } else { "" };
        cues.extend(Cue::new(start, end, settings.to_owned(), &from_srt(&text_lines.join("\n"))));
    }
    cues.sort_by_key(|cue| (cue.start, cue.end));
    cues
}

/// `00:00:01,000 --> 00:00:02,000`, after which old files have coordinates.
fn srt_times(line: &str) -> Option<(u64, u64)> {
    let (start, end) = line.split_once("-->")?;
    Some((read_time(start)?, read_time(end.split_whitespace().next()?)?))
}

pub(crate) fn write_srt(cues: &[Cue]) -> String {
    let mut out = String::new();
    for (number, cue) in (1..).zip(cues) {
        let top = if cue.settings.split(' ').any(|setting| setting == "line:0") { r"{\an8}" } else { "" };
        let (start, end) = (time(cue.start, ','), time(cue.end, ','));
        // Writing into a String cannot fail.
        let _ = write!(out, "{number}\n{start} --> {end}\n{top}{}\n\n", to_srt(&cue.text));
    }
    out
}

/// The settings of a cue that stand by themselves; `region` needs a block that is not kept.
const SETTINGS: [&str; 5] = ["vertical", "line", "position", "size", "align"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a WebVTT file begins with `WEBVTT`")]
pub(crate) struct NotWebVtt;

/// The captions of a file, in the order of their times. Comments, styles and regions are passed over.
pub(crate) fn read_webvtt(bytes: &[u8]) -> Result<Vec<Cue>, NotWebVtt> {
    let decoded = decoded(bytes);
    let mut lines = decoded.lines().peekable();
    let header = lines.next().and_then(|line| line.strip_prefix("WEBVTT")).ok_or(NotWebVtt)?;
    if !header.is_empty() && !header.starts_with([' ', '\t']) {
        return Err(NotWebVtt);
    }
    let mut cues = Vec::new();
    while let Some(line) = lines.next() {
        let Some((start, end, settings)) = webvtt_times(line) else { continue };
        let mut text_lines = Vec::new();
        while let Some(line) = lines.next_if(|line| !line.is_empty() && !line.contains("-->")) {
            text_lines.push(line);
        }
        cues.extend(Cue::new(start, end, settings, &text_lines.join("\n")));
    }
    cues.sort_by_key(|cue| (cue.start, cue.end));
    Ok(cues)
}

/// `00:01.000 --> 00:02.000 line:0 align:start`.
fn webvtt_times(line: &str) -> Option<(u64, u64, String)> {
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

pub(crate) fn write_webvtt<'c>(cues: impl IntoIterator<Item = &'c Cue>) -> String {
    let mut out = "WEBVTT\n".to_owned();
    write_cues(&mut out, cues);
    out
}

pub(crate) fn write_cues<'c>(out: &mut String, cues: impl IntoIterator<Item = &'c Cue>) {
    for cue in cues {
        let space = if cue.settings.is_empty() { "" } else { " " };
        let (start, end) = (time(cue.start, '.'), time(cue.end, '.'));
        // Writing into a String cannot fail.
        let _ = write!(out, "\n{start} --> {end}{space}{}\n{}\n", cue.settings, cue.text);
    }
}

/// The tags that both formats know.
const TAGS: [&str; 6] = ["b", "i", "u", "/b", "/i", "/u"];

/// A file's text: UTF-8, UTF-16 with its mark, or else Latin-1, in which old subtitles often are; with plain newlines.
fn decoded(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().copied().map(char::from).collect(),
        },
    };
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "\u{fffd}")
}

/// The text of SRT as WebVTT: bold, italic and underlined stay, other marks go, signs with a meaning are escaped.
fn from_srt(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', '>', '{']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (written, read) = mark(rest);
        out.push_str(&written);
        rest = &rest[read..];
    }
    out.push_str(rest);
    out
}

/// What a sign at the beginning of this text becomes, and how many bytes it takes with it.
fn mark(text: &str) -> (String, usize) {
    let until = |end: char| text.find(end).map(|at| (&text[1..at], at + 1));
    match text.as_bytes().first() {
        Some(b'<') => match until('>') {
            Some((tag, read)) if TAGS.contains(&tag.trim().to_ascii_lowercase().as_str()) => {
                (format!("<{}>", tag.trim().to_ascii_lowercase()), read)
            }
            Some((tag, read)) if tag.trim_start_matches('/').to_ascii_lowercase().starts_with("font") => {
                (String::new(), read)
            }
            _ => ("&lt;".to_owned(), 1),
        },
        Some(b'{') => match until('}') {
            // Marks of another format, such as {\an8}.
            Some((inside, read)) if inside.starts_with('\\') => (String::new(), read),
            _ => ("{".to_owned(), 1),
        },
        Some(b'>') => ("&gt;".to_owned(), 1),
        _ => ("&amp;".to_owned(), 1),
    }
}

fn to_srt(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find('>') else { break };
        let tag = &rest[1..end];
        // Classes stand behind a point: <i.foreign>.
        let name = tag.split(['.', ' ', '\t', '\n']).next().unwrap_or_default();
        if TAGS.contains(&name) {
            out.extend(["<", name, ">"]);
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    ENTITIES.iter().fold(out, |text, (entity, sign)| text.replace(entity, sign))
}

/// What stands for signs in WebVTT; `&amp;` is last, so that nothing is read twice.
const ENTITIES: [(&str, &str); 6] =
    [("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", "\u{a0}"), ("&lrm;", "\u{200e}"), ("&rlm;", "\u{200f}"), ("&amp;", "&")];

/// A time: `01:02:03.004` with this mark before the milliseconds.
fn time(milliseconds: u64, mark: char) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    format!("{:02}:{:02}:{:02}{mark}{rest:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Reads `01:02:03.004`, `02:03.004` or the same with a comma, in milliseconds.
fn read_time(text: &str) -> Option<u64> {
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
    use proptest::prelude::*;

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

    #[test]
    fn marks() {
        for (srt, vtt) in [
            ("<I>Oh</i> & <b >no</b>", "<i>Oh</i> &amp; <b>no</b>"),
            (r#"{\an8}<font color="red">x</font> {y} 1 < 2 > 0"#, "x {y} 1 &lt; 2 &gt; 0"),
            ("<script>", "&lt;script&gt;"),
            ("{\\unclosed <", "{\\unclosed &lt;"),
            ("ä<é", "ä&lt;é"),
        ] {
            assert_eq!(from_srt(srt), vtt);
        }
        assert_eq!(to_srt("<v Ann><i.loud>Hi</i></v> &amp;lt; &lt;b&gt;"), "<i>Hi</i> &lt; <b>");
    }

    #[test]
    fn encodings() {
        for bytes in [
            &b"\xef\xbb\xbf\xc3\xa4\r\n"[..],
            b"\xe4\r",
            b"\xff\xfe\xe4\0\n\0",
            b"\xfe\xff\0\xe4\0\n",
            "ä\n".as_bytes(),
        ] {
            assert_eq!(decoded(bytes), "ä\n");
        }
    }

    #[test]
    fn srt_files() {
        let cues = read_srt(
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
        insta::assert_snapshot!(write_srt(&cues), @r"
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
        fn srt_anything_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_srt(&bytes);
        }

        #[test]
        fn srt_what_is_written_is_read_again(texts in proptest::collection::vec(("[a-zA-Z<>&{} é]{0,30}", 0_u64..100_000, 1_u64..5000), 0..6)) {
            let mut cues: Vec<Cue> = texts
                .iter()
                .filter_map(|(text, start, length)| Cue::new(*start, start + length, String::new(), &from_srt(text)))
                .collect();
            cues.sort_by_key(|cue| (cue.start, cue.end));
            let again = read_srt(write_srt(&cues).as_bytes());
            prop_assert_eq!(again.len(), cues.len());
            for (one, other) in cues.iter().zip(&again) {
                prop_assert_eq!((one.start, one.end), (other.start, other.end));
            }
        }
    }

    #[test]
    fn webvtt_files() {
        let cues = read_webvtt(
            b"WEBVTT - a title\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\nSTYLE\n::cue { color: red }\n\n\
              NOTE nothing\n\nid 1\n00:01.000 --> 00:02.000 line:0 region:r evil:\"x\" align:start\n<v Ann>Hi\nyou\n\n\
              01:00:00.000 --> 01:00:01.000\n&lt;b&gt;\n",
        )
        .unwrap();
        insta::assert_snapshot!(write_webvtt(&cues), @r"
        WEBVTT

        00:00:01.000 --> 00:00:02.000 line:0 align:start
        <v Ann>Hi
        you

        01:00:00.000 --> 01:00:01.000
        &lt;b&gt;
        ");
        assert_eq!(read_webvtt(b"WEBVTTX\n"), Err(NotWebVtt));
        assert_eq!(read_webvtt(b"1\n"), Err(NotWebVtt));
        assert_eq!(read_webvtt(b"WEBVTT"), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn webvtt_anything_can_be_read(text in "WEBVTT\n\\PC{0,300}") {
            let _ = read_webvtt(text.as_bytes());
        }

        #[test]
        fn webvtt_what_is_written_is_read_again(
            cues in proptest::collection::vec((0_u64..10_000_000, 1_u64..100_000, "(line:0|align:end size:50%|)", "\\PC{1,40}(\n\\PC{1,40})?"), 0..6)
        ) {
            let mut cues: Vec<Cue> = cues
                .into_iter()
                .filter_map(|(start, length, settings, text)| Cue::new(start, start + length, settings, &text))
                .collect();
            cues.sort_by_key(|cue| (cue.start, cue.end));
            prop_assert_eq!(read_webvtt(write_webvtt(&cues).as_bytes()), Ok(cues));
        }
    }
}
