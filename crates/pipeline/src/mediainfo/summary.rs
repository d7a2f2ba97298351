//! As much of what is in a source as a record carries.

use serde_json::{Map, Value};

use super::{Audio, MediaInfo, Omitted, Text, Video};
use crate::{
    record::{Record, SRC_MEDIAINFO as MEMBER},
    state::{File, clipped, json_bytes},
};

/// How large a summary may be as it stands in the record, which is text in JSON, in bytes.
pub const MAX_SUMMARY_BYTES: usize = 16 * 1024;

/// How large the file with all of it may be, in bytes. Whoever made more than that meant no good, and the function that
/// writes it has little memory.
const MAX_FILE_BYTES: usize = 8 * 1024 * 1024;

/// How much of a source is kept.
struct Bounds {
    /// The tracks of each kind.
    tracks: usize,
    /// The characters of each text.
    characters: usize,
}

/// The first of these that makes a summary small enough is taken; a file that somebody made to be large may need the
/// last.
const BOUNDS: [Bounds; 3] =
    [Bounds { tracks: 32, characters: 64 }, Bounds { tracks: 8, characters: 32 }, Bounds { tracks: 2, characters: 16 }];

/// Puts what is in a source into its record. What is too much for it is in the file, as long as that is of bearable size.
pub fn describe(record: &mut Record, info: &MediaInfo) -> serde_json::Result<Option<File>> {
    let summary = info.summary();
    record.source.src_mediainfo = Some(serde_json::to_string(&summary)?);
    record.stored_in_full.remove(MEMBER);
    if summary == *info || json_bytes(info) > MAX_FILE_BYTES {
        return Ok(None);
    }
    let members = Map::from_iter([(MEMBER.to_owned(), Value::String(serde_json::to_string(info)?))]);
    let file = File::new(&record.guid, members);
    record.point_to(&file, [MEMBER]);
    Ok(Some(file))
}

impl MediaInfo {
    /// The media information for a record: all of it, unless there are very many tracks or very long texts.
    pub fn summary(&self) -> Self {
        let [first, others @ ..] = &BOUNDS;
        others.iter().fold(self.within(first), |summary, bounds| {
            let fits = json_bytes(&Value::String(json_text(&summary))) <= MAX_SUMMARY_BYTES;
            if fits { summary } else { self.within(bounds) }
        })
    }

    fn within(&self, bounds: &Bounds) -> Self {
        let (video, audio, text) = (&self.video, &self.audio, &self.text);
        let mut summary = Self {
            filename: self.filename.clone(),
            container: self.container.clone(),
            // The job goes by the first picture that has a size.
            video: first(video, bounds.tracks, |track| track.width.is_some() && track.height.is_some()),
            audio: first(audio, bounds.tracks, |_| true),
            text: first(text, bounds.tracks, |_| true),
            omitted: None,
        };
        let omitted = Omitted {
            video: video.len() - summary.video.len(),
            audio: audio.len() - summary.audio.len(),
            text: text.len() - summary.text.len(),
        };
        summary.omitted = (omitted != Omitted::default()).then_some(omitted);
        for text in summary.texts() {
            *text = clipped(text, bounds.characters);
        }
        summary
    }

    /// Every text that a file may make as long as it likes.
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let container = [Some(&mut self.container.format), self.container.mime_type.as_mut()];
        let video = self.video.iter_mut().flat_map(Video::texts);
        let audio = self.audio.iter_mut().flat_map(Audio::texts);
        let text = self.text.iter_mut().flat_map(Text::texts);
        container.into_iter().flatten().chain(video).chain(audio).chain(text)
    }
}

impl Video {
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let optional = [&mut self.profile, &mut self.scan_type, &mut self.aspect_ratio, &mut self.color_space];
        std::iter::once(&mut self.codec).chain(optional.into_iter().flatten())
    }
}

impl Audio {
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let optional = [&mut self.profile, &mut self.bitrate_mode, &mut self.language];
        std::iter::once(&mut self.codec).chain(optional.into_iter().flatten())
    }
}

impl Text {
    fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let optional = [&mut self.id, &mut self.language];
        std::iter::once(&mut self.format).chain(optional.into_iter().flatten())
    }
}

/// The first tracks, with the first that is `wanted` among them.
fn first<T: Clone>(tracks: &[T], most: usize, wanted: impl Fn(&T) -> bool) -> Vec<T> {
    let (kept, others) = tracks.split_at(tracks.len().min(most));
    let mut kept = kept.to_vec();
    if !kept.iter().any(&wanted)
        && let Some(track) = others.iter().find(|track| wanted(track))
    {
        kept.pop();
        kept.push(track.clone());
    }
    kept
}

/// Nothing in media information can fail to be written.
fn json_text(info: &MediaInfo) -> String {
    serde_json::to_string(info).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ordinary_source_stays_whole() {
        let audio =
            Audio { codec: "AAC".to_owned(), language: Some("deu".to_owned()), channels: Some(6), ..Audio::default() };
        let video = Video { codec: "HEVC".to_owned(), width: Some(3840), height: Some(2160), ..Video::default() };
        let text = Text { format: "Timed Text".to_owned(), ..Text::default() };
        let filename = "é".repeat(450);
        let info = MediaInfo {
            filename,
            video: vec![video],
            audio: vec![audio; 24],
            text: vec![text; 32],
            ..MediaInfo::default()
        };
        assert_eq!(info.summary(), info);
    }

    #[test]
    fn the_picture_that_the_job_goes_by_is_kept() {
        let cover = Video { codec: "mjpeg".to_owned(), ..Video::default() };
        let mut video = vec![cover; 10_000];
        video.push(Video { codec: "AVC".to_owned(), width: Some(64), height: Some(48), ..Video::default() });
        let summary = MediaInfo { video, ..MediaInfo::default() }.summary();
        assert_eq!(summary.omitted, Some(Omitted { video: 10_001 - 32, audio: 0, text: 0 }));
        assert_eq!(summary.video.last().unwrap().width, Some(64));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn no_source_makes_a_summary_too_large(
            tracks in prop::sample::select(vec![0, 1, 31, 33, 10_000]),
            text in prop::sample::select(vec!["\u{1}", "\"", "\\", "🎬", "x"]),
            repeat in prop::sample::select(vec![1, 70, 3000]),
            name in prop::sample::select(vec!["\u{1}", "é"]),
        ) {
            let long = text.repeat(repeat);
            let known = || Some(long.clone());
            let info = MediaInfo {
                filename: name.repeat(1024 / name.len()),
                container: super::super::Container { format: long.clone(), mime_type: known(), ..Default::default() },
                video: vec![Video {
                    codec: long.clone(), profile: known(), scan_type: known(), color_space: known(), ..Video::default()
                }; tracks],
                audio: vec![Audio {
                    codec: long.clone(), profile: known(), bitrate_mode: known(), language: known(), ..Audio::default()
                }; tracks],
                text: vec![Text { id: known(), format: long.clone(), language: known(), ..Text::default() }; tracks],
                omitted: None,
            };
            let summary = info.summary();
            prop_assert!(json_bytes(&Value::String(json_text(&summary))) <= MAX_SUMMARY_BYTES);
            prop_assert_eq!(serde_json::from_str::<MediaInfo>(&json_text(&summary)).unwrap(), summary);
        }
    }
}
