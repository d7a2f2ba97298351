//! What is read of the files that ffmpeg makes: containers, codecs, sizes, languages, and files that break off.

use crate::samples::{Sample, damaged, make, summary};
use runtime::media::{MediaError, parse};

/// Makes each sample, and compares what is read with what went in; then breaks it off at every tenth.
fn check(samples: &[Sample]) {
    for sample in samples {
        let bytes = make(sample);
        let info = parse(&bytes).unwrap_or_else(|error| panic!("{}: {error}", sample.file));
        assert_eq!(summary(&info), sample.expected, "{}", sample.file);
        assert_eq!(info.container.file_size, bytes.len() as u64);
        for tenth in 0..10 {
            let part = &bytes[..bytes.len() * tenth / 10];
            match parse(part) {
                Ok(info) => assert!(info.has_tracks(), "{} at {tenth}/10", sample.file),
                Err(MediaError::Empty) => assert_eq!(part.len(), 0),
                Err(MediaError::Truncated) => {}
                Err(error) => panic!("{} at {tenth}/10: {error}", sample.file),
            }
        }
        for seed in 0..30 {
            let _ = parse(&damaged(&bytes, seed));
        }
    }
}

#[test]
fn mp4_and_mov() {
    check(&[
        Sample {
            file: "plain.mp4",
            args: "V -i AV S -c:v libx264 -c:a aac",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | AAC 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "fast-start.mp4",
            args: "V -i AV S -c:v libx264 -c:a aac -movflags +faststart",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | AAC 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "plain.mov",
            args: "V -i AV S -c:v libx264 -c:a pcm_s16le",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | PCM 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "prores.mov",
            args: "V -i AV S -c:v prores_ks -profile:v 3 -c:a pcm_s24le",
            expected: "MPEG-4 1.0s | ProRes 422 HQ 320x180 25.00fps 1.0s | PCM 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "mpeg4.mp4",
            args: "V -i AV S -c:v mpeg4 -c:a libmp3lame",
            expected: "MPEG-4 1.0s | MPEG-4 Visual 320x180 25.00fps 1.0s | MPEG Audio 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "hevc.mp4",
            args: "V S -c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le -tag:v hvc1",
            expected: "MPEG-4 1.0s | HEVC 320x180 25.00fps 1.0s YUV 4:2:0 10 bit",
        },
        Sample {
            file: "av1.mp4",
            args: "V S -c:v libsvtav1 -preset 12",
            expected: "MPEG-4 1.0s | AV1 320x180 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "vp9.mp4",
            args: "V S -c:v libvpx-vp9 -deadline realtime -cpu-used 8",
            expected: "MPEG-4 1.0s | VP9 320x180 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "interlaced.mp4",
            args: "V S -c:v libx264 -flags +ildct+ilme -x264opts tff=1",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit interlaced",
        },
    ]);
}

#[test]
fn fragmented() {
    check(&[
        Sample {
            file: "fragments.mp4",
            args: "V S -c:v libx264 -g 10 -movflags frag_keyframe+empty_moov+default_base_moof",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "half-fragments.mp4",
            args: "V S -c:v libx264 -g 10 -movflags frag_keyframe",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "sound-fragments.mp4",
            args: "V -i AV -map 1:a -c:a aac -movflags empty_moov -frag_duration 300000",
            expected: "MPEG-4 1.0s | AAC 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "dash.mp4",
            args: "V S -c:v libx264 -g 10 -movflags dash+frag_keyframe+empty_moov+global_sidx",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "cmaf.mp4",
            args: "V S -c:v libx264 -g 10 -movflags cmaf+frag_keyframe -output_ts_offset 100",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "without-index.mp4",
            args: "V S -c:v libx264 -g 10 -movflags frag_keyframe+empty_moov+skip_trailer",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
    ]);
}

#[test]
fn matroska_and_webm() {
    check(&[
        Sample {
            file: "avc.mkv",
            args: "V -i AV S -c:v libx264 -c:a ac3",
            expected: "Matroska 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | AC-3 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "hevc.mkv",
            args: "V -i AV S -c:v libx265 -x265-params log-level=none -c:a flac",
            expected: "Matroska 1.0s | HEVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | FLAC 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "vp9.webm",
            args: "V -i AV S -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus",
            expected: "WebM 1.0s | VP9 320x180 25.00fps 1.0s | Opus 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "vp8.webm",
            args: "V -i AV S -c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis",
            expected: "WebM 1.0s | VP8 320x180 25.00fps 1.0s | Vorbis 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "av1.webm",
            args: "V S -c:v libsvtav1 -preset 12",
            expected: "WebM 1.0s | AV1 320x180 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "live.webm",
            args: "V S -c:v libvpx -deadline realtime -cpu-used 8 -f webm -live 1",
            expected: "WebM 1.0s | VP8 320x180 25.00fps 1.0s",
        },
        Sample {
            file: "anamorphic.mkv",
            args: "V S -vf scale=144:108,setsar=4/3 -c:v libx264",
            expected: "Matroska 1.0s | AVC 144x108 shown 192x108 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
    ]);
}

#[test]
fn transport_streams() {
    check(&[
        Sample {
            file: "avc.ts",
            args: "V -i AV S -c:v libx264 -c:a aac",
            expected: "MPEG-TS 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | AAC 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "hevc.ts",
            args: "V -i AV S -c:v libx265 -x265-params log-level=none -c:a ac3",
            expected: "MPEG-TS 1.1s | HEVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | AC-3 2ch 48000Hz 1.1s",
        },
        Sample {
            file: "mpeg2.ts",
            args: "V -i AV S -c:v mpeg2video -c:a mp2",
            expected: "MPEG-TS 1.0s | MPEG Video 320x180 25.00fps 1.0s 8 bit | MPEG Audio 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "disc.m2ts",
            args: "V -i AV S -c:v libx264 -c:a eac3",
            expected: "MPEG-TS 1.1s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | E-AC-3 2ch 48000Hz 1.1s",
        },
        Sample {
            file: "sound.ts",
            args: "V -i AV -map 1:a -c:a aac -metadata:s:a:0 language=fra",
            expected: "MPEG-TS 1.0s | AAC 2ch 48000Hz 1.0s fra",
        },
    ]);
}

#[test]
fn sizes_and_shapes() {
    check(&[
        Sample {
            file: "uhd.mp4",
            args: "V S -vf scale=3840:2160 -frames:v 2 -c:v libx264",
            expected: "MPEG-4 0.1s | AVC 3840x2160 25.00fps 0.1s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "wide.mp4",
            args: "V S -vf scale=1920:800,setsar=1 -frames:v 2 -c:v libx264",
            expected: "MPEG-4 0.1s | AVC 1920x800 25.00fps 0.1s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "anamorphic.mp4",
            args: "V S -vf scale=1440:1080,setsar=4/3 -frames:v 2 -c:v libx264",
            expected: "MPEG-4 0.1s | AVC 1440x1080 shown 1920x1080 25.00fps 0.1s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "portrait.mp4",
            args: "V S -vf scale=180:320,setsar=1 -c:v libx264",
            expected: "MPEG-4 1.0s | AVC 180x320 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "odd.mp4",
            args: "V S -vf scale=321:241,setsar=1 -c:v libx264 -pix_fmt yuv444p",
            expected: "MPEG-4 1.0s | AVC 321x241 25.00fps 1.0s YUV 4:4:4 8 bit",
        },
        Sample {
            file: "small.mkv",
            args: "V S -vf scale=320:240,setsar=1 -c:v libx264",
            expected: "Matroska 1.0s | AVC 320x240 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "ntsc.mp4",
            args: "V S -r 30000/1001 -c:v libx264",
            expected: "MPEG-4 1.0s | AVC 320x180 29.97fps 1.0s YUV 4:2:0 8 bit",
        },
    ]);
}

#[test]
fn turned_pictures() {
    check(&[
        Sample {
            file: "turned-90.mp4",
            args: "TURN=90 V S -c:v libx264",
            expected: "MPEG-4 1.0s | AVC 320x180 shown 180x320 turned 90 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "turned-180.mov",
            args: "TURN=180 V S -c:v libx264",
            expected: "MPEG-4 1.0s | AVC 320x180 turned 180 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
        Sample {
            file: "turned-270.mp4",
            args: "TURN=270 V S -c:v libx264 -movflags frag_keyframe+empty_moov",
            expected: "MPEG-4 1.0s | AVC 320x180 shown 180x320 turned 270 25.00fps 1.0s YUV 4:2:0 8 bit",
        },
    ]);
}

#[test]
fn tracks() {
    check(&[
        Sample { file: "sound.mp4", args: "V -i AV -map 1:a -c:a aac", expected: "MPEG-4 1.0s | AAC 2ch 48000Hz 1.0s" },
        Sample {
            file: "sound.m4a",
            args: "V -i AV -map 1:a -c:a alac",
            expected: "MPEG-4 1.0s | ALAC 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "languages.mp4",
            args: "V -i AV -map 0:v -map 1:a -map 1:a -c:v libx264 -c:a aac -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | AAC 2ch 48000Hz 1.0s eng | AAC 2ch 48000Hz 1.0s deu",
        },
        Sample {
            file: "languages.mkv",
            args: "V -i AV -map 0:v -map 1:a -map 1:a -c:v libx264 -c:a aac -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu",
            expected: "Matroska 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | AAC 2ch 48000Hz 1.0s eng | AAC 2ch 48000Hz 1.0s deu",
        },
        Sample {
            file: "surround.mp4",
            args: "V -i AV -map 0:v -map 1:a -ac 6 -c:v libx264 -c:a aac",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | AAC 6ch 48000Hz 1.0s",
        },
        Sample {
            file: "surround-ac3.mp4",
            args: "V -i AV -map 0:v -map 1:a -ac 6 -c:v libx264 -c:a ac3",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | AC-3 6ch 48000Hz 1.0s",
        },
        Sample {
            file: "captions.mp4",
            args: "V -i TEXT -map 0:v -map 1:s -c:v libx264 -c:s mov_text -metadata:s:s:0 language=fra",
            expected: "MPEG-4 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | Timed Text fra",
        },
        Sample {
            file: "captions.mkv",
            args: "V -i TEXT -map 0:v -map 1:s -c:v libx264 -c:s srt -metadata:s:s:0 language=fra",
            expected: "Matroska 1.0s | AVC 320x180 25.00fps 1.0s YUV 4:2:0 8 bit | UTF-8 fra",
        },
    ]);
}

#[test]
fn sound_alone() {
    check(&[
        Sample { file: "a.wav", args: "AV -c:a pcm_s24le", expected: "Wave 1.0s | PCM 2ch 48000Hz 1.0s" },
        Sample { file: "a.flac", args: "AV -c:a flac -ar 44100", expected: "FLAC 1.0s | FLAC 2ch 44100Hz 1.0s" },
        Sample {
            file: "a.mp3",
            args: "AV -c:a libmp3lame -b:a 128k -metadata title=T",
            expected: "MPEG Audio 1.0s | MPEG Audio 2ch 48000Hz 1.0s",
        },
        Sample {
            file: "vbr.mp3",
            args: "AV -c:a libmp3lame -q:a 4 -ar 22050 -ac 1 -id3v2_version 0",
            // With the samples that the encoder fills up.
            expected: "MPEG Audio 1.1s | MPEG Audio 1ch 22050Hz 1.1s",
        },
        Sample {
            file: "plain.mp3",
            args: "AV -c:a libmp3lame -b:a 64k -write_xing 0 -id3v2_version 0",
            expected: "MPEG Audio 1.0s | MPEG Audio 2ch 48000Hz 1.0s",
        },
        Sample { file: "a.aac", args: "AV -c:a aac -ac 1", expected: "ADTS 1.0s | AAC 1ch 48000Hz 1.0s" },
        Sample { file: "a.m4a", args: "AV -c:a aac", expected: "MPEG-4 1.0s | AAC 2ch 48000Hz 1.0s" },
        Sample { file: "a.opus", args: "AV -c:a libopus", expected: "Ogg 1.0s | Opus 2ch 48000Hz 1.0s" },
        Sample { file: "a.ogg", args: "AV -c:a libvorbis", expected: "Ogg 1.0s | Vorbis 2ch 48000Hz 1.0s" },
        Sample { file: "flac.ogg", args: "AV -c:a flac", expected: "Ogg 1.0s | FLAC 2ch 48000Hz 1.0s" },
    ]);
}

#[test]
fn what_only_probe_reads_says_so() {
    for (file, format) in
        [("probe.mxf", "MXF"), ("probe.avi", "AVI"), ("probe.mpg", "MPEG-PS"), ("probe.flv", "Flash Video")]
    {
        let codec = if file.ends_with("flv") { "V S -c:v flv" } else { "V S -c:v mpeg2video" };
        let bytes = make(&Sample { file, args: codec, expected: "" });
        assert_eq!(parse(&bytes), Err(MediaError::Unsupported { format }), "{file}");
    }
}
