//! Microsoft Smooth Streaming: fragmented files, and the manifest that a server reads.

use std::ffi::OsString;

use quick_xml::Writer;

use super::{PackageError, Packed, Tracks, desk::Desk, name_of, packed_output, stream::inputs};
use crate::media::{
    plan::{Content, Package, Plan},
    process::Runner,
};

/// One track in the manifest.
struct Listed {
    file: String,
    kind: &'static str,
    bitrate: u64,
    track: usize,
}

pub(super) async fn package(
    plan: &Plan,
    package: &Package,
    tracks: &Tracks,
    desk: &mut Desk,
    runner: &Runner,
) -> Result<Packed, PackageError> {
    let mut outputs = Vec::new();
    let mut listed = Vec::new();
    for output in &package.outputs {
        let mut files = Vec::new();
        if let Content::Media { video, audio } = &output.content {
            let name = format!("{}.ismv", name_of(package, output));
            let mut arguments = inputs(*video, audio, tracks);
            let length = format!("{:.0}", package.segment_length * 1e6);
            arguments.extend(
                ["-f", "ismv", "-movflags", "+frag_keyframe", "-min_frag_duration", &length].map(OsString::from),
            );
            arguments.push(desk.file(name.clone()).into());
            runner.ffmpeg(arguments, |_| ()).await?;
            let videos = video.iter().map(|video| ("video", &tracks.video[*video]));
            let audios = audio.iter().map(|audio| ("audio", &tracks.audio[audio.track]));
            for (track, (kind, of)) in (1..).zip(videos.chain(audios)) {
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "sizes are far below 2^52 bits"
                )]
                let bitrate = (of.size() as f64 * 8.0 / of.seconds()) as u64;
                listed.push(Listed { file: name.clone(), kind, bitrate, track });
            }
            files.push(name);
        }
        outputs.push(packed_output(plan, tracks, output, files));
    }
    let name = format!("{}.ism", package.base);
    let path = desk.file(name.clone());
    let text = manifest(&listed);
    text.and_then(|text| std::fs::write(&path, text)).map_err(|source| PackageError::Write { path, source })?;
    Ok(Packed { files: Vec::new(), playlists: vec![name], outputs })
}

/// The server manifest: SMIL that says which track is in which file.
fn manifest(listed: &[Listed]) -> std::io::Result<Vec<u8>> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(quick_xml::events::Event::Decl(quick_xml::events::BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let smil = xml.create_element("smil").with_attribute(("xmlns", "http://www.w3.org/2001/SMIL20/Language"));
    smil.write_inner_content(|xml| {
        xml.create_element("body").write_inner_content(|xml| {
            xml.create_element("switch").write_inner_content(|xml| {
                for track in listed {
                    let element = xml.create_element(track.kind).with_attribute(("src", track.file.as_str()));
                    let element = element.with_attribute(("systemBitrate", track.bitrate.to_string().as_str()));
                    element.write_inner_content(|xml| {
                        xml.create_element("param")
                            .with_attribute(("name", "trackID"))
                            .with_attribute(("value", track.track.to_string().as_str()))
                            .with_attribute(("valuetype", "data"))
                            .write_empty()?;
                        Ok(())
                    })?;
                }
                Ok(())
            })?;
            Ok(())
        })?;
        Ok(())
    })?;
    Ok(xml.into_inner())
}
