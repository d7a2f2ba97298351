//! Which audio tracks are encoded, and to what.
//!
//! Source: the reference of `AudioSelectors` and `AudioDescriptions`.

use std::collections::BTreeMap;

use mediaconvert::{
    Choice,
    settings::{
        AacCodecProfile, AudioCodec, AudioCodecSettings, AudioDefaultSelection, AudioDescription, AudioMetadataControl,
        AudioNormalizationAlgorithmControl, AudioSelector, AudioSelectorType, Input, RemixSettings,
    },
};

use super::warnings::Warnings;
use crate::media::probe::{self, Source};

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AudioTrack {
    /// The stream's index in the first input's file; other inputs give their track with the same number.
    pub(crate) stream: u32,
    /// By how much it is late, in milliseconds; negative for early.
    pub(crate) offset: i64,
    /// What is mixed into each channel: input channel and gain in decibels.
    pub(crate) remix: Option<Vec<Vec<(usize, f64)>>>,
    /// The loudness to reach, in LKFS.
    pub(crate) loudness: Option<f64>,
    pub(crate) encoding: AudioEncoding,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AudioEncoding {
    pub(crate) codec: AudioCodec,
    /// The bitrate in bits per second, for codecs that have one.
    pub(crate) bitrate: Option<u64>,
    pub(crate) channels: u32,
    pub(crate) sample_rate: u32,
}

/// An audio track in an output, and what players read about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OutputAudio {
    /// The place in the plan's list of audio tracks.
    pub(crate) track: usize,
    /// The language as an ISO 639-2 code in small letters.
    pub(crate) language: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) channels: u32,
}

/// The tracks that a description asks for; several when it names a group of selectors, none when the input has none.
pub(super) fn tracks(
    description: &AudioDescription,
    input: &Input,
    source: &Source,
    warnings: &mut Warnings,
) -> Vec<(AudioTrack, Option<String>)> {
    let name = description.audio_source_name.as_deref();
    let selectors = &input.audio_selectors;
    let group = name.and_then(|name| input.audio_selector_groups.get(name));
    let names: Vec<Option<&str>> = match group.map_or(&[][..], |group| &group.audio_selector_names) {
        [] => vec![name],
        names => names.iter().map(|name| Some(name.as_str())).collect(),
    };
    let found = names.into_iter().filter_map(|name| {
        let selector = match name {
            Some(name) => selectors.get(name),
            None => selectors.values().next(),
        };
        let audio = selected(selector, source, warnings).or_else(|| fallback(selectors, source, warnings))?;
        let encoding = encoding(&description.codec_settings, audio, warnings);
        let remix = description.remix_settings.given().or_else(|| selector?.remix_settings.given());
        let remix = remix.and_then(|settings| remixed(settings, warnings));
        let channels = remix.as_ref().and_then(|remix| u32::try_from(remix.len()).ok()).unwrap_or(encoding.channels);
        let track = AudioTrack {
            stream: audio.index,
            offset: selector.and_then(|selector| selector.offset).unwrap_or(0),
            remix,
            loudness: loudness(description, warnings),
            encoding: AudioEncoding { channels, ..encoding },
        };
        Some((track, language(description, audio)))
    });
    found.collect()
}

type Selectors = BTreeMap<String, AudioSelector>;

/// The default selector's track, for outputs whose own is not in the input.
fn fallback<'a>(selectors: &Selectors, source: &'a Source, warnings: &mut Warnings) -> Option<&'a probe::AudioTrack> {
    let is_default = |selector: &&AudioSelector| selector.default_selection == Some(AudioDefaultSelection::Default);
    let selector = selectors.values().find(is_default)?;
    selected(Some(selector), source, warnings).or_else(|| source.audio.first())
}

fn selected<'a>(
    selector: Option<&AudioSelector>,
    source: &'a Source,
    warnings: &mut Warnings,
) -> Option<&'a probe::AudioTrack> {
    // A selector that the input does not have is the input's first track, as a job without selectors has it.
    let Some(selector) = selector else { return source.audio.first() };
    let only = |list: &[u32], warnings: &mut Warnings| {
        if list.len() > 1 {
            warnings.add("an audio selector takes several tracks together; only the first of them is taken here");
        }
        list.first().copied()
    };
    let language = selector.language_code.map(Choice::name);
    let language = selector.custom_language_code.as_deref().or(language);
    let by_language = |source: &'a Source| {
        let same = |audio: &&probe::AudioTrack| {
            audio.language.known().zip(language).is_some_and(|(has, wants)| has.eq_ignore_ascii_case(wants))
        };
        source.audio.iter().find(same)
    };
    match selector.selector_type {
        Some(AudioSelectorType::Track) => {
            let number = only(&selector.tracks, warnings).unwrap_or(1);
            source.audio.get(usize::try_from(number.checked_sub(1)?).ok()?)
        }
        Some(AudioSelectorType::Stream) => {
            let stream = only(&selector.streams, warnings)?;
            source.audio.iter().find(|audio| audio.index == stream)
        }
        // Packet identifiers are not read.
        Some(AudioSelectorType::Pid) => None,
        Some(AudioSelectorType::LanguageCode) => by_language(source),
        Some(other @ (AudioSelectorType::HlsRenditionGroup | AudioSelectorType::AllPcm)) => {
            warnings.add(format!("an audio selector of type {} takes the first track here", other.name()));
            source.audio.first()
        }
        None => match language {
            Some(_) => by_language(source),
            None => source.audio.first(),
        },
    }
}

fn language(description: &AudioDescription, audio: &probe::AudioTrack) -> Option<String> {
    let configured = description.language_code.map(Choice::name);
    let configured = description.custom_language_code.as_deref().or(configured);
    let found = audio.language.known();
    let language = match description.language_code_control {
        Some(AudioMetadataControl::UseConfigured) => configured,
        _ => found.or(configured),
    };
    language.map(str::to_ascii_lowercase).filter(|code| code != "und")
}

fn loudness(description: &AudioDescription, warnings: &mut Warnings) -> Option<f64> {
    let settings = description.audio_normalization_settings.given()?;
    if settings.algorithm_control == Some(AudioNormalizationAlgorithmControl::MeasureOnly) {
        warnings.add("AlgorithmControl MEASURE_ONLY measures nothing here");
        return None;
    }
    warnings.add("audio is normalized in one pass here, which comes near to its target");
    Some(settings.target_lkfs.unwrap_or(-24.0))
}

fn remixed(settings: &RemixSettings, warnings: &mut Warnings) -> Option<Vec<Vec<(usize, f64)>>> {
    const SILENCE: f64 = -60.0;
    let outputs = Some(&settings.channel_mapping.output_channels).filter(|outputs| !outputs.is_empty())?;
    if settings.audio_description_audio_channel.is_some() || settings.audio_description_data_channel.is_some() {
        warnings.add("AudioDescriptionAudioChannel and AudioDescriptionDataChannel have no effect here");
    }
    let mixed = outputs.iter().map(|channel| {
        let mut gains = channel.input_channels_fine_tune.clone();
        if gains.is_empty() {
            let whole = channel.input_channels.iter();
            gains = whole.filter_map(|gain| i32::try_from(*gain).ok().map(f64::from)).collect();
        }
        gains.into_iter().enumerate().filter(|(_, gain)| *gain > SILENCE).collect()
    });
    Some(mixed.collect())
}

fn encoding(settings: &AudioCodecSettings, audio: &probe::AudioTrack, warnings: &mut Warnings) -> AudioEncoding {
    let codec = settings.codec.unwrap_or(AudioCodec::Aac);
    let (aac, ac3, eac3) = (&settings.aac_settings, &settings.ac3_settings, &settings.eac3_settings);
    let (mp2, mp3, opus) = (&settings.mp2_settings, &settings.mp3_settings, &settings.opus_settings);
    let (flac, wav) = (&settings.flac_settings, &settings.wav_settings);
    let (codec, bitrate, channels, sample_rate) = match codec {
        AudioCodec::Aac => {
            if let Some(profile) = aac.codec_profile.filter(|profile| *profile != AacCodecProfile::Lc) {
                warnings.add(format!("there is no encoder for AAC {profile} here; AAC LC is written"));
            }
            (codec, aac.bitrate, aac.coding_mode.and_then(mode), aac.sample_rate)
        }
        AudioCodec::Ac3 => (codec, ac3.bitrate, ac3.coding_mode.and_then(mode), ac3.sample_rate),
        AudioCodec::Eac3 => (codec, eac3.bitrate, eac3.coding_mode.and_then(mode), eac3.sample_rate),
        AudioCodec::Mp2 => (codec, mp2.bitrate, mp2.channels, mp2.sample_rate),
        AudioCodec::Mp3 => (codec, mp3.bitrate, mp3.channels, mp3.sample_rate),
        AudioCodec::Opus => (codec, opus.bitrate, opus.channels, opus.sample_rate),
        AudioCodec::Flac => (codec, None, flac.channels, flac.sample_rate),
        AudioCodec::Wav => (codec, None, wav.channels, wav.sample_rate),
        other => {
            warnings.add(format!("there is no encoder for {} here; AAC LC is written", other.name()));
            (AudioCodec::Aac, None, None, None)
        }
    };
    // What the codec can have: channels, the bitrate of one of them where the settings have none, and sampling rates where
    // they are limited.
    let (max_channels, usual, rates): (_, _, &[u32]) = match codec {
        AudioCodec::Ac3 => (6, Some(96_000), &[48_000]),
        AudioCodec::Eac3 => (6, Some(64_000), &[48_000]),
        AudioCodec::Mp2 | AudioCodec::Mp3 => (2, Some(96_000), &[48_000, 44_100, 32_000]),
        AudioCodec::Opus => (8, Some(48_000), &[48_000]),
        AudioCodec::Flac | AudioCodec::Wav => (8, None, &[]),
        _ => (8, Some(64_000), &[]),
    };
    let channels = channels.filter(|count| *count > 0).unwrap_or(audio.channels).clamp(1, max_channels);
    let rate = sample_rate.unwrap_or(audio.sample_rate);
    let sample_rate = rates.first().copied().filter(|_| !rates.contains(&rate)).unwrap_or(rate);
    let bitrate = bitrate.map(u64::from).or(usual.map(|bitrate: u64| bitrate * u64::from(channels)));
    AudioEncoding { codec, bitrate, channels, sample_rate }
}

/// `CODING_MODE_3_2_LFE` → 6 channels; the source's number for AUTO.
fn mode(mode: impl Choice) -> Option<u32> {
    match mode.name() {
        "CODING_MODE_1_0" | "AD_RECEIVER_MIX" => Some(1),
        "CODING_MODE_1_1" | "CODING_MODE_2_0" => Some(2),
        "CODING_MODE_5_1" | "CODING_MODE_3_2_LFE" | "CODING_MODE_3_2" => Some(6),
        _ => None,
    }
}
