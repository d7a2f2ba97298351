//! The letters of captions: their encoding, and the marks in them.

/// The tags that both formats know.
const TAGS: [&str; 6] = ["b", "i", "u", "/b", "/i", "/u"];

/// A file's text: UTF-8, UTF-16 with its mark, or else Latin-1, in which old subtitles often are; with plain newlines.
pub(super) fn decoded(bytes: &[u8]) -> String {
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
pub(super) fn from_srt(text: &str) -> String {
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

/// The text of WebVTT as SRT.
pub(super) fn to_srt(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
