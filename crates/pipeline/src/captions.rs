//! Captions that a metadata file adds to a video.
//!
//! Each is a file in the source bucket and becomes a track beside the video, or part of the picture.

use serde_json::Value;
use strum::{EnumString, VariantNames};

use crate::settings::UnknownWord;

/// The captions files that are taken, in lower case; the service knows them in upper case too, and not mixed.
const SUFFIXES: [&str; 2] = ["srt", "vtt"];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum CaptionsMode {
    /// As a track that viewers switch on.
    #[default]
    Sidecar,
    /// As part of the picture.
    BurnIn,
}

/// One captions file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captions {
    /// The key of the file in the source bucket.
    pub file: String,
    /// The language: two or three letters, perhaps with subtags of letters (`en`, `deu`, `pt-BR`).
    pub language: String,
    /// What players call the track.
    pub label: String,
    /// How they are shown.
    pub mode: CaptionsMode,
}

/// What is wrong with a metadata file's `captions`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptionsError {
    #[error("`captions` is no list")]
    NoList,
    #[error("`captions[{at}]{member}` is not {expected}")]
    WrongType {
        at: usize,
        /// The member with a dot before it, or nothing for the entry itself.
        member: String,
        /// What belongs there, with its article.
        expected: &'static str,
    },
    #[error("`captions[{at}]` has no `{member}`")]
    Missing { at: usize, member: &'static str },
    #[error("`captions[{at}].file` is `{file}`, which ends neither in .srt nor in .vtt")]
    File { at: usize, file: String },
    #[error(
        "`captions[{at}].language` is `{language}`; use two or three letters, perhaps with subtags of letters, such as `en`, `deu` or `pt-BR`"
    )]
    Language { at: usize, language: String },
    #[error("`captions[{at}].mode` is wrong: {source}")]
    Mode { at: usize, source: UnknownWord },
    #[error("`captions` has several entries to burn in, which would cover each other")]
    SeveralBurntIn,
}

/// Reads a metadata file's `captions`.
pub fn parse(captions: &Value) -> Result<Vec<Captions>, CaptionsError> {
    let list = match captions {
        Value::Null => &[],
        Value::Array(list) => list.as_slice(),
        _ => return Err(CaptionsError::NoList),
    };
    let captions = list.iter().enumerate().map(|(at, entry)| one(at, entry)).collect::<Result<Vec<_>, _>>()?;
    if captions.iter().filter(|captions| captions.mode == CaptionsMode::BurnIn).count() > 1 {
        return Err(CaptionsError::SeveralBurntIn);
    }
    Ok(captions)
}

fn one(at: usize, entry: &Value) -> Result<Captions, CaptionsError> {
    let members =
        entry.as_object().ok_or(CaptionsError::WrongType { at, member: String::new(), expected: "an object" })?;
    let text = |name: &'static str| match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(CaptionsError::WrongType { at, member: format!(".{name}"), expected: "a text" }),
    };
    let file = text("file")?.or(text("key")?).ok_or(CaptionsError::Missing { at, member: "file" })?;
    if !is_captions_file(&file) {
        return Err(CaptionsError::File { at, file });
    }
    let language = text("language")?.ok_or(CaptionsError::Missing { at, member: "language" })?;
    if !is_language(&language) {
        return Err(CaptionsError::Language { at, language });
    }
    let mode = text("mode")?.map_or(Ok(CaptionsMode::default()), |mode| mode.parse());
    let mode = mode.map_err(|source| CaptionsError::Mode { at, source })?;
    let label = text("label")?.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| language.clone());
    Ok(Captions { file, language, label, mode })
}

impl Captions {
    /// The format, as the service names it.
    pub fn source_type(&self) -> &'static str {
        if self.file.to_ascii_lowercase().ends_with(SUFFIXES[0]) { "SRT" } else { "WEBVTT" }
    }
}

/// The service's pattern of `sourceFile`, as far as we take it.
fn is_captions_file(key: &str) -> bool {
    let suffix = key.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    SUFFIXES.iter().any(|known| suffix == *known || suffix == known.to_ascii_uppercase())
}

/// The service's pattern of `customLanguageCode`.
fn is_language(code: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let mut parts = code.split('-');
    parts.next().is_some_and(|first| letters(first) && (2..=3).contains(&first.len())) && parts.all(letters)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn entries() {
        let captions = parse(&json!([
            {"file": "a b+é.srt", "language": "en", "label": "English"},
            {"key": "b.VTT", "language": "pt-BR", "mode": "burn-in", "more": 1},
        ]));
        let captions = captions.unwrap();
        assert_eq!(
            captions[0],
            Captions {
                file: "a b+é.srt".to_owned(),
                language: "en".to_owned(),
                label: "English".to_owned(),
                mode: CaptionsMode::Sidecar
            }
        );
        assert_eq!((captions[1].label.as_str(), captions[1].mode), ("pt-BR", CaptionsMode::BurnIn));
        assert_eq!(captions.iter().map(Captions::source_type).collect::<Vec<_>>(), ["SRT", "WEBVTT"]);
        assert_eq!(parse(&Value::Null), Ok(Vec::new()));
    }

    #[test]
    fn faults() {
        let burnt = json!({"file": "a.srt", "language": "en", "mode": "burn-in"});
        let messages: Vec<_> = [
            json!("en"),
            json!(["en"]),
            json!([{"file": 3}]),
            json!([{"language": "en"}]),
            json!([{"file": "a.srt"}]),
            json!([{"file": "a.Srt", "language": "en"}]),
            json!([{"file": "a.srt", "language": "es-419"}]),
            json!([{"file": "a.srt", "language": "english"}]),
            json!([{"file": "a.srt", "language": "en", "mode": "open"}]),
            json!([burnt, burnt]),
        ]
        .iter()
        .map(|captions| parse(captions).unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(messages.join("\n"), @r"
        `captions` is no list
        `captions[0]` is not an object
        `captions[0].file` is not a text
        `captions[0]` has no `file`
        `captions[0]` has no `language`
        `captions[0].file` is `a.Srt`, which ends neither in .srt nor in .vtt
        `captions[0].language` is `es-419`; use two or three letters, perhaps with subtags of letters, such as `en`, `deu` or `pt-BR`
        `captions[0].language` is `english`; use two or three letters, perhaps with subtags of letters, such as `en`, `deu` or `pt-BR`
        `captions[0].mode` is wrong: `open` is not one of sidecar, burn-in
        `captions` has several entries to burn in, which would cover each other
        ");
    }
}
