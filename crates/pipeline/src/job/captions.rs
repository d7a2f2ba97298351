//! Captions from the metadata file: their selectors, and the outputs or descriptions that show them.
//!
//! <https://docs.aws.amazon.com/mediaconvert/latest/ug/ttml-and-webvtt-output-captions.html>

use serde_json::{Value, json};

use super::{Subject, has, is_capture};
use crate::captions::{Captions, CaptionsMode};

/// The groups that have captions tracks beside the video: type, container, captions format
/// (<https://docs.aws.amazon.com/mediaconvert/latest/ug/sidecar-captions-support-tables-by-container-type.html>).
const SIDECARS: [(&str, &str, &str); 4] = [
    ("HLS_GROUP_SETTINGS", "M3U8", "WEBVTT"),
    ("CMAF_GROUP_SETTINGS", "CMFC", "WEBVTT"),
    ("DASH_ISO_GROUP_SETTINGS", "MPD", "WEBVTT"),
    ("MS_SMOOTH_GROUP_SETTINGS", "ISMV", "TTML"),
];

/// The name of the selector of the captions at this place in the metadata file.
pub(super) fn selector_name(at: usize) -> String {
    format!("Metadata captions {}", at + 1)
}

/// The selector of captions: the file in the source bucket.
pub(super) fn selector(captions: &Captions, bucket: &str) -> Value {
    json!({
        "sourceSettings": {
            "sourceType": captions.source_type(),
            "fileSourceSettings": { "sourceFile": format!("s3://{bucket}/{}", captions.file) },
        },
    })
}

/// Adds the captions to a group's outputs; a source without a picture has none.
pub(super) fn add(subject: &Subject<'_>, group_type: &str, outputs: &mut Vec<Value>) {
    if subject.tracks.picture.is_none() {
        return;
    }
    let sidecar = SIDECARS.iter().find(|(name, ..)| *name == group_type);
    for (at, captions) in subject.captions.iter().enumerate() {
        match captions.mode {
            CaptionsMode::BurnIn => {
                let language = sidecar.map_or(captions.language.len() == 3, |_| true);
                let shown = description(at, captions, "BURN_IN", language.then_some(captions.language.as_str()));
                let pictures =
                    outputs.iter_mut().filter(|output| has(output, "videoDescription") && !is_capture(output));
                pictures.for_each(|output| push(output, &shown));
            }
            CaptionsMode::Sidecar => {
                let Some((_, container, format)) = sidecar else { continue };
                outputs.push(json!({
                    "nameModifier": format!("_captions_{}_{}", at + 1, captions.language),
                    "containerSettings": { "container": container },
                    "captionDescriptions": [description(at, captions, format, Some(&captions.language))],
                }));
            }
        }
    }
}

/// A captions track; files outside of streaming know languages of three letters only (reference:
/// `CaptionDescription.customLanguageCode`).
fn description(at: usize, captions: &Captions, format: &str, language: Option<&str>) -> Value {
    let mut description = json!({
        "captionSelectorName": selector_name(at),
        "languageDescription": captions.label,
        "destinationSettings": { "destinationType": format },
    });
    if let Some(language) = language {
        description["customLanguageCode"] = language.into();
    }
    description
}

fn push(output: &mut Value, description: &Value) {
    match output["captionDescriptions"].as_array_mut() {
        Some(descriptions) => descriptions.push(description.clone()),
        None => output["captionDescriptions"] = json!([description]),
    }
}
