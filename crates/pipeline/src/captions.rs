//! Captions that a metadata file adds to a video.
//!
//! Each is a file in the source bucket and becomes a track beside the video, or part of the picture.

use serde_json::Value;
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::settings::UnknownWord;

/// The captions files that are taken, in lower case; the service knows them in upper case too, and not mixed.
const SUFFIXES: [&str; 2] = ["srt", "vtt"];

/// The language of captions that say none (ISO 639-2).
const UNDETERMINED: &str = "und";

/// The largest letters (service model, `BurninDestinationSettings.FontSize`).
const MAX_FONT_SIZE: u64 = 96;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, VariantNames)]
#[strum(serialize_all = "kebab-case", parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum CaptionsMode {
    /// As a track that viewers switch on.
    #[default]
    Sidecar,
    /// As part of the picture.
    BurnIn,
}

/// The color of burnt-in letters (`BurninDestinationSettings.FontColor`), of those that SO0021 documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "UPPERCASE", parse_err_ty = UnknownWord, parse_err_fn = UnknownWord::of::<Self>)]
pub enum FontColor {
    White,
    Black,
    Yellow,
    Red,
    Green,
    Blue,
}

/// The letters of burnt-in captions, as far as the metadata file has a say in them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Font {
    /// Their size in pixels (`BurninDestinationSettings.FontSize`); 0 is the service's choice.
    pub size: Option<u8>,
    pub color: Option<FontColor>,
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
    /// How they look where they are part of the picture.
    pub font: Font,
}

/// What is wrong with a metadata file's `captions`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaptionsError {
    #[error("`captions` is neither a list nor an object")]
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
    #[error("`captions[{at}].{member}` is wrong: {source}")]
    Word { at: usize, member: &'static str, source: UnknownWord },
    #[error("`captions` has several entries to burn in, which would cover each other")]
    SeveralBurntIn,
}

/// Reads a metadata file's `captions`: a list, or one entry, as SO0021 documents it.
pub fn parse(captions: &Value) -> Result<Vec<Captions>, CaptionsError> {
    let list = match captions {
        Value::Null => &[],
        Value::Array(list) => list.as_slice(),
        Value::Object(_) => std::slice::from_ref(captions),
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
    // SO0021's `srcFile` stands for captions that are burnt in.
    let so0021 = text("srcFile")?;
    let default_mode = if so0021.is_some() { CaptionsMode::BurnIn } else { CaptionsMode::default() };
    let file = text("file")?.or(text("key")?).or(so0021).ok_or(CaptionsError::Missing { at, member: "file" })?;
    if !is_captions_file(&file) {
        return Err(CaptionsError::File { at, file });
    }
    let mode = text("mode")?.map_or(Ok(default_mode), |mode| mode.parse());
    let mode = mode.map_err(|source| CaptionsError::Word { at, member: "mode", source })?;
    let language = match (text("language")?, mode) {
        (Some(language), _) if !is_language(&language) => return Err(CaptionsError::Language { at, language }),
        (Some(language), _) => language,
        // Nobody chooses them by their language.
        (None, CaptionsMode::BurnIn) => UNDETERMINED.to_owned(),
        (None, CaptionsMode::Sidecar) => return Err(CaptionsError::Missing { at, member: "language" }),
    };
    let label = text("label")?.filter(|label| !label.trim().is_empty()).unwrap_or_else(|| language.clone());
    let size = members.get("fontSize").filter(|size| !size.is_null()).map(|size| {
        let size = size.as_u64().filter(|size| *size <= MAX_FONT_SIZE).and_then(|size| u8::try_from(size).ok());
        size.ok_or(CaptionsError::WrongType {
            at,
            member: ".fontSize".to_owned(),
            expected: "a whole number from 0 to 96",
        })
    });
    let color = text("fontColor")?.map(|color| color.parse()).transpose();
    let color = color.map_err(|source| CaptionsError::Word { at, member: "fontColor", source })?;
    Ok(Captions { file, language, label, mode, font: Font { size: size.transpose()?, color } })
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
                mode: CaptionsMode::Sidecar,
                font: Font::default(),
            }
        );
        assert_eq!((captions[1].label.as_str(), captions[1].mode), ("pt-BR", CaptionsMode::BurnIn));
        assert_eq!(captions.iter().map(Captions::source_type).collect::<Vec<_>>(), ["SRT", "WEBVTT"]);
        assert_eq!(parse(&Value::Null), Ok(Vec::new()));
    }

    #[test]
    fn the_object_of_so0021_is_burnt_in() {
        let captions = json!({"srcFile": "subs/en.srt", "fontSize": 24, "fontColor": "YELLOW"});
        let expected = Captions {
            file: "subs/en.srt".to_owned(),
            language: "und".to_owned(),
            label: "und".to_owned(),
            mode: CaptionsMode::BurnIn,
            font: Font { size: Some(24), color: Some(FontColor::Yellow) },
        };
        assert_eq!(parse(&captions), Ok(vec![expected.clone()]));
        assert_eq!(parse(&json!([captions])), Ok(vec![expected]));
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
            json!({"srcFile": "a.srt", "fontSize": 97}),
            json!({"srcFile": "a.srt", "fontSize": "24"}),
            json!({"srcFile": "a.srt", "fontColor": "PINK"}),
        ]
        .iter()
        .map(|captions| parse(captions).unwrap_err().to_string())
        .collect();
        insta::assert_snapshot!(messages.join("\n"), @r"
        `captions` is neither a list nor an object
        `captions[0]` is not an object
        `captions[0].file` is not a text
        `captions[0]` has no `file`
        `captions[0]` has no `language`
        `captions[0].file` is `a.Srt`, which ends neither in .srt nor in .vtt
        `captions[0].language` is `es-419`; use two or three letters, perhaps with subtags of letters, such as `en`, `deu` or `pt-BR`
        `captions[0].language` is `english`; use two or three letters, perhaps with subtags of letters, such as `en`, `deu` or `pt-BR`
        `captions[0].mode` is wrong: `open` is not one of sidecar, burn-in
        `captions` has several entries to burn in, which would cover each other
        `captions[0].fontSize` is not a whole number from 0 to 96
        `captions[0].fontSize` is not a whole number from 0 to 96
        `captions[0].fontColor` is wrong: `PINK` is not one of WHITE, BLACK, YELLOW, RED, GREEN, BLUE
        ");
    }
}
