//! What the settings of a job ask for about captions.
//!
//! Source: the references of `CaptionSelectors` and `CaptionDescriptions`.

use mediaconvert::{
    Choice as _,
    settings::{
        BurninDestinationSettings, CaptionDescription, CaptionDestinationType, CaptionSelector, CaptionSourceType,
        FileSourceSettings, FileSourceTimeDeltaUnits, JobSettings, LanguageCode,
    },
};

use crate::media::probe::{Source, TextTrack};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CaptionSource {
    Sidecar {
        uri: String,
        format: SidecarFormat,
        /// How much later they come than the file says, in milliseconds.
        delta: i64,
    },
    /// The stream of the input with this index.
    Track(u32),
    /// Nowhere, for this reason.
    Nothing(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SidecarFormat {
    Srt,
    WebVtt,
    /// One that ffmpeg reads: SCC and SMI.
    ByFfmpeg,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CaptionTarget {
    WebVtt,
    Srt,
    BurnIn(Box<BurninDestinationSettings>),
    /// Something that cannot be written here, by its name.
    Unsupported(&'static str),
}

/// What players read about captions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    /// The language as an ISO 639-2 code in small letters or as the settings spell it, where known.
    pub(crate) language: Option<String>,
    pub(crate) name: String,
}

/// The selector that a description names, or else the input's first one; with its name.
pub(crate) fn selector<'j>(
    settings: &'j JobSettings,
    input: usize,
    description: &CaptionDescription,
) -> Option<(&'j str, &'j CaptionSelector)> {
    let selectors = &settings.inputs.get(input)?.caption_selectors;
    let found = match &description.caption_selector_name {
        Some(name) => selectors.get_key_value(name),
        None => selectors.iter().next(),
    };
    found.map(|(name, selector)| (name.as_str(), selector))
}

pub(crate) fn source(selector: &CaptionSelector, input: &Source) -> CaptionSource {
    let Some(settings) = selector.source_settings.given() else {
        return CaptionSource::Nothing("a caption selector has no source".to_owned());
    };
    let kind = settings.source_type;
    let file = &settings.file_source_settings;
    if let Some(uri) = &file.source_file {
        return match format(kind, uri) {
            Some(format) => CaptionSource::Sidecar { uri: uri.clone(), format, delta: delta(file) },
            None => {
                CaptionSource::Nothing(format!("captions cannot be read from {uri}: only SRT, WebVTT, SCC and SMI"))
            }
        };
    }
    let number = settings.track_source_settings.track_number;
    match kind {
        Some(CaptionSourceType::NullSource) => CaptionSource::Nothing("the caption source is NULL_SOURCE".to_owned()),
        Some(
            kind @ (CaptionSourceType::Embedded
            | CaptionSourceType::Ancillary
            | CaptionSourceType::Scte20
            | CaptionSourceType::Teletext
            | CaptionSourceType::DvbSub),
        ) => CaptionSource::Nothing(format!("captions of the type {} cannot be read here", kind.name())),
        _ => {
            match track(&input.text, number, language(selector.custom_language_code.as_deref(), selector.language_code))
            {
                Some(track) => CaptionSource::Track(track.index),
                None => CaptionSource::Nothing("the input has no such track of text captions".to_owned()),
            }
        }
    }
}

/// The format of a file: what the settings say, or else its name.
fn format(kind: Option<CaptionSourceType>, uri: &str) -> Option<SidecarFormat> {
    let path = uri.split('?').next().unwrap_or_default().to_ascii_lowercase();
    match kind {
        Some(CaptionSourceType::Srt) => Some(SidecarFormat::Srt),
        Some(CaptionSourceType::Webvtt) => Some(SidecarFormat::WebVtt),
        Some(CaptionSourceType::Scc | CaptionSourceType::Smi) => Some(SidecarFormat::ByFfmpeg),
        None if path.ends_with("srt") => Some(SidecarFormat::Srt),
        None if path.ends_with("vtt") => Some(SidecarFormat::WebVtt),
        _ => None,
    }
}

fn delta(file: &FileSourceSettings) -> i64 {
    let delta = file.time_delta.unwrap_or_default();
    match file.time_delta_units {
        Some(FileSourceTimeDeltaUnits::Milliseconds) => delta,
        Some(FileSourceTimeDeltaUnits::Seconds) | None => delta.saturating_mul(1000),
    }
}

/// The text track with this number (from 1), else of this language, else the first.
fn track(tracks: &[TextTrack], number: Option<u32>, language: Option<String>) -> Option<&TextTrack> {
    let mut texts = tracks.iter().filter(|track| track.is_text());
    match (number, language) {
        (Some(number), _) => texts.nth(usize::try_from(number.checked_sub(1)?).ok()?),
        (None, Some(language)) => texts.find(|track| track.language.as_str() == language),
        (None, None) => texts.next(),
    }
}

/// The custom code goes before the other one.
fn language(custom: Option<&str>, code: Option<LanguageCode>) -> Option<String> {
    custom.map(str::to_ascii_lowercase).or_else(|| code.map(|code| code.name().to_ascii_lowercase()))
}

pub(crate) fn target(description: &CaptionDescription) -> CaptionTarget {
    let settings = &description.destination_settings;
    match settings.destination_type {
        Some(CaptionDestinationType::Webvtt) => CaptionTarget::WebVtt,
        Some(CaptionDestinationType::Srt) => CaptionTarget::Srt,
        Some(CaptionDestinationType::BurnIn) => {
            CaptionTarget::BurnIn(Box::new((*settings.burnin_destination_settings).clone()))
        }
        Some(other) => CaptionTarget::Unsupported(other.name()),
        None => CaptionTarget::Unsupported("no type"),
    }
}

/// What players read about the captions of a description, whose selector and track may name the language as well.
pub(crate) fn label(
    description: &CaptionDescription,
    selector: Option<&CaptionSelector>,
    track: Option<&TextTrack>,
) -> Label {
    let configured = language(description.custom_language_code.as_deref(), description.language_code);
    let selected =
        || selector.and_then(|selector| language(selector.custom_language_code.as_deref(), selector.language_code));
    let tracks = || track.map(|track| track.language.as_str().to_owned());
    let language = configured.or_else(selected).or_else(tracks).filter(|language| language != "und");
    let name = description.language_description.clone().filter(|name| !name.is_empty());
    let name =
        name.or_else(|| track?.title.clone()).or_else(|| language.clone()).unwrap_or_else(|| "captions".to_owned());
    Label { language, name: name.chars().filter(|sign| !sign.is_control() && *sign != '"').collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::media::probe::{Language, samples};

    #[test]
    fn sources() {
        let mut input = samples::video(25, 1, 10.0);
        let track = |index, codec: &str, language| TextTrack {
            index,
            codec: codec.to_owned(),
            language: Language::new(Some(language)),
            title: None,
        };
        input.text = vec![track(2, "dvd_subtitle", "eng"), track(3, "subrip", "eng"), track(4, "mov_text", "fra")];
        let of = |selector| source(&serde_json::from_value::<CaptionSelector>(selector).unwrap(), &input);
        let file = |format, delta| CaptionSource::Sidecar { uri: "s3://bucket/a.srt".to_owned(), format, delta };
        let sidecar = |kind: &str, extra: serde_json::Value| {
            let mut file = json!({"SourceFile": "s3://bucket/a.srt"});
            file.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            json!({"SourceSettings": {"SourceType": kind, "FileSourceSettings": file}})
        };
        assert_eq!(of(sidecar("SRT", json!({"TimeDelta": -2}))), file(SidecarFormat::Srt, -2000));
        let milliseconds = json!({"TimeDelta": 15, "TimeDeltaUnits": "MILLISECONDS"});
        assert_eq!(of(sidecar("WEBVTT", milliseconds)), file(SidecarFormat::WebVtt, 15));
        assert_eq!(of(sidecar("SCC", json!({}))), file(SidecarFormat::ByFfmpeg, 0));
        assert!(matches!(of(sidecar("TTML", json!({}))), CaptionSource::Nothing(_)));
        assert_eq!(of(json!({"SourceSettings": {}})), CaptionSource::Track(3));
        assert_eq!(
            of(json!({"LanguageCode": "FRA", "SourceSettings": {"SourceType": "TT_3GPP"}})),
            CaptionSource::Track(4)
        );
        assert_eq!(of(json!({"SourceSettings": {"TrackSourceSettings": {"TrackNumber": 2}}})), CaptionSource::Track(4));
        assert!(matches!(of(json!({"LanguageCode": "DEU", "SourceSettings": {}})), CaptionSource::Nothing(_)));
        assert!(matches!(of(json!({"SourceSettings": {"SourceType": "EMBEDDED"}})), CaptionSource::Nothing(_)));
    }

    #[test]
    fn labels() {
        let description = |value| serde_json::from_value::<CaptionDescription>(value).unwrap();
        let of = |value, selector: Option<&CaptionSelector>| {
            let label = label(&description(value), selector, None);
            (label.language, label.name)
        };
        let selector: CaptionSelector = serde_json::from_value(json!({"LanguageCode": "SPA"})).unwrap();
        assert_eq!(
            of(json!({"LanguageCode": "ENG", "LanguageDescription": "Eng\"lish\n"}), None),
            (Some("eng".to_owned()), "English".to_owned())
        );
        assert_eq!(
            of(json!({"CustomLanguageCode": "pt-BR"}), Some(&selector)),
            (Some("pt-br".to_owned()), "pt-br".to_owned())
        );
        assert_eq!(of(json!({}), Some(&selector)), (Some("spa".to_owned()), "spa".to_owned()));
        assert_eq!(of(json!({}), None), (None, "captions".to_owned()));
    }
}
