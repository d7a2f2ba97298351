//! The options of ffmpeg's encoders.

use mediaconvert::settings::{AudioCodec, H264CodecProfile};

use crate::media::plan::{
    AudioEncoding, Chroma, Codec, Effort, KeyFrames, RateControl, Rendition, SceneCuts, VideoEncoding,
};

/// The options for a track, except for its filters.
pub(super) fn audio_options(encoding: &AudioEncoding) -> Vec<String> {
    let encoder = match encoding.codec {
        AudioCodec::Ac3 => "ac3",
        AudioCodec::Eac3 => "eac3",
        AudioCodec::Mp3 => "libmp3lame",
        AudioCodec::Mp2 => "mp2",
        AudioCodec::Opus => "libopus",
        AudioCodec::Flac => "flac",
        AudioCodec::Wav => "pcm_s16le",
        _ => "aac",
    };
    let mut options = vec!["-c:a".to_owned(), encoder.to_owned()];
    if let Some(bitrate) = encoding.bitrate {
        options.extend(["-b:a".to_owned(), bitrate.to_string()]);
    }
    if encoding.codec == AudioCodec::Flac {
        // FLAC in MP4 is new to ffmpeg.
        options.extend(["-strict".to_owned(), "experimental".to_owned()]);
    }
    options
}

/// The options for a rendition, except for its filters.
pub(super) fn video_options(rendition: &Rendition) -> Vec<String> {
    let Rendition { encoding, key_frames, .. } = rendition;
    let mut options = Options(Vec::new());
    let encoder = match encoding.codec {
        Codec::H264 => "libx264",
        Codec::H265 => "libx265",
        Codec::Av1 => "libsvtav1",
        Codec::Vp9 => "libvpx-vp9",
    };
    options.set("-c:v", encoder);
    options.set("-preset", preset(encoding.codec, encoding.effort));
    let pixels = match (encoding.chroma, encoding.depth) {
        (Chroma::Yuv420, 10) => "yuv420p10le",
        (Chroma::Yuv422, 10) => "yuv422p10le",
        (Chroma::Yuv422, _) => "yuv422p",
        (Chroma::Yuv420, _) => "yuv420p",
    };
    options.set("-pix_fmt", pixels);
    options.set("-g", key_frames.every.to_string());
    options.set("-force_key_frames", forced(*key_frames));
    if let Some(count) = encoding.b_frames {
        options.set("-bf", count.to_string());
    }
    if let Some(count) = encoding.references {
        options.set("-refs", count.to_string());
    }
    match encoding.codec {
        Codec::H264 => h264(encoding, key_frames.every, &mut options),
        Codec::H265 => h265(encoding, key_frames.every, &mut options),
        Codec::Av1 => av1(encoding, &mut options),
        Codec::Vp9 => vp9(encoding, &mut options),
    }
    options.0
}

struct Options(Vec<String>);

impl Options {
    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.extend([name.to_owned(), value.into()]);
    }
}

const fn preset(codec: Codec, effort: Effort) -> &'static str {
    match (codec, effort) {
        (Codec::Av1, Effort::Low) => "12",
        (Codec::Av1, Effort::Medium) => "10",
        (Codec::Av1, Effort::High) => "8",
        (Codec::H265, Effort::Low) => "ultrafast",
        (Codec::H265, Effort::Medium) | (_, Effort::Low) => "superfast",
        (_, Effort::Medium) => "veryfast",
        (_, Effort::High) => "medium",
    }
}

/// The frames that must be key frames, by their number.
fn forced(KeyFrames { every, also_every }: KeyFrames) -> String {
    match also_every {
        None => format!("expr:not(mod(n,{every}))"),
        Some(grid) => format!("expr:not(mod(n,{every}))+gt(floor(n/{grid}),floor((n-1)/{grid}))"),
    }
}

/// The constant rate factor of x264 and x265 for a level of QVBR. A heuristic: it reaches what the level is described as.
fn rate_factor(level: f64) -> f64 {
    (37.0 - 2.0 * level).clamp(1.0, 51.0)
}

fn rate(control: RateControl, factor: impl Fn(f64) -> f64, options: &mut Options) {
    match control {
        RateControl::Quality { level, max, buffer } => {
            options.set("-crf", format!("{:.1}", factor(level)));
            options.set("-maxrate", max.to_string());
            options.set("-bufsize", buffer.to_string());
        }
        RateControl::Average { bitrate, max, buffer } => {
            options.set("-b:v", bitrate.to_string());
            options.set("-maxrate", max.to_string());
            options.set("-bufsize", buffer.to_string());
        }
        RateControl::Constant { bitrate, buffer } => {
            options.set("-b:v", bitrate.to_string());
            options.set("-minrate", bitrate.to_string());
            options.set("-maxrate", bitrate.to_string());
            options.set("-bufsize", buffer.to_string());
        }
    }
}

fn h264(encoding: &VideoEncoding, gop: u32, options: &mut Options) {
    rate(encoding.control, rate_factor, options);
    if let Some(profile) = encoding.profile {
        options.set(
            "-profile:v",
            match profile {
                H264CodecProfile::Baseline => "baseline",
                H264CodecProfile::Main => "main",
                H264CodecProfile::High => "high",
                H264CodecProfile::High10bit => "high10",
                H264CodecProfile::High422 | H264CodecProfile::High422_10bit => "high422",
            },
        );
    }
    if let Some(level) = &encoding.level {
        options.set("-level:v", level);
    }
    options.set("-forced-idr", "1");
    options.set("-flags", "+cgop");
    options.set("-keyint_min", gop.to_string());
    options.set("-sc_threshold", if encoding.scene_cuts == SceneCuts::Followed { "40" } else { "0" });
    let cbr = matches!(encoding.control, RateControl::Constant { .. });
    options.set("-x264-params", if cbr { "open-gop=0:nal-hrd=cbr:force-cfr=1" } else { "open-gop=0" });
}

fn h265(encoding: &VideoEncoding, gop: u32, options: &mut Options) {
    rate(encoding.control, rate_factor, options);
    options.set("-forced-idr", "1");
    options.set("-tag:v", "hvc1");
    let scene_cuts = if encoding.scene_cuts == SceneCuts::Followed { 40 } else { 0 };
    let level = encoding.level.as_ref().map(|level| format!(":level-idc={level}")).unwrap_or_default();
    let own = format!("keyint={gop}:min-keyint={gop}:scenecut={scene_cuts}:open-gop=0:log-level=error{level}");
    options.set("-x265-params", own);
}

fn av1(encoding: &VideoEncoding, options: &mut Options) {
    match encoding.control {
        RateControl::Quality { level, .. } => {
            options.set("-crf", format!("{:.0}", (63.0 - 4.0 * level).clamp(1.0, 63.0)));
        }
        RateControl::Average { bitrate, .. } | RateControl::Constant { bitrate, .. } => {
            options.set("-b:v", bitrate.to_string());
        }
    }
}

fn vp9(encoding: &VideoEncoding, options: &mut Options) {
    rate(encoding.control, |level| (63.0 - 4.0 * level).clamp(1.0, 63.0), options);
    options.set("-row-mt", "1");
    options.set("-deadline", "realtime");
    options.set("-cpu-used", "6");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_control_becomes_options() {
        let buffer = 2_000;
        let quality = RateControl::Quality { level: 7.5, max: 1_000, buffer };
        let average = RateControl::Average { bitrate: 800, max: 1_000, buffer };
        let constant = RateControl::Constant { bitrate: 800, buffer };
        let table = [
            (quality, "-crf 22.0 -maxrate 1000 -bufsize 2000"),
            (average, "-b:v 800 -maxrate 1000 -bufsize 2000"),
            (constant, "-b:v 800 -minrate 800 -maxrate 800 -bufsize 2000"),
        ];
        for (control, expected) in table {
            let mut options = Options(Vec::new());
            rate(control, rate_factor, &mut options);
            assert_eq!(options.0.join(" "), expected);
        }
    }

    #[test]
    fn key_frames_are_forced_on_the_grid() {
        let table = [
            (KeyFrames { every: 60, also_every: None }, "expr:not(mod(n,60))"),
            (
                KeyFrames { every: 90, also_every: Some(150.5) },
                "expr:not(mod(n,90))+gt(floor(n/150.5),floor((n-1)/150.5))",
            ),
        ];
        for (key_frames, expected) in table {
            assert_eq!(forced(key_frames), expected);
        }
    }
}
