//! The options of ffmpeg's encoders.

use mediaconvert::settings::{AudioCodec, H264CodecProfile, QualityTuningLevel};

use crate::media::plan::{AudioEncoding, Chroma, Codec, KeyFrames, RateControl, Rendition, Target};

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
    // `SINGLE_PASS_HQ` is as much work as a laptop does in about the time that the film lasts.
    let preset = match (encoding.codec, encoding.tuning) {
        (Codec::Av1, QualityTuningLevel::SinglePass) => "12",
        (Codec::Av1, QualityTuningLevel::SinglePassHq) => "10",
        (Codec::Av1, QualityTuningLevel::MultiPassHq) => "8",
        (Codec::H265, QualityTuningLevel::SinglePass) => "ultrafast",
        (Codec::H265, QualityTuningLevel::SinglePassHq) | (_, QualityTuningLevel::SinglePass) => "superfast",
        (_, QualityTuningLevel::SinglePassHq) => "veryfast",
        (_, QualityTuningLevel::MultiPassHq) => "medium",
    };
    options.set("-preset", preset);
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
    let gop = key_frames.every;
    let scene_cuts = if encoding.scene_cuts { "40" } else { "0" };
    let factor = |level: f64| (63.0 - 4.0 * level).clamp(1.0, 63.0);
    match encoding.codec {
        Codec::H264 => {
            rate(encoding.control, rate_factor, &mut options);
            if let Some(profile) = encoding.profile {
                let profile = match profile {
                    H264CodecProfile::Baseline => "baseline",
                    H264CodecProfile::Main => "main",
                    H264CodecProfile::High => "high",
                    H264CodecProfile::High10bit => "high10",
                    H264CodecProfile::High422 | H264CodecProfile::High422_10bit => "high422",
                };
                options.set("-profile:v", profile);
            }
            if let Some(level) = &encoding.level {
                options.set("-level:v", level);
            }
            options.set("-forced-idr", "1");
            options.set("-flags", "+cgop");
            options.set("-keyint_min", gop.to_string());
            options.set("-sc_threshold", scene_cuts);
            let cbr = matches!(encoding.control.target, Target::Constant(_));
            options.set("-x264-params", if cbr { "open-gop=0:nal-hrd=cbr:force-cfr=1" } else { "open-gop=0" });
        }
        Codec::H265 => {
            rate(encoding.control, rate_factor, &mut options);
            options.set("-forced-idr", "1");
            options.set("-tag:v", "hvc1");
            let level = encoding.level.as_ref().map(|level| format!(":level-idc={level}")).unwrap_or_default();
            let own = format!("keyint={gop}:min-keyint={gop}:scenecut={scene_cuts}:open-gop=0:log-level=error{level}");
            options.set("-x265-params", own);
        }
        Codec::Av1 => match encoding.control.target {
            Target::Quality(level) => options.set("-crf", format!("{:.0}", factor(level))),
            Target::Average(bitrate) | Target::Constant(bitrate) => options.set("-b:v", bitrate.to_string()),
        },
        Codec::Vp9 => {
            rate(encoding.control, factor, &mut options);
            options.set("-row-mt", "1");
            options.set("-deadline", "realtime");
            options.set("-cpu-used", "6");
        }
    }
    options.0
}

struct Options(Vec<String>);

impl Options {
    fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.extend([name.to_owned(), value.into()]);
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

fn rate(RateControl { target, max, buffer }: RateControl, factor: impl Fn(f64) -> f64, options: &mut Options) {
    match target {
        Target::Quality(level) => options.set("-crf", format!("{:.1}", factor(level))),
        Target::Average(bitrate) => options.set("-b:v", bitrate.to_string()),
        Target::Constant(bitrate) => {
            options.set("-b:v", bitrate.to_string());
            options.set("-minrate", bitrate.to_string());
        }
    }
    options.set("-maxrate", max.to_string());
    options.set("-bufsize", buffer.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_control_becomes_options() {
        let buffer = 2_000;
        let table = [
            (Target::Quality(7.5), 1_000, "-crf 22.0 -maxrate 1000 -bufsize 2000"),
            (Target::Average(800), 1_000, "-b:v 800 -maxrate 1000 -bufsize 2000"),
            (Target::Constant(800), 800, "-b:v 800 -minrate 800 -maxrate 800 -bufsize 2000"),
        ];
        for (target, max, expected) in table {
            let mut options = Options(Vec::new());
            rate(RateControl { target, max, buffer }, rate_factor, &mut options);
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
