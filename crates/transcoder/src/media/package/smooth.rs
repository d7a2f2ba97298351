//! Microsoft Smooth Streaming: fragmented files, and the manifests of servers and players.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs::File,
    io::{BufReader, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use mp4_atom::{FourCC, Header, ReadFrom as _};

use super::{Group, OutputFiles, PackageError, hls::inputs, unique};
use crate::media::{
    bits_per_second,
    manifest::{
        TrackKind,
        smooth::{Fragment, SmoothTrack, client_manifest, configuration, server_manifest},
    },
    plan::Content,
    whole,
};

/// The box in which a fragment says when it begins and how long it lasts (MS-SSTR, section 2.2.4.4).
const TFXD: [u8; 16] = [0x6d, 0x1d, 0x9b, 0x05, 0x42, 0xd5, 0x44, 0xe6, 0x80, 0xe2, 0x14, 0x1d, 0xaf, 0xf7, 0x57, 0xb2];

pub(super) async fn package(group: &Group, files: &mut OutputFiles) -> Result<(), PackageError> {
    let (package, all) = (group.package(), &group.tracks);
    let (mut listed, mut sources) = (Vec::new(), Vec::new());
    for output in &package.outputs {
        let Content::Media { video, audio } = &output.content else { continue };
        let file = format!("{}.ismv", group.name(output));
        let path = files.file(&file);
        let mut arguments = inputs(*video, audio, all);
        // Cuts at the key frames nearest to the fragments' length, or at the length where there is no video. Key frames
        // off the grid are up to a frame late, and so up to a frame too near to each other. The index waits for the first
        // frames, because some codecs say only there what they are.
        let (flags, cut, length) = match video.map(|video| &group.plan.renditions[video]) {
            Some(rendition) => {
                let length = package.segment_length - 1.0 / rendition.rate.per_second();
                ("+delay_moov+frag_keyframe", "-min_frag_duration", length)
            }
            None => ("+delay_moov", "-frag_duration", package.segment_length),
        };
        // ffmpeg takes microseconds in 32 bits.
        let length = format!("{:.0}", (length * 1e6).clamp(0.0, f64::from(i32::MAX)));
        arguments.extend(["-f", "ismv", "-movflags", flags, cut, &length].map(OsString::from));
        // What an encoder of audio needs to run in has no place: there are no times before 0.
        arguments.extend(["-bsf:a", "noise=drop=lte(pts+d\\,0)"].map(OsString::from));
        arguments.push(path.clone().into());
        group.runner.ffmpeg(arguments, |_| ()).await?;
        let found = tokio::task::spawn_blocking(move || fragments(&path)).await.map_err(|_| PackageError::GivenUp)?;
        let mut fragments = found?;
        let video = video.iter().map(|video| (&all.video[*video], group.video(*video)));
        let audio = audio.iter().map(|audio| (&all.audio[audio.track], group.audio(audio)));
        for (number, (track, kind)) in (1..).zip(video.chain(audio)) {
            // Each track is listed once, however many outputs it is in.
            if sources.contains(&&track.path) {
                continue;
            }
            sources.push(&track.path);
            let name = match &kind {
                TrackKind::Video { .. } => "video".to_owned(),
                TrackKind::Audio { language, .. } => {
                    let usual = language.as_ref().map_or("audio".to_owned(), |language| format!("audio_{language}"));
                    unique(&usual, '_', |name| listed.iter().any(|other: &SmoothTrack| other.name == name))
                }
            };
            let mut bitrate = whole(bits_per_second(track.size(), track.seconds()));
            // Players distinguish tracks by their bitrates.
            while listed.iter().any(|other| other.bitrate == bitrate) {
                bitrate += 1;
            }
            listed.push(SmoothTrack {
                file: file.clone(),
                number,
                name,
                bitrate,
                kind,
                configuration: configuration(track.codec()),
                fragments: fragments.remove(&number).unwrap_or_default(),
            });
        }
        files.report(output, file);
    }
    let [server, client] = ["ism", "ismc"].map(|extension| format!("{}.{extension}", package.base));
    files.write(&server, server_manifest(&listed, &client))?;
    files.write(&client, client_manifest(&listed))?;
    files.playlists.push(server);
    Ok(())
}

fn fragments(path: &Path) -> std::io::Result<BTreeMap<u32, Vec<Fragment>>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut found: BTreeMap<u32, Vec<Fragment>> = BTreeMap::new();
    while let Ok(header) = Header::read_from(&mut file) {
        let size = header.size.unwrap_or(0);
        if header.kind != FourCC::new(b"moof") {
            let size = i64::try_from(size).map_err(std::io::Error::other)?;
            file.seek(SeekFrom::Current(size))?;
            continue;
        }
        let mut bytes = vec![0; size];
        file.read_exact(&mut bytes)?;
        for (_, traf) in boxes(&bytes).into_iter().filter(|(kind, _)| *kind == FourCC::new(b"traf")) {
            if let Some((track, fragment)) = fragment(traf) {
                found.entry(track).or_default().push(fragment);
            }
        }
    }
    Ok(found)
}

fn boxes(mut bytes: &[u8]) -> Vec<(FourCC, &[u8])> {
    let mut found = Vec::new();
    while let Ok(header) = Header::read_from(&mut bytes) {
        let Some((body, rest)) = header.size.and_then(|size| bytes.split_at_checked(size)) else { break };
        found.push((header.kind, body));
        bytes = rest;
    }
    found
}

/// The number of a fragment's track, and its times.
fn fragment(traf: &[u8]) -> Option<(u32, Fragment)> {
    let inner = boxes(traf);
    let (_, header) = inner.iter().find(|(kind, _)| *kind == FourCC::new(b"tfhd"))?;
    let times = inner.iter().find_map(|(_, body)| body.strip_prefix(&TFXD))?;
    let number = |bytes: Option<&[u8]>| Some(u64::from_be_bytes(bytes?.try_into().ok()?));
    let track = u32::from_be_bytes(header.get(4..8)?.try_into().ok()?);
    Some((track, Fragment { start: number(times.get(4..12))?, duration: number(times.get(12..20))? }))
}
