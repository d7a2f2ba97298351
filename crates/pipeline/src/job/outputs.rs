//! The outputs of a job: those of the template that apply to the source, fitted to it, with the captions of its metadata file
//! and still pictures.

use serde_json::{Map, Value, json};

use super::{Subject, destinations, group_type, has, is_capture, selector_name};
use crate::{
    captions::{Captions, CaptionsMode, Font},
    profile,
    size::{Frame, Size},
};

/// Where an output names groups of audio outputs, or says which track it is, by container.
const TRACK_SETTINGS: [(&str, &str); 2] =
    [("M3U8", "/outputSettings/hlsSettings"), ("CMFC", "/containerSettings/cmfcSettings")];

/// The groups that have captions tracks beside the video: type, container, captions format
/// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/sidecar-captions-support-tables-by-container-type.html>).
const SIDECARS: [(&str, &str, &str); 4] = [
    ("HLS_GROUP_SETTINGS", "M3U8", "WEBVTT"),
    ("CMAF_GROUP_SETTINGS", "CMFC", "WEBVTT"),
    ("DASH_ISO_GROUP_SETTINGS", "MPD", "WEBVTT"),
    ("MS_SMOOTH_GROUP_SETTINGS", "ISMV", "TTML"),
];

/// The seconds between two still pictures.
const CAPTURE_SECONDS: u32 = 5;
/// The quality of still pictures, as JPEG files, in percent.
const CAPTURE_QUALITY: u32 = 80;
/// More still pictures than any video has; the service's own limit.
const MAX_CAPTURES: u32 = 10_000_000;

/// The template's output groups, each with what applies to the source.
pub(super) fn groups(subject: &Subject<'_>, groups: Option<&Value>) -> Vec<Value> {
    let groups = groups.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut groups: Vec<Value> = groups.iter().filter_map(|group| fitted(subject, group)).collect();
    if !groups.is_empty() {
        groups.extend(thumbnails(subject, &groups));
    }
    destinations::set(subject, &mut groups);
    groups
}

fn fitted(subject: &Subject<'_>, group: &Value) -> Option<Value> {
    let mut outputs = group["outputs"].as_array()?.clone();
    outputs.retain(Value::is_object);
    match subject.tracks.picture {
        Some(picture) => fit_ladder(&mut outputs, picture),
        None => keep_only_audio(&mut outputs),
    }
    if !subject.tracks.sound {
        outputs.retain(|output| ["videoDescription", "preset", "captionDescriptions"].iter().any(|it| has(output, it)));
        for output in &mut outputs {
            remove(output, "", "audioDescriptions");
            for (_, settings) in TRACK_SETTINGS {
                remove(output, settings, "audioRenditionSets");
            }
        }
    }
    if outputs.is_empty() {
        return None;
    }
    if subject.tracks.picture.is_some() {
        add_captions(&subject.captions, &group_type(group), &mut outputs);
    }
    let mut group = group.clone();
    group["outputs"] = outputs.into();
    Some(group)
}

/// Which of a group's renditions a picture gets, by their frames: those that do not enlarge it, or else the smallest.
///
/// A rendition of a preset, or without a size, has no frame here: it takes the source's size from the service, and stays.
pub fn kept_renditions(frames: &[Option<Frame>], picture: Size) -> Vec<usize> {
    let all_above = frames.iter().flatten().all(|frame| !picture.fills(*frame));
    let smallest = frames.iter().enumerate().filter_map(|(at, frame)| Some((frame.as_ref()?.area(), at))).min();
    let stays = |at: &usize| {
        frames[*at].is_none_or(|frame| picture.fills(frame))
            || (all_above && smallest.is_some_and(|(_, smallest)| smallest == *at))
    };
    (0..frames.len()).filter(stays).collect()
}

/// Leaves out the renditions that would enlarge the picture, and fits the others to it; one that stays alone has the picture's own
/// size.
fn fit_ladder(outputs: &mut Vec<Value>, picture: Size) {
    let frame = |output: &Value| {
        let side = |name| output["videoDescription"][name].as_u64().and_then(|side| u32::try_from(side).ok());
        let (width, height) = (side("width"), side("height"));
        (width.is_some() || height.is_some()).then(|| Frame::new(width, height))
    };
    let kept = kept_renditions(&outputs.iter().map(frame).collect::<Vec<_>>(), picture);
    let mut at = 0..;
    outputs.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
    for output in outputs {
        let Some(frame) = frame(output) else { continue };
        let size = picture.fit(frame);
        output["videoDescription"]["width"] = size.width.into();
        output["videoDescription"]["height"] = size.height.into();
    }
}

/// Keeps each sort of audio once, as a variant of the playlist instead of a rendition beside the picture's.
fn keep_only_audio(outputs: &mut Vec<Value>) {
    let mut sorts: Vec<Value> = Vec::new();
    outputs.retain(|output| {
        let is_new = has(output, "audioDescriptions") && !sorts.contains(&output["audioDescriptions"]);
        if is_new {
            sorts.push(output["audioDescriptions"].clone());
        }
        is_new
    });
    let mut names: Vec<String> = Vec::new();
    for output in outputs {
        // A name that tells of a picture would be wrong.
        if output["videoDescription"].is_object() {
            let bitrate = output["audioDescriptions"][0]["codecSettings"]["aacSettings"]["bitrate"].as_u64();
            let name = bitrate.map_or_else(|| "_audio".to_owned(), |bits| format!("_audio_{}k", bits / 1000));
            let numbered = (2..).map(|number| format!("{name}_{number}"));
            let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name));
            output["nameModifier"] = free.unwrap_or(name).into();
        }
        names.extend(output["nameModifier"].as_str().map(str::to_owned));
        remove(output, "", "videoDescription");
        remove(output, "", "captionDescriptions");
        let container = &output["containerSettings"]["container"];
        let Some((_, path)) = TRACK_SETTINGS.iter().find(|(name, _)| container == name) else { continue };
        remove(output, path, "audioGroupId");
        remove(output, path, "audioRenditionSets");
        let mut place = output;
        for member in path.split('/').skip(1) {
            if !place[member].is_object() {
                place[member] = json!({});
            }
            place = &mut place[member];
        }
        place["audioTrackType"] = "AUDIO_ONLY_VARIANT_STREAM".into();
    }
}

/// Adds captions to a group's outputs
/// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/ttml-and-webvtt-output-captions.html>).
fn add_captions(captions: &[Captions], group_type: &str, outputs: &mut Vec<Value>) {
    let sidecar = SIDECARS.iter().find(|(name, ..)| *name == group_type);
    for (at, captions) in captions.iter().enumerate() {
        let language = &captions.language;
        let description = |format: &str| {
            let mut description = json!({
                "captionSelectorName": selector_name(at),
                "languageDescription": captions.label,
                "destinationSettings": { "destinationType": format },
            });
            // Files outside of streaming know languages of three letters only (reference:
            // `CaptionDescription.customLanguageCode`).
            if sidecar.is_some() || language.len() == 3 {
                description["customLanguageCode"] = language.as_str().into();
            }
            description
        };
        match (captions.mode, sidecar) {
            (CaptionsMode::BurnIn, _) => {
                let mut burnt = description("BURN_IN");
                let Font { size, color } = captions.font;
                let size = size.map(|size| ("fontSize".to_owned(), json!(size)));
                let color = color.map(|color| ("fontColor".to_owned(), json!(<&str>::from(color))));
                let font: Map<_, _> = size.into_iter().chain(color).collect();
                if !font.is_empty() {
                    burnt["destinationSettings"]["burninDestinationSettings"] = font.into();
                }
                let videos = outputs.iter_mut().filter(|output| has(output, "videoDescription") && !is_capture(output));
                for output in videos {
                    match output["captionDescriptions"].as_array_mut() {
                        Some(descriptions) => descriptions.push(burnt.clone()),
                        None => output["captionDescriptions"] = json!([&burnt]),
                    }
                }
            }
            (CaptionsMode::Sidecar, Some((_, container, format))) => outputs.push(json!({
                "nameModifier": format!("_captions_{}_{language}", at + 1),
                "containerSettings": { "container": container },
                "captionDescriptions": [description(format)],
            })),
            (CaptionsMode::Sidecar, None) => {}
        }
    }
}

/// The group that captures still pictures, where the record asks for it and the template has none.
fn thumbnails(subject: &Subject<'_>, groups: &[Value]) -> Option<Value> {
    let picture = subject.tracks.picture.filter(|_| subject.record.options.frame_capture)?;
    let outputs = groups.iter().filter_map(|group| group["outputs"].as_array()).flatten();
    if outputs.into_iter().any(is_capture) {
        return None;
    }
    let encoding = &subject.record.encoding;
    let size = match (encoding.frame_capture_width, encoding.frame_capture_height) {
        (Some(width), Some(height)) => Size { width, height },
        _ => picture.fit(profile::tier(subject.tracks.picture).frame()),
    };
    Some(json!({
        "customName": "thumbnails",
        "name": "Thumbnails",
        "outputGroupSettings": { "type": "FILE_GROUP_SETTINGS", "fileGroupSettings": {} },
        "outputs": [{
            "nameModifier": "_thumb",
            "containerSettings": { "container": "RAW" },
            "videoDescription": {
                "width": size.width,
                "height": size.height,
                "codecSettings": {
                    "codec": "FRAME_CAPTURE",
                    "frameCaptureSettings": {
                        "framerateNumerator": 1,
                        "framerateDenominator": CAPTURE_SECONDS,
                        "maxCaptures": MAX_CAPTURES,
                        "quality": CAPTURE_QUALITY,
                    },
                },
            },
        }],
    }))
}

/// Takes a member out of an object below an object, where both are there.
fn remove(output: &mut Value, path: &str, member: &str) {
    if let Some(members) = output.pointer_mut(path).and_then(Value::as_object_mut) {
        members.shift_remove(member);
    }
}
