//! Which audio tracks are encoded, and to what.
//!
//! Source: the reference of `AudioSelectors` and `AudioDescriptions`.

use std::collections::BTreeMap;

use mediaconvert::{
    Choice,
    settings::{
        AudioCodec, AudioCodecSettings, AudioDefaultSelection, AudioDescription, AudioLanguageCodeControl,
        AudioNormalizationAlgorithmControl, AudioSelector, AudioSelectorType, Input, RemixSettings,
    },
};

use super::{
    source::{Source, SourceAudio},
    warnings::Warnings,
};

/// One audio track to encode.
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
    /// The codec and its settings.
    pub(crate) encoding: AudioEncoding,
}

/// A codec and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AudioEncoding {
    /// The codec.
    pub(crate) codec: AudioCodec,
    /// The bitrate in bits per second, for codecs that have one.
    pub(crate) bitrate: Option<u64>,
    /// The number of channels.
    pub(crate) channels: u32,
    /// The sampling rate in hertz.
    pub(crate) sample_rate: u32,
}

/// An audio track in an output, and what players read about it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OutputAudio {
    /// The place in the plan's list of audio tracks.
    pub(crate) track: usize,
    /// The language as an ISO 639-2 code in small letters.
    pub(crate) language: Option<String>,
    /// What players show.
    pub(crate) name: Option<String>,
    /// The number of channels.
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
    let selectors = input.audio_selectors.as_ref();
    let group = name.and_then(|name| input.audio_selector_groups.as_ref()?.get(name)?.audio_selector_names.as_deref());
    let names: Vec<Option<&str>> = match group {
        Some(names) => names.iter().map(|name| Some(name.as_str())).collect(),
        None => vec![name],
    };
    let found = names.into_iter().filter_map(|name| {
        let selector = selector(name, selectors);
        let audio = selected(selector, source, warnings).or_else(|| fallback(selectors, source, warnings))?;
        let encoding = encoding(description.codec_settings.as_deref(), audio, warnings);
        let remix = description.remix_settings.as_deref().or_else(|| selector?.remix_settings.as_deref());
        let remix = remix.and_then(|settings| remixed(settings, warnings));
        let channels = remix.as_ref().and_then(|remix| u32::try_from(remix.len()).ok()).unwrap_or(encoding.channels);
        let track = AudioTrack {
            stream: audio.stream,
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

fn selector<'a>(name: Option<&str>, selectors: Option<&'a Selectors>) -> Option<&'a AudioSelector> {
    match name {
        Some(name) => selectors?.get(name),
        None => selectors?.values().next(),
    }
}

/// The default selector's track, for outputs whose own is not in the input.
fn fallback<'a>(selectors: Option<&Selectors>, source: &'a Source, warnings: &mut Warnings) -> Option<&'a SourceAudio> {
    let is_default = |selector: &&AudioSelector| selector.default_selection == Some(AudioDefaultSelection::Default);
    let selector = selectors?.values().find(is_default)?;
    selected(Some(selector), source, warnings).or_else(|| source.audio.first())
}

fn selected<'a>(
    selector: Option<&AudioSelector>,
    source: &'a Source,
    warnings: &mut Warnings,
) -> Option<&'a SourceAudio> {
    // A selector that the input does not have is the input's first track, as a job without selectors has it.
    let Some(selector) = selector else { return source.audio.first() };
    let only = |list: &Option<Vec<i64>>, warnings: &mut Warnings| {
        let list = list.as_deref().unwrap_or_default();
        if list.len() > 1 {
            warnings.add("an audio selector takes several tracks together; only the first of them is taken here");
        }
        list.first().copied()
    };
    let language = selector.language_code.map(Choice::name);
    let language = selector.custom_language_code.as_deref().or(language);
    let by_language = |source: &'a Source| {
        let same = |audio: &&SourceAudio| {
            audio.language.as_deref().zip(language).is_some_and(|(has, wants)| has.eq_ignore_ascii_case(wants))
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
            source.audio.iter().find(|audio| i64::from(audio.stream) == stream)
        }
        Some(AudioSelectorType::Pid) => {
            let pid = only(&selector.pids, warnings)?;
            source.audio.iter().find(|audio| audio.pid.is_some_and(|has| i64::from(has) == pid))
        }
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

fn language(description: &AudioDescription, audio: &SourceAudio) -> Option<String> {
    let configured = description.language_code.map(Choice::name);
    let configured = description.custom_language_code.as_deref().or(configured);
    let found = audio.language.as_deref();
    let language = match description.language_code_control {
        Some(AudioLanguageCodeControl::UseConfigured) => configured,
        _ => found.or(configured),
    };
    language.map(str::to_ascii_lowercase).filter(|code| code != "und")
}

fn loudness(description: &AudioDescription, warnings: &mut Warnings) -> Option<f64> {
    let settings = description.audio_normalization_settings.as_deref()?;
    if settings.algorithm_control == Some(AudioNormalizationAlgorithmControl::MeasureOnly) {
        warnings.add("AlgorithmControl MEASURE_ONLY measures nothing here");
        return None;
    }
    warnings.add("audio is normalized in one pass here, which comes near to its target");
    Some(settings.target_lkfs.unwrap_or(-24.0))
}

fn remixed(settings: &RemixSettings, warnings: &mut Warnings) -> Option<Vec<Vec<(usize, f64)>>> {
    const SILENCE: f64 = -60.0;
    let outputs = settings.channel_mapping.as_deref()?.output_channels.as_deref()?;
    if settings.audio_description_audio_channel.is_some() || settings.audio_description_data_channel.is_some() {
        warnings.add("AudioDescriptionAudioChannel and AudioDescriptionDataChannel have no effect here");
    }
    let mixed = outputs.iter().map(|channel| {
        let whole = channel.input_channels.as_deref().unwrap_or_default().iter();
        let whole = whole.filter_map(|gain| i32::try_from(*gain).ok().map(f64::from)).collect();
        let gains: Vec<f64> = channel.input_channels_fine_tune.clone().unwrap_or(whole);
        gains.into_iter().enumerate().filter(|(_, gain)| *gain > SILENCE).collect()
    });
    Some(mixed.collect())
}

/// What a codec takes from its settings, and what it has where they say nothing.
struct Wanted {
    bitrate: Option<i64>,
    channels: Option<u32>,
    sample_rate: Option<i64>,
    /// The bitrate of one channel, in bits per second; none for codecs without.
    usual: Option<u64>,
    /// What the codec can sample with, where that is limited.
    rates: &'static [u32],
}

fn encoding(settings: Option<&AudioCodecSettings>, audio: &SourceAudio, warnings: &mut Warnings) -> AudioEncoding {
    let codec = settings.and_then(|settings| settings.codec).unwrap_or(AudioCodec::Aac);
    let (codec, wanted) = match settings.and_then(|settings| wanted(codec, settings, warnings)) {
        Some(wanted) => (codec, wanted),
        None => (
            AudioCodec::Aac,
            Wanted { bitrate: None, channels: None, sample_rate: None, usual: Some(64_000), rates: &[] },
        ),
    };
    let channels = wanted.channels.unwrap_or(audio.channels).clamp(1, most_channels(codec));
    let rate = wanted.sample_rate.and_then(|rate| u32::try_from(rate).ok()).unwrap_or(audio.sample_rate);
    let sample_rate = if wanted.rates.is_empty() || wanted.rates.contains(&rate) { rate } else { wanted.rates[0] };
    let bitrate = wanted.bitrate.and_then(|rate| u64::try_from(rate).ok());
    let bitrate = bitrate.or(wanted.usual.map(|usual| usual * u64::from(channels)));
    AudioEncoding { codec, bitrate, channels, sample_rate }
}

const fn most_channels(codec: AudioCodec) -> u32 {
    match codec {
        AudioCodec::Mp3 | AudioCodec::Mp2 => 2,
        AudioCodec::Ac3 | AudioCodec::Eac3 => 6,
        _ => 8,
    }
}

fn wanted(codec: AudioCodec, settings: &AudioCodecSettings, warnings: &mut Warnings) -> Option<Wanted> {
    const DOLBY: &[u32] = &[48_000];
    const MPEG: &[u32] = &[48_000, 44_100, 32_000];
    let channels = |count: Option<i64>| count.and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
    macro_rules! of {
        ($member:ident, $usual:expr, $rates:expr, bitrate: $bitrate:expr, channels: $channels:expr) => {{
            let found = settings.$member.as_deref();
            Some(Wanted {
                bitrate: found.and_then($bitrate),
                channels: found.and_then($channels),
                sample_rate: found.and_then(|found| found.sample_rate),
                usual: $usual,
                rates: $rates,
            })
        }};
    }
    match codec {
        AudioCodec::Aac => {
            if let Some(aac) = settings.aac_settings.as_deref() {
                let profile = aac.codec_profile.map_or("LC", Choice::name);
                if profile != "LC" {
                    warnings.add(format!("there is no encoder for AAC {profile} here; AAC LC is written"));
                }
            }
            of!(aac_settings, Some(64_000), &[],
                bitrate: |aac| aac.bitrate, channels: |aac| mode(aac.coding_mode.map(Choice::name)))
        }
        AudioCodec::Ac3 => of!(ac3_settings, Some(96_000), DOLBY,
            bitrate: |ac3| ac3.bitrate, channels: |ac3| mode(ac3.coding_mode.map(Choice::name))),
        AudioCodec::Eac3 => of!(eac3_settings, Some(64_000), DOLBY,
            bitrate: |eac3| eac3.bitrate, channels: |eac3| mode(eac3.coding_mode.map(Choice::name))),
        AudioCodec::Mp3 => of!(mp3_settings, Some(96_000), MPEG,
            bitrate: |mp3| mp3.bitrate, channels: |mp3| channels(mp3.channels)),
        AudioCodec::Mp2 => of!(mp2_settings, Some(96_000), MPEG,
            bitrate: |mp2| mp2.bitrate, channels: |mp2| channels(mp2.channels)),
        AudioCodec::Opus => of!(opus_settings, Some(48_000), DOLBY,
            bitrate: |opus| opus.bitrate, channels: |opus| channels(opus.channels)),
        AudioCodec::Flac => of!(flac_settings, None, &[], bitrate: |_| None, channels: |flac| channels(flac.channels)),
        AudioCodec::Wav => of!(wav_settings, None, &[], bitrate: |_| None, channels: |wav| channels(wav.channels)),
        other => {
            warnings.add(format!("there is no encoder for {} here; AAC LC is written", other.name()));
            None
        }
    }
}

/// `CODING_MODE_3_2_LFE` → 6 channels; the source's number for AUTO.
fn mode(name: Option<&'static str>) -> Option<u32> {
    match name? {
        "CODING_MODE_1_0" | "AD_RECEIVER_MIX" => Some(1),
        "CODING_MODE_1_1" | "CODING_MODE_2_0" => Some(2),
        "CODING_MODE_5_1" | "CODING_MODE_3_2_LFE" | "CODING_MODE_3_2" => Some(6),
        _ => None,
    }
}
