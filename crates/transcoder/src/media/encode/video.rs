//! The options of ffmpeg's video encoders.

use crate::media::plan::{Codec, Effort, KeyFrames, RateControl, Rendition, SceneCuts, VideoEncoding};

/// The options for a rendition, except for its filters.
pub(super) fn options(rendition: &Rendition) -> Vec<String> {
    let Rendition { encoding, key_frames, .. } = rendition;
    let mut options = Options(Vec::new());
    options.set("-c:v", encoder(encoding.codec));
    options.set("-preset", preset(encoding.codec, encoding.effort));
    options.set("-pix_fmt", pixels(encoding));
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

const fn encoder(codec: Codec) -> &'static str {
    match codec {
        Codec::H264 => "libx264",
        Codec::H265 => "libx265",
        Codec::Av1 => "libsvtav1",
        Codec::Vp9 => "libvpx-vp9",
    }
}

const fn preset(codec: Codec, effort: Effort) -> &'static str {
    match (codec, effort) {
        (Codec::Av1, Effort::Low) => "12",
        (Codec::Av1, Effort::Usual) => "10",
        (Codec::Av1, Effort::High) => "8",
        (Codec::H265, Effort::Low) => "ultrafast",
        (Codec::H265, Effort::Usual) | (_, Effort::Low) => "superfast",
        (_, Effort::Usual) => "veryfast",
        (_, Effort::High) => "medium",
    }
}

fn pixels(encoding: &VideoEncoding) -> &'static str {
    let is_422 = encoding.profile.is_some_and(|profile| profile.contains("422"));
    match (is_422, encoding.depth) {
        (false, 10) => "yuv420p10le",
        (true, 10) => "yuv422p10le",
        (true, _) => "yuv422p",
        (false, _) => "yuv420p",
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
    const PROFILES: [(&str, &str); 6] = [
        ("BASELINE", "baseline"),
        ("MAIN", "main"),
        ("HIGH", "high"),
        ("HIGH_10BIT", "high10"),
        ("HIGH_422", "high422"),
        ("HIGH_422_10BIT", "high422"),
    ];
    rate(encoding.control, rate_factor, options);
    if let Some((_, profile)) = PROFILES.iter().find(|(name, _)| encoding.profile == Some(*name)) {
        options.set("-profile:v", *profile);
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
