//! File groups: files that stand alone.

use std::ffi::OsString;

use mediaconvert::settings::{AudioCodec, ContainerType};

use super::{PackageError, Packed, Tracks, name_of, output_files::OutputFiles, packed_output, stream::inputs};
use crate::media::{
    plan::{Codec, Content, IndexPlace, OutputAudio, Package, Plan, PlannedOutput},
    process::Runner,
};

/// How ffmpeg writes a container, and how its files end.
struct Container {
    format: &'static str,
    extension: &'static str,
}

const fn container(kind: ContainerType) -> Option<Container> {
    Some(match kind {
        ContainerType::Mp4 => Container { format: "mp4", extension: "mp4" },
        ContainerType::Mov => Container { format: "mov", extension: "mov" },
        ContainerType::F4v => Container { format: "f4v", extension: "f4v" },
        ContainerType::M2ts => Container { format: "mpegts", extension: "ts" },
        ContainerType::Mxf => Container { format: "mxf", extension: "mxf" },
        ContainerType::Webm => Container { format: "webm", extension: "webm" },
        ContainerType::Ogg => Container { format: "ogg", extension: "ogg" },
        _ => return None,
    })
}

/// How a track is written without a container.
fn bare(plan: &Plan, video: Option<usize>, audio: &[OutputAudio]) -> Container {
    let audio = audio.first().map(|audio| plan.audio[audio.track].encoding.codec);
    match (video.map(|video| plan.renditions[video].encoding.codec), audio) {
        (Some(Codec::H265), _) => Container { format: "hevc", extension: "265" },
        (Some(Codec::Av1), _) => Container { format: "obu", extension: "obu" },
        (Some(Codec::Vp9), _) => Container { format: "ivf", extension: "ivf" },
        (Some(Codec::H264), _) => Container { format: "h264", extension: "264" },
        (None, Some(AudioCodec::Mp3)) => Container { format: "mp3", extension: "mp3" },
        (None, Some(AudioCodec::Mp2)) => Container { format: "mp2", extension: "mp2" },
        (None, Some(AudioCodec::Wav)) => Container { format: "wav", extension: "wav" },
        (None, Some(AudioCodec::Flac)) => Container { format: "flac", extension: "flac" },
        (None, Some(AudioCodec::Ac3)) => Container { format: "ac3", extension: "ac3" },
        (None, Some(AudioCodec::Eac3)) => Container { format: "eac3", extension: "eac3" },
        (None, Some(AudioCodec::Opus)) => Container { format: "ogg", extension: "ogg" },
        (None, _) => Container { format: "adts", extension: "aac" },
    }
}

pub(super) async fn package(
    plan: &Plan,
    package: &Package,
    tracks: &Tracks,
    output_files: &mut OutputFiles,
    runner: &Runner,
) -> Result<Packed, PackageError> {
    let mut outputs = Vec::new();
    for output in &package.outputs {
        let mut files = Vec::new();
        if let Content::Media { video, audio } = &output.content {
            let container = container(output.container).unwrap_or_else(|| bare(plan, *video, audio));
            let extension = output.extension.as_deref().unwrap_or(container.extension);
            let name = format!("{}.{}", name_of(package, output), extension.trim_start_matches('.'));
            let mut arguments = inputs(*video, audio, tracks);
            arguments.extend(muxer(plan, output, *video, container.format));
            arguments.push(output_files.file(name.clone()).into());
            runner.ffmpeg(arguments, |_| ()).await?;
            files.push(name);
        }
        outputs.push(packed_output(plan, tracks, output, files));
    }
    Ok(Packed { files: Vec::new(), playlists: Vec::new(), outputs })
}

fn muxer(plan: &Plan, output: &PlannedOutput, video: Option<usize>, format: &str) -> Vec<OsString> {
    let mut arguments = vec!["-f", format];
    let has_index = matches!(format, "mp4" | "mov" | "f4v");
    if has_index && output.index_place == IndexPlace::Front {
        arguments.extend(["-movflags", "+faststart"]);
    }
    if has_index && video.is_some_and(|video| plan.renditions[video].encoding.codec == Codec::H265) {
        arguments.extend(["-tag:v", "hvc1"]);
    }
    arguments.into_iter().map(OsString::from).collect()
}
