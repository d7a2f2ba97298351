//! File groups: files that stand alone.

use mediaconvert::settings::{AudioCodec, ContainerType, MoovPlacement};

use super::{Group, OutputFiles, PackageError, hls::inputs};
use crate::media::plan::{Codec, Content};

pub(super) async fn package(group: &Group, files: &mut OutputFiles) -> Result<(), PackageError> {
    for output in &group.package().outputs {
        let Content::Media { video, audio } = &output.content else { continue };
        let video_codec = video.map(|video| group.plan.renditions[video].encoding.codec);
        let audio_codec = audio.first().map(|audio| group.plan.audio[audio.track].encoding.codec);
        // The name of ffmpeg's muxer, and how its files end.
        let (muxer, extension) = match (output.container, video_codec, audio_codec) {
            (ContainerType::Mp4, ..) => ("mp4", "mp4"),
            (ContainerType::Mov, ..) => ("mov", "mov"),
            (ContainerType::F4v, ..) => ("f4v", "f4v"),
            (ContainerType::M2ts, ..) => ("mpegts", "ts"),
            (ContainerType::Mxf, ..) => ("mxf", "mxf"),
            (ContainerType::Webm, ..) => ("webm", "webm"),
            (ContainerType::Ogg, ..) | (_, None, Some(AudioCodec::Opus)) => ("ogg", "ogg"),
            (_, Some(Codec::H265), _) => ("hevc", "265"),
            (_, Some(Codec::Av1), _) => ("obu", "obu"),
            (_, Some(Codec::Vp9), _) => ("ivf", "ivf"),
            (_, Some(Codec::H264), _) => ("h264", "264"),
            (_, None, Some(AudioCodec::Mp3)) => ("mp3", "mp3"),
            (_, None, Some(AudioCodec::Mp2)) => ("mp2", "mp2"),
            (_, None, Some(AudioCodec::Wav)) => ("wav", "wav"),
            (_, None, Some(AudioCodec::Flac)) => ("flac", "flac"),
            (_, None, Some(AudioCodec::Ac3)) => ("ac3", "ac3"),
            (_, None, Some(AudioCodec::Eac3)) => ("eac3", "eac3"),
            (_, None, _) => ("adts", "aac"),
        };
        let extension = output.extension.as_deref().unwrap_or(extension);
        let name = format!("{}.{}", group.name(output), extension.trim_start_matches('.'));
        let mut arguments = inputs(*video, audio, &group.tracks);
        arguments.extend(["-f".into(), muxer.into()]);
        let has_moov = matches!(muxer, "mp4" | "mov" | "f4v");
        if has_moov && output.moov_placement == MoovPlacement::ProgressiveDownload {
            arguments.extend(["-movflags".into(), "+faststart".into()]);
        }
        if has_moov && video_codec == Some(Codec::H265) {
            arguments.extend(["-tag:v".into(), "hvc1".into()]);
        }
        arguments.push(files.file(&name).into());
        group.runner.ffmpeg(arguments, |_| ()).await?;
        files.report(output, name);
    }
    Ok(())
}
